//! Pages that take for ever: they take neither the others' turns nor, once their readers have gone, any place.

use std::sync::Arc;

use futures::{StreamExt, stream::FuturesUnordered};
use sightline::{
    error::AppError,
    model::{OwnerId, PictureWish},
    server::store::stored_file::StoredFile,
};
use tokio::task::{AbortHandle, JoinSet};

use super::cache::counting_renderer;
use crate::support::{
    pdf::Pdf,
    polling::until,
    processes::drawing,
    program::{DataDir, Server, run_ok, sightline},
    storage::{Storage, chunks},
    test_app::TestApp,
};

/// Seconds that a page may take: a day, and a bit, by which the processes of one test are told from the others'.
fn forever(test: u64) -> u64 {
    86_400 + test
}

fn owner(id: &str) -> OwnerId {
    id.parse().expect("an owner's id")
}

/// Twenty readers of an owner's file, each at a page that never ends.
struct Crowd {
    storage: Arc<Storage>,
    file: Arc<StoredFile>,
    readers: JoinSet<()>,
    seconds: u64,
}

impl Crowd {
    /// Returns once as many pages are drawn as there are cores.
    async fn gather(test: u64) -> Self {
        let seconds = forever(test);
        let storage = Arc::new(Storage::with(|config| config.page_seconds = seconds, None));
        let file = Arc::new(storage.upload_valid(Pdf::endless(21).bytes()).await);
        let mut crowd = Self { storage, file, readers: JoinSet::new(), seconds };
        (2..=21).for_each(|page| drop(crowd.read(page)));
        let cores = std::thread::available_parallelism().expect("a number of cores").get();
        until("every core draws", || crowd.drawing() == cores).await;
        crowd
    }

    fn read(&mut self, page: u32) -> AbortHandle {
        let (storage, file) = (self.storage.clone(), self.file.clone());
        self.readers.spawn(async move {
            let files = storage.files.of_owner(Some(&owner("crowded")));
            let _ = files.picture(&storage.document, &file, page, PictureWish::default()).await;
        })
    }

    fn drawing(&self) -> usize {
        drawing(std::process::id(), &self.seconds.to_string()).len()
    }

    /// A page of this owner's file that is not kept yet.
    async fn first_page_of(&self, id: &str) {
        let files = self.storage.files.of_owner(Some(&owner(id)));
        let document = id.parse().expect("a document's id");
        let bytes = Pdf::with_pages(2).bytes();
        let file = files.receive(&document, chunks(bytes)).await.expect("a valid file");
        files.picture(&document, &file, 2, PictureWish::default()).await.expect("a picture");
    }
}

#[tokio::test]
async fn endless_pages_leave_others_their_turn() {
    let mut crowd = Crowd::gather(1).await;
    crowd.first_page_of("another").await;
    crowd.first_page_of("third").await;
    assert!(crowd.readers.try_join_next().is_none(), "the twenty still wait");
}

#[tokio::test]
async fn last_hang_up_ends_the_drawing() {
    let mut crowd = Crowd::gather(2).await;
    let again: Vec<_> = (2..=21).map(|page| crowd.read(page)).collect();
    tokio::task::yield_now().await;
    again.iter().for_each(AbortHandle::abort);
    for _ in 0..20 {
        crowd.readers.join_next().await.expect("a reader").expect_err("it was aborted");
    }
    assert!(crowd.drawing() > 0, "the others of each page still wait");
    crowd.readers.abort_all();
    until("nothing is drawn", || crowd.drawing() == 0).await;
    crowd.first_page_of("crowded").await;
}

#[tokio::test]
async fn failed_page_is_not_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, renders) = counting_renderer(folder.path()).await;
    let set = |config: &mut sightline::server::config::Config| {
        (config.program, config.page_seconds) = (Some(program), 1);
    };
    let storage = Storage::with(set, None);
    let [file, replacement] = [
        storage.upload_valid(Pdf::endless(2).bytes()).await,
        storage.upload_valid(Pdf::endless(2).bytes()).await,
    ];
    for (file, count) in [(&file, 1), (&file, 1), (&replacement, 2)] {
        let asked = storage.files.picture(&storage.document, file, 2, PictureWish::default()).await;
        assert_eq!(asked.expect_err("it takes too long"), AppError::PageUnreadable);
        assert_eq!(renders(), count);
    }
    storage.page_picture(&file, 1).await;
    assert_eq!(renders(), 3, "the other page is drawn");
}

#[tokio::test]
async fn full_queue_answers_503_with_retry_after() {
    let app = TestApp::with_config(|config| config.page_seconds = forever(3)).await;
    let link = app.share(Pdf::endless(400).bytes()).await;
    let paths: Vec<_> = (2..=400).map(|page| format!("/v/{link}/pages/{page}")).collect();
    let mut requests: FuturesUnordered<_> = paths.iter().map(|path| app.get(path)).collect();
    let reply = requests.next().await.expect("an answer");
    assert_eq!((reply.status, reply.header("retry-after")), (503, "1"), "{reply}");
    reply.refused(503, "full");
}

/// As a browser does that leaves the page.
#[tokio::test]
async fn closed_connection_ends_the_drawing() {
    let data = DataDir::new();
    data.add_owner(None).await;
    let file = data.path().join("endless.pdf");
    std::fs::write(&file, Pdf::endless(21).bytes()).expect("a file");
    run_ok(&mut data.command(&["share", file.to_str().expect("a plain path"), "--id", "doc"], None)).await;
    let mut command = sightline(&["serve"], data.path());
    let server = Server::start_as({
        command.env("SIGHTLINE_PAGE_SECONDS", "60");
        command
    })
    .await;
    let pid = server.id().parse().expect("a process id");
    let mut readers = Vec::new();
    for page in 2..=21 {
        readers.push(server.open("GET", &format!("/v/doc/pages/{page}"), "").await.expect("a connection"));
    }
    until("a page is drawn", || !drawing(pid, "60").is_empty()).await;
    drop(readers);
    until("no page is drawn", || drawing(pid, "60").is_empty()).await;
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    assert!(!log.contains("cannot be rendered"), "none of them came to its end: {log}");
}

#[tokio::test]
async fn failed_page_is_logged_with_document_and_page() {
    let data = DataDir::new();
    data.add_owner(None).await;
    let file = data.path().join("endless.pdf");
    std::fs::write(&file, Pdf::endless(3).bytes()).expect("a file");
    run_ok(&mut data.command(&["share", file.to_str().expect("a plain path"), "--id", "doc"], None)).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_PAGE_SECONDS", "1").env("NO_COLOR", "1");
    let server = Server::start_as(command).await;
    for _ in 0..3 {
        server.get("/v/doc/pages/3").await.refused(500, "page_unreadable");
    }
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    let told: Vec<_> = log.lines().filter(|line| line.contains("a page cannot be rendered")).collect();
    assert_eq!(told.len(), 1, "{log}");
    for word in ["document=", "page=3", "it took longer than 1 s"] {
        assert!(told[0].contains(word), "{word}: {}", told[0]);
    }
}
