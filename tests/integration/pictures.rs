//! Pictures of pages: their addresses, their bounds, and that each is drawn once.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::task::JoinSet;

use crate::support::{
    PROGRAM,
    pdf::Pdf,
    program::script,
    test_app::{PAGES, Setup, TestApp},
};

/// Width and height as a PNG says them.
fn size_of(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

#[tokio::test]
async fn a_shared_document_is_there_at_once_page_by_page() {
    let app = TestApp::new().await;
    let link = app.share(Pdf::with_pages(3).bytes()).await;
    let document = app.state.documents.find(&link).await.expect("it is there");
    assert_eq!(document.pages.len(), 3);
    for page in 1..=3 {
        let reply = app.get(&format!("/v/{link}/pages/{page}?v={}", document.version)).await.ok();
        assert_eq!(reply.header("content-type"), "image/png");
        assert_eq!(reply.header("cache-control"), "private, max-age=31536000, immutable");
        let size = document.pages[page - 1];
        assert_eq!(size_of(&reply.body), (size.width.into(), size.height.into()), "as promised");
        assert!(size.width.max(size.height) <= 2_000);
    }
    app.get(&format!("/api/send/realtime/{link}")).await.ok();
}

#[tokio::test]
async fn pages_that_are_not_in_the_document_are_404() {
    let app = TestApp::new().await;
    for page in ["0", &(PAGES + 1).to_string(), "-1", "1.0", "abc", "4294967296", "1%00", "%FF"] {
        let reply = app.get(&format!("/v/{}/pages/{page}", app.link)).await;
        let code = if page == "%FF" { "link_not_found" } else { "not_found" };
        reply.refused(404, code);
    }
    app.get("/v/unknown/pages/1").await.refused(404, "link_not_found");
    app.get("/v/..%2F..%2Fetc/pages/1").await.refused(404, "link_not_found");
}

/// Whatever size a page claims to have, its picture is at most 2,000 pixels long, or the file is refused.
#[tokio::test]
async fn odd_page_boxes_become_pictures_of_bounded_size() {
    let app = TestApp::new().await;
    for media_box in [
        "[0 0 5000000 7000000]",
        "[0 0 5000000 1]",
        "[0 0 1 5000000]",
        "[612 792 0 0]",
        "[-300 -400 0 0]",
        "[0 0 0.001 0.001]",
        "[0 0 0 0]",
        "[0 0 595 0]",
        "[0 0 1e39 99999999999999999999999999999999999999999999999]",
        "[0 0 595]",
        "null",
    ] {
        let shared =
            app.state.documents.share(Pdf::with_box(media_box).bytes(), None, "A box".to_owned()).await;
        match shared {
            Ok(link) => {
                let (width, height) = size_of(&app.get(&format!("/v/{link}/pages/1")).await.ok().body);
                assert!(
                    width.max(height) <= 2_000 && width.min(height) > 0,
                    "{media_box}: {width} x {height}"
                );
            }
            Err(error) => {
                let said = error.to_string();
                assert!(
                    said.contains("no sensible size") || said.contains("can not be"),
                    "{media_box}: {said}"
                );
            }
        }
    }
}

/// Takes the twenty seconds that a file is given.
#[tokio::test]
async fn a_page_that_never_ends_is_given_up_and_the_others_are_served_meanwhile() {
    let app = Arc::new(TestApp::new().await);
    let link = app.share(Pdf::that_never_ends().bytes()).await;
    let (asking, path) = (app.clone(), format!("/v/{link}/pages/2"));
    let hopeless = tokio::spawn(async move { asking.get(&path).await });
    app.get(&format!("/v/{link}/pages/1")).await.ok();
    app.get(&format!("/v/{}/pages/2", app.link)).await.ok();
    assert!(!hopeless.is_finished(), "it is still being tried");
    let words = hopeless.await.expect("an answer").refused(500, "page_unreadable");
    assert!(words.contains("other pages"), "{words}");
}

/// The program, and a file with a line for each time that it was started.
async fn counted(folder: &Path) -> (PathBuf, impl Fn() -> usize) {
    let (program, log) = (folder.join("counted"), folder.join("started"));
    script(&program, &format!("echo x >>'{}'\nexec '{PROGRAM}' \"$@\"", log.display())).await;
    (program, move || std::fs::read_to_string(&log).map_or(0, |lines| lines.lines().count()))
}

#[tokio::test]
async fn a_page_that_twenty_ask_for_at_once_is_rendered_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, started) = counted(folder.path()).await;
    let app = Arc::new(TestApp::with(Setup { program: Some(program), ..Setup::default() }).await);
    let path = format!("/v/{}/pages/3", app.link);
    let mut asking = JoinSet::new();
    for _ in 0..20 {
        let (app, path) = (app.clone(), path.clone());
        asking.spawn(async move { app.get(&path).await.ok().body });
    }
    let pictures: HashSet<Vec<u8>> = asking.join_all().await.into_iter().collect();
    assert_eq!((pictures.len(), started()), (1, 1));
    app.get(&path).await.ok();
    assert_eq!(started(), 1, "nor later");
    app.get(&format!("/v/{}/pages/4", app.link)).await.ok();
    assert_eq!(started(), 2, "another page is another matter");
    let restarted = app.another();
    assert_eq!(restarted.get(&path).await.ok().body, pictures.into_iter().next().expect("one"));
    std::fs::remove_dir_all(app.data_dir().join("pages")).expect("rendered pages");
    app.get(&path).await.ok();
    assert_eq!(started(), 3, "pictures may be thrown away at any time");
}
