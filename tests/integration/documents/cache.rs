//! The cache of rendered pages: each page is rendered once, and the least recently used are evicted.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use sightline::{
    model::{DEFAULT_PICTURE_WIDTH, PictureWish},
    server::{start::file_settings, store::files::FileStore},
};
use tokio::task::JoinSet;

use super::pictures::{noise, photograph};
use crate::support::{PROGRAM, pdf::Pdf, program::write_script, storage::Storage};

/// A wrapper of the program, and a function that counts the pictures it rendered.
pub async fn counting_renderer(folder: &Path) -> (PathBuf, impl Fn() -> usize) {
    let (program, log) = (folder.join("counted"), folder.join("started"));
    let count = format!("case \" $* \" in *' picture '*) echo x >>'{}';; esac", log.display());
    write_script(&program, &format!("{count}\nexec '{PROGRAM}' \"$@\"")).await;
    (program, move || std::fs::read_to_string(&log).map_or(0, |lines| lines.lines().count()))
}

#[tokio::test]
async fn concurrent_requests_render_a_page_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, renders) = counting_renderer(folder.path()).await;
    let storage = Arc::new(Storage::with(|config| config.program = Some(program), None));
    let file = Arc::new(storage.upload_valid(Pdf::with_pages(4).bytes()).await);
    let mut asking = JoinSet::new();
    for _ in 0..20 {
        let (storage, file) = (storage.clone(), file.clone());
        asking.spawn(async move { storage.page_picture(&file, 3).await });
    }
    let pictures: HashSet<Vec<u8>> = asking.join_all().await.into_iter().collect();
    assert_eq!((pictures.len(), renders()), (1, 1));
    storage.page_picture(&file, 3).await;
    assert_eq!(renders(), 1, "cached");
    storage.page_picture(&file, 4).await;
    assert_eq!(renders(), 2, "another page is rendered too");
    let restarted = FileStore::open(&file_settings(&storage.config)).expect("the folders can be used");
    let again =
        restarted.picture(&storage.document, &file, 3, PictureWish::default()).await.expect("a picture");
    assert_eq!(
        (pictures.contains(again.bytes.as_ref()), renders()),
        (true, 2),
        "still cached after a restart"
    );
    std::fs::remove_dir_all(storage.path("pages")).expect("rendered pages");
    storage.page_picture(&file, 3).await;
    assert_eq!(renders(), 3, "a deleted picture is rendered again");
}

/// The check has drawn it, in the width and format that the viewer page asks for first.
#[tokio::test]
async fn first_read_after_an_upload_starts_no_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, renders) = counting_renderer(folder.path()).await;
    let storage = Storage::with(|config| config.program = Some(program), None);
    for (what, given) in [
        ("a PDF", Pdf::with_pages(2).bytes()),
        ("a tall PDF", Pdf::with_box("[0 0 600 12000]").bytes()),
        ("a small PNG", noise(300, 200, 1)),
        ("a turned JPEG", photograph(1_400, 900, Some(6))),
    ] {
        let file = storage.upload_valid(given).await;
        let wish = PictureWish { width: DEFAULT_PICTURE_WIDTH.into(), reads_webp: true };
        let first = storage.page_in(&file, 1, wish).await;
        assert_eq!(renders(), 0, "{what}");
        std::fs::remove_dir_all(storage.path("pages")).expect("rendered pages");
        let again = storage.page_in(&file, 1, wish).await;
        assert!(first.bytes == again.bytes && first.format == again.format, "{what}");
        assert_eq!(renders(), 1, "{what} is rendered when it is not kept");
        std::fs::remove_file(folder.path().join("started")).expect("a log");
    }
}

#[tokio::test]
async fn least_recently_used_pictures_are_evicted() {
    let storage = Storage::with(|config| config.page_cache_mb = 1, None);
    // Three of them fit into a megabyte, but not four. They are 300 pixels wide.
    let mut files = Vec::new();
    for seed in 0..4 {
        files.push(storage.upload_valid(noise(300, 300, seed)).await);
    }
    for file in &files[..3] {
        storage.page_picture(file, 1).await;
    }
    storage.page_picture(&files[0], 1).await;
    storage.page_picture(&files[3], 1).await;
    let there =
        |file: usize| storage.path(&format!("pages/document/{}-1-300.png", files[file].version)).exists();
    assert_eq!([0, 1, 2, 3].map(there), [true, false, true, true]);
    storage.page_picture(&files[1], 1).await;
    assert_eq!([0, 1, 2, 3].map(there), [true, true, false, true], "an evicted picture is rendered again");

    let mut narrower = storage.config.clone();
    narrower.page_cache_mb = 0;
    FileStore::open(&file_settings(&narrower)).expect("the folders can be used");
    assert_eq!([0, 1, 2, 3].map(there), [false; 4], "existing pictures count at startup");
}

/// The renderer waits for the test, in place of a slow file.
#[tokio::test]
async fn picture_of_a_removed_document_is_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, reached, gate) =
        (folder.path().join("slow"), folder.path().join("reached"), folder.path().join("gate"));
    let pipes = std::process::Command::new("mkfifo").arg(&reached).arg(&gate).status();
    assert!(pipes.expect("mkfifo runs").success());
    let wait = format!("echo >'{}'; read line <'{}'", reached.display(), gate.display());
    let lines = format!("case \" $* \" in *' picture '*) {wait};; esac\nexec '{PROGRAM}' \"$@\"");
    write_script(&program, &lines).await;
    let storage = Arc::new(Storage::with(|config| config.program = Some(PROGRAM.into()), None));
    let file = Arc::new(storage.upload_valid(Pdf::with_pages(2).bytes()).await);
    let mut slow = storage.config.clone();
    slow.program = Some(program);
    let files = FileStore::open(&file_settings(&slow)).expect("the folders can be used");
    let (asking, document, wanted) = (files.clone(), storage.document.clone(), file.clone());
    let drawing =
        tokio::spawn(async move { asking.picture(&document, &wanted, 2, PictureWish::default()).await });
    tokio::fs::read(&reached).await.expect("rendering begins");
    files.remove(&storage.document).await.expect("it is removed");
    tokio::fs::write(&gate, "\n").await.expect("rendering goes on");
    drawing.await.expect("an answer").expect("a picture, since it was requested in time");
    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
}
