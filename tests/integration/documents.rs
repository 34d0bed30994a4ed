//! Files in storage: which are accepted, which are refused, and that refused ones leave nothing behind.

mod annotations;
mod cache;
mod colours;
#[cfg(target_os = "linux")]
mod confinement;
#[cfg(target_os = "linux")]
mod fairness;
mod fonts;
mod jpegs;
mod memory;
mod pictures;
mod repairs;
mod s3;
mod text;
mod widths;

use std::{io, time::SystemTime};

use futures::{StreamExt, stream};
use sightline::{
    error::AppError,
    model::{FileKind, MAX_FILE_SIZE, PictureWish},
    server::{
        start::file_settings,
        store::files::{FileStore, UploadError},
    },
};
use tokio::sync::Notify;
use tokio_util::bytes::Bytes;

use crate::support::{
    pdf::Pdf,
    storage::{Storage, chunks},
};

#[tokio::test]
async fn bad_file_is_refused_and_leaves_nothing() {
    let storage = Storage::new();
    let good = Pdf::with_pages(2).bytes();
    let mut damaged = b"%PDF-1.4\n".to_vec();
    damaged.extend((0..2_000).map(|n| (n * 7 % 251) as u8));
    damaged.extend(b"\n%%EOF\n");
    for (what, file, message) in [
        ("nothing", Vec::new(), "The file is empty"),
        ("plain text", b"Hello".to_vec(), "neither a PDF nor a PNG or JPEG"),
        ("a GIF", b"GIF89a".repeat(300), "neither a PDF nor a PNG or JPEG"),
        ("a PNG signature", b"\x89PNG\r\n\x1a\n".repeat(300), "picture is damaged"),
        ("a JPEG signature", b"\xFF\xD8\xFF".repeat(300), "picture is damaged"),
        ("only a header", b"%PDF-1.4\n".to_vec(), "cut off"),
        ("the first half", good[..good.len() / 2].to_vec(), "cut off"),
        ("noise", damaged, "damaged"),
        ("no pages", Pdf::with_pages(0).bytes(), "damaged"),
        ("a password", Pdf::with_pages(1).with_user_password().bytes(), "encrypted"),
        ("too many pages", Pdf::with_pages(5_001).bytes(), "5001 pages; 5000 is the most"),
    ] {
        let refused = storage.upload(file).await.expect_err("a bad file");
        assert!(refused.to_string().contains(message), "{what}: {refused}");
        assert!(matches!(AppError::from(refused), AppError::FileRefused(words) if words.contains(message)));
        assert!(storage.all_files().is_empty(), "{what}: {:?}", storage.all_files());
    }
    storage.upload_valid(good).await;
}

#[tokio::test]
async fn stored_file_comes_back_unchanged() {
    let storage = Storage::new();
    let given = Pdf::with_pages(3).bytes();
    let file = storage.upload_valid(given.clone()).await;
    assert_eq!((file.kind, file.size, file.pages.len()), (FileKind::Pdf, given.len() as u64, 3));
    let version = &file.version;
    let kept = [format!("files/document/{version}"), format!("pages/document/{version}-1-1280.webp")];
    assert_eq!(storage.all_files(), kept, "the file, and its first page, which the check has drawn");
    assert!(storage.original(&file).await == given);
    let kept = serde_json::to_value(&file).expect("JSON");
    assert_eq!((kept["kind"].as_str(), kept["pages"][0]["height"].as_u64()), (Some("pdf"), Some(1_800)));
}

#[tokio::test]
async fn five_thousand_pages_are_accepted() {
    let storage = Storage::new();
    let file = storage.upload_valid(Pdf::with_pages(5_000).bytes()).await;
    storage.page_picture(&file, 5_000).await;
    for page in [0, 5_001, u32::MAX] {
        let refused = storage.files.picture(&storage.document, &file, page, PictureWish::default()).await;
        assert_eq!(refused.expect_err("no such page"), AppError::NotFound);
    }
}

#[tokio::test]
async fn file_of_50_mb_is_the_largest() {
    let storage = Storage::new();
    let mut largest = Pdf::of_size(MAX_FILE_SIZE as usize);
    let file = storage.upload_valid(largest.clone()).await;
    assert_eq!(file.size, MAX_FILE_SIZE);
    storage.files.remove(&storage.document).await.expect("it is removed");
    largest.push(b'\n');
    let refused = storage.upload(largest).await.expect_err("over the limit");
    assert!(refused.to_string().contains("50 MB"), "{refused}");
    assert_eq!(AppError::from(refused), AppError::TooLarge { limit: MAX_FILE_SIZE as usize });
    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
}

#[tokio::test]
async fn endless_upload_is_read_to_the_limit() {
    let storage = Storage::new();
    let piece = Bytes::from(vec![b' '; 1 << 20]);
    let endless = stream::repeat_with(move || Ok::<_, io::Error>(piece.clone()));
    let refused = storage.files.receive(&storage.document, endless).await;
    assert!(matches!(refused, Err(UploadError::TooLarge)), "{refused:?}");
    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
}

