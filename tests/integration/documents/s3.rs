//! Original files in S3: uploaded in parts, fetched once, removed.

use std::{sync::Arc, task::Poll};

use sightline::server::{
    start::file_settings,
    store::files::{FileStore, UploadError},
};

use crate::support::{pdf::Pdf, s3::S3, storage::Storage};

#[tokio::test]
async fn file_is_uploaded_fetched_once_and_removed() {
    let s3 = S3::start().await;
    let storage = Storage::with(|_| {}, Some(Arc::new(s3.client())));
    let given = Pdf::of_size(12 << 20);
    let file = storage.upload_valid(given.clone()).await;
    assert_eq!(s3.objects(), [(format!("some/prefix/document/{}", file.version), given.len())]);
    assert_eq!(
        storage.all_files(),
        [format!("pages/document/{}-1-1280.webp", file.version)],
        "the first page"
    );

    let page = storage.page_picture(&file, 1).await;
    storage.files.thumbnail(&storage.document, &file, false).await.expect("a thumbnail");
    assert_eq!(s3.gets(), 1, "one fetch for two pictures");
    assert_eq!(storage.all_files().len(), 4, "the original is cached with them: {:?}", storage.all_files());
    std::fs::remove_dir_all(storage.path("pages")).expect("the cache");
    assert!(storage.page_picture(&file, 1).await == page, "a deleted cache is filled again");
    assert!(storage.original(&file).await == given);

    let other = storage.upload_valid(Pdf::with_pages(1).bytes()).await;
    storage.files.remove_version(&storage.document, &file.version).await.expect("it is removed");
    assert_eq!(s3.objects().len(), 1);
    storage.page_picture(&other, 1).await;
    for _ in 0..2 {
        storage.files.remove(&storage.document).await.expect("it is removed, or was before");
    }
    assert_eq!((s3.objects().len(), storage.all_files().len()), (0, 0));
}

#[tokio::test]
async fn refused_file_never_reaches_s3() {
    let s3 = S3::start().await;
    let storage = Storage::with(|_| {}, Some(Arc::new(s3.client())));
    storage.upload_invalid(b"Hello".to_vec()).await;
    assert_eq!((s3.objects().len(), s3.uploads()), (0, (0, 0)));
}

#[tokio::test]
async fn failed_s3_upload_leaves_no_parts() {
    let s3 = S3::start().await;
    let storage = Storage::with(|_| {}, Some(Arc::new(s3.client())));
    s3.refuse_parts();
    let failed = storage.upload(Pdf::of_size(12 << 20)).await.expect_err("storage is full");
    assert!(matches!(failed, UploadError::Storage(_)), "{failed}");
    assert_eq!((s3.objects().len(), s3.uploads()), (0, (1, 0)));
    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
}

#[tokio::test]
async fn disconnected_client_leaves_nothing_in_s3() {
    let s3 = S3::start().await;
    let storage = Storage::with(|_| {}, Some(Arc::new(s3.client())));
    let deleted = s3.next_deletion();
    {
        let mut taking = std::pin::pin!(storage.upload(Pdf::of_size(12 << 20)));
        let begun = std::future::poll_fn(|context| {
            assert!(taking.as_mut().poll(context).is_pending(), "the upload is not complete at once");
            context.waker().wake_by_ref();
            if s3.uploads().0 == 1 { Poll::Ready(()) } else { Poll::Pending }
        });
        begun.await;
    }
    let key = deleted.await.expect("the interrupted upload is completed, then deleted");
    assert!(key.starts_with("some/prefix/document/"), "{key}");
    assert_eq!((s3.objects().len(), s3.uploads().1), (0, 0));
    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
}

/// The original is larger than the whole cache.
#[tokio::test]
async fn file_in_use_is_not_evicted() {
    let s3 = S3::start().await;
    let storage = Storage::with(|config| config.page_cache_mb = 1, Some(Arc::new(s3.client())));
    let file = storage.upload_valid(Pdf::of_size(2 << 20)).await;
    storage.page_picture(&file, 1).await;
    storage.files.thumbnail(&storage.document, &file, false).await.expect("a thumbnail");
    let restarted = FileStore::over(&file_settings(&storage.config), Arc::new(s3.client()), "some/prefix");
    restarted.expect("the folders can be used");
    let left = storage.all_files();
    assert!(left.iter().all(|path| !path.ends_with("original")), "the limit holds afterwards: {left:?}");
}
