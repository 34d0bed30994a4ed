//! A document whose file is not in the storage any more: its readers and its owner are told, and it can be replaced.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use sightline::{error::AppError, model::PictureWish};

use crate::support::{browser::Browser, pdf::Pdf, s3::S3, storage::Storage, test_app::TestApp};

#[tokio::test]
async fn missing_file_is_told_until_it_is_replaced() {
    let app = TestApp::new().await;
    let files = app.data_dir().join("files").join(app.document.as_str());
    let (viewer, document) = (format!("/v/{}", app.link), format!("/api/documents/{}", app.document));
    let sheet = format!("/documents/{}", app.document);
    assert!(!app.get(&sheet).await.ok().text().contains("file-remarks"));
    std::fs::remove_dir_all(&files).expect("it is there");

    let page = app.get(&viewer).await;
    assert_eq!(page.status, 404);
    assert!(
        page.text().contains("The file is missing") && page.text().contains("Tell the person who sent you")
    );
    for path in [
        format!("{viewer}/pages/1"),
        format!("/api/links/{}/pages/1/text", app.link),
        format!("/api/links/{}/outline", app.link),
        format!("{document}/pages/1"),
        format!("{document}/thumbnail"),
        format!("{document}/file"),
    ] {
        app.get(&path).await.refused(404, "file_missing");
    }
    let owner = app.owner.owner_id.clone();
    let mut browser = Browser::signed_in(&app, &owner).await;
    let told = browser.get(&format!("{sheet}/preview")).await;
    assert!(told.status == 404 && told.text().contains("Replace it"), "{told}");
    let told = browser.get(&sheet).await.ok().text();
    assert!(told.contains("The file is missing on the server") && told.contains("file-remarks"), "{told}");
    assert_eq!(app.get(&document).await.ok().json()["document"]["remarks"], json!([{ "kind": "missing" }]));

    app.send(Method::PUT, &format!("{document}/file"), Pdf::with_pages(2).bytes()).await.ok();
    app.get(&viewer).await.ok();
    app.get(&format!("{viewer}/pages/2")).await.ok();
    assert_eq!(app.get(&document).await.ok().json()["document"]["remarks"], json!([]));
}

#[tokio::test]
async fn file_missing_in_s3_is_noted_once_asked_for() {
    let s3 = S3::start().await;
    let storage = Storage::with(|_| {}, Some(Arc::new(s3.client())));
    let file = storage.upload_valid(Pdf::with_pages(2).bytes()).await;
    assert!(!storage.files.is_missing(&storage.document, &file.version).await);
    s3.remove_all();
    let asked = storage.files.picture(&storage.document, &file, 2, PictureWish::default()).await;
    assert_eq!(asked.expect_err("it is gone"), AppError::FileMissing);
    assert!(storage.files.is_missing(&storage.document, &file.version).await);
    let other = storage.upload_valid(Pdf::with_pages(2).bytes()).await;
    storage.page_picture(&other, 2).await;
    assert!(!storage.files.is_missing(&storage.document, &other.version).await);
}