#[tokio::test]
async fn pdf_with_owner_password_is_accepted() {
    let storage = Storage::new();
    let file = storage.upload_valid(Pdf::with_pages(1).with_owner_password().bytes()).await;
    storage.page_picture(&file, 1).await;
}

#[tokio::test]
async fn self_drawing_pdf_does_no_harm() {
    let storage = Storage::new();
    if let Ok(file) = storage.upload(Pdf::self_drawing().bytes()).await {
        storage.page_picture(&file, 1).await;
    }
    let file = storage.upload_valid(Pdf::with_pages(1).bytes()).await;
    storage.page_picture(&file, 1).await;
}

#[tokio::test]
async fn interrupted_upload_leaves_nothing() {
    let storage = Storage::new();
    let broken = chunks(Pdf::of_size(300_000)).take(3);
    let broken = broken.chain(stream::iter([Err(io::ErrorKind::ConnectionReset.into())]));
    let refused = storage.files.receive(&storage.document, broken).await.expect_err("it was interrupted");
    assert!(matches!(refused, UploadError::Interrupted), "{refused}");
    assert!(matches!(AppError::from(refused), AppError::BadRequest(_)));
    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
}

#[tokio::test]
async fn disconnected_client_leaves_nothing() {
    let storage = Storage::new();
    let stuck = Notify::new();
    let half = chunks(Pdf::of_size(300_000)).take(3).chain(stream::once(async {
        assert_eq!(storage.all_files().len(), 1, "{:?}", storage.all_files());
        stuck.notify_one();
        std::future::pending().await
    }));
    tokio::select! {
        taken = storage.files.receive(&storage.document, half) => panic!("it cannot end: {taken:?}"),
        () = stuck.notified() => {}
    }
    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
}

#[tokio::test]
async fn concurrent_uploads_are_two_files() {
    let storage = Storage::new();
    let (one, other) = (Pdf::with_pages(1).bytes(), Pdf::with_pages(2).bytes());
    let (first, second) =
        tokio::join!(storage.upload_valid(one.clone()), storage.upload_valid(other.clone()));
    assert_ne!(first.version, second.version);
    assert_eq!((first.pages.len(), second.pages.len()), (1, 2));
    assert!(storage.original(&first).await == one && storage.original(&second).await == other);
}

#[tokio::test]
async fn old_version_stays_until_removed() {
    let storage = Storage::new();
    let old = storage.upload_valid(Pdf::with_pages(1).bytes()).await;
    let new = storage.upload_valid(Pdf::with_pages(2).bytes()).await;
    for file in [&old, &new] {
        storage.page_picture(file, 1).await;
        storage.files.thumbnail(&storage.document, file, false).await.expect("a thumbnail");
    }
    assert_eq!(storage.all_files().len(), 8, "{:?}", storage.all_files());
    for _ in 0..2 {
        storage
            .files
            .remove_version(&storage.document, &old.version)
            .await
            .expect("it is removed, or was before");
    }
    let left = storage.all_files();
    assert!(left.len() == 4 && left.iter().all(|path| path.contains(&new.version)), "{left:?}");
}

#[tokio::test]
async fn removing_a_document_removes_only_its_files() {
    let storage = Storage::new();
    let file = storage.upload_valid(Pdf::with_pages(1).bytes()).await;
    storage.page_picture(&file, 1).await;
    let other = "document-2".parse().expect("a document's id");
    let kept = storage.files.receive(&other, chunks(Pdf::with_pages(1).bytes())).await.expect("a valid file");
    storage.files.picture(&other, &kept, 1, PictureWish::default()).await.expect("a picture");
    for _ in 0..2 {
        storage.files.remove(&storage.document).await.expect("it is removed, or was before");
    }
    let left = storage.all_files();
    assert!(left.len() == 3 && left.iter().all(|path| path.contains("/document-2/")), "{left:?}");
    assert!(!storage.path("files/document").exists() && !storage.path("pages/document").exists());
}

#[tokio::test]
async fn start_removes_uploads_older_than_a_day() {
    let storage = Storage::new();
    for (name, hours) in [("old", 25), ("young", 23)] {
        let file = std::fs::File::create(storage.path("incoming").join(name)).expect("a file");
        let then = SystemTime::now() - std::time::Duration::from_secs(hours * 3_600);
        file.set_modified(then).expect("a time");
    }
    FileStore::open(&file_settings(&storage.config)).expect("the folders can be used");
    assert_eq!(storage.all_files(), ["incoming/young"]);
}

#[tokio::test]
async fn invalid_storage_url_fails_at_startup() {
    let mut config = Storage::new().config;
    config.storage = Some("/srv/files".to_owned());
    let said = FileStore::open(&file_settings(&config)).err().expect("an error").to_string();
    assert!(said.contains("SIGHTLINE_STORAGE must be s3://bucket"), "{said}");
}
