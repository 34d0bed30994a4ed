//! Uploads over REST, the links made to them, and that refused or deleted files leave nothing behind.

mod deleting;
mod replacing;

use std::{io, path::Path};

use axum::{
    body::Body,
    http::{Method, Request},
};
use futures::{StreamExt, stream};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::bytes::Bytes;

use crate::support::{
    browser::Browser, pdf::Pdf, polling::until, reply::Reply, storage::chunks, test_app::TestApp,
};

async fn upload(app: &TestApp, title: &str, bytes: Vec<u8>) -> Reply {
    app.send(Method::POST, &format!("/api/documents?title={title}"), bytes).await
}

/// Uploads a file that must be accepted; returns the document's id.
async fn upload_valid(app: &TestApp, bytes: Vec<u8>) -> String {
    let reply = upload(app, "A+document", bytes).await;
    assert_eq!(reply.status, 201, "{reply}");
    reply.json()["document"]["documentId"].as_str().expect("an id").to_owned()
}

/// Every file in the data folder, and every key in Redis.
fn files_and_keys(app: &TestApp) -> (Vec<String>, Vec<String>) {
    let mut keys: Vec<String> = app.redis.query("KEYS *");
    // What was done stays in the owner's log.
    keys.retain(|key| !key.starts_with("send:account-events:"));
    keys.sort();
    (files(app.data_dir()), keys)
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    found
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = io::Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(60, 40)).write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

#[tokio::test]
async fn pdf_png_and_jpeg_are_stored_and_served() {
    let app = TestApp::with_own_redis().await;
    for (kind, media_type, shown, pages, bytes) in [
        ("pdf", "application/pdf", "image/png", 2, Pdf::with_pages(2).bytes()),
        ("png", "image/png", "image/png", 1, picture(ImageFormat::Png)),
        ("jpeg", "image/jpeg", "image/jpeg", 1, picture(ImageFormat::Jpeg)),
    ] {
        let reply = upload(&app, "Annual%20report%20%C3%A4", bytes.clone()).await;
        assert_eq!((reply.status, reply.header("cache-control")), (201, "no-store"), "{kind}: {reply}");
        let document = reply.json()["document"].take();
        assert_eq!(document["title"], "Annual report \u{e4}");
        assert_eq!((&document["kind"], &document["pageCount"]), (&json!(kind), &json!(pages)), "{kind}");
        assert_eq!((&document["size"], &document["links"]), (&json!(bytes.len()), &json!([])), "{kind}");
        assert_eq!(document["createdAt"], app.now());
        let path = format!("/api/documents/{}", document["documentId"].as_str().expect("an id"));
        assert_eq!(app.get(&path).await.ok().json()["document"], document);
        let file = app.get(&format!("{path}/file")).await.ok();
        assert!(file.body == bytes && file.header("content-type") == media_type, "{kind}");
        assert!(file.header("content-disposition").starts_with("attachment"), "{kind}");
        let small = app.get(&format!("{path}/thumbnail")).await.ok();
        assert_eq!((small.header("content-type"), small.header("cache-control")), (shown, "no-store"));
        let small = image::load_from_memory(&small.body).expect("a picture");
        assert!(small.width().max(small.height()) <= 320 && small.width() > 10, "{kind}");
        let version = document["version"].as_str().expect("a version");
        let named = app.get(&format!("{path}/thumbnail?v={version}")).await.ok();
        assert_eq!(named.header("cache-control"), "private, max-age=31536000, immutable");
    }
    let listed = app.get("/api/documents").await.ok().json()["documents"].as_array().map(Vec::len);
    assert_eq!(listed, Some(4), "three uploads and the app's own document");
}

#[tokio::test]
async fn bad_file_is_explained_and_leaves_nothing() {
    let app = TestApp::with_own_redis().await;
    let good = Pdf::with_pages(2).bytes();
    let jpeg = picture(ImageFormat::Jpeg);
    let before = files_and_keys(&app);
    for (what, file, message) in [
        ("nothing", Vec::new(), "The file is empty"),
        ("plain text", b"Hello".to_vec(), "neither a PDF nor a PNG or JPEG"),
        ("HTML", b"<!DOCTYPE html><script>".to_vec(), "neither a PDF nor a PNG or JPEG"),
        ("a GIF", b"GIF89a".repeat(300), "neither a PDF nor a PNG or JPEG"),
        ("a PNG signature", b"\x89PNG\r\n\x1a\n".repeat(300), "picture is damaged"),
        ("half a JPEG", jpeg[..jpeg.len() / 2].to_vec(), "picture is damaged"),
        ("half a PDF", good[..good.len() / 2].to_vec(), "cut off"),
        ("no pages", Pdf::with_pages(0).bytes(), "damaged"),
        ("a password", Pdf::with_pages(1).with_user_password().bytes(), "encrypted"),
        ("too many pages", Pdf::with_pages(5_001).bytes(), "5001 pages; 5000 is the most"),
        ("no size", Pdf::with_box("[0 0 0 0]/UserUnit 0").bytes(), ""),
    ] {
        let reply = upload(&app, "Bad", file.clone()).await;
        if message.is_empty() && reply.status == 201 {
            // Some boxes are read as A4; then the file is valid.
            let id = reply.json()["document"]["documentId"].as_str().expect("an id").to_owned();
            app.send(Method::DELETE, &format!("/api/documents/{id}"), "").await.ok();
            continue;
        }
        let said = reply.refused(422, "file_refused");
        assert!(said.contains(message), "{what}: {said}");
        assert_eq!(files_and_keys(&app), before, "{what}");
        let path = format!("/api/documents/{}/file", app.document);
        let said = app.send(Method::PUT, &path, file).await.refused(422, "file_refused");
        assert!(said.contains(message), "{what} as a replacement: {said}");
        assert_eq!(files_and_keys(&app), before, "{what} as a replacement");
    }
}

#[tokio::test]
async fn owner_is_told_what_to_mend() {
    let app = TestApp::with_own_redis().await;
    let document = upload_valid(&app, Pdf::with_pages(2).bytes()).await;
    let path = format!("/api/documents/{document}");
    assert_eq!(app.get(&path).await.ok().json()["document"]["remarks"], json!([]));
    let page = app.get(&format!("/documents/{document}")).await.ok().text();
    assert!(!page.contains("file-remarks"));

    let short = Pdf::with_pages(2).replacing(2, "<</Type/Pages/Kids[3 0 R 5 0 R]/Count 7>>").bytes();
    let replaced = app.send(Method::PUT, &format!("{path}/file"), short).await.ok().json();
    let remarks = json!([{"kind": "pageCount", "stated": 7, "shown": 2}]);
    assert_eq!(replaced["document"]["remarks"], remarks);
    assert_eq!(app.get(&path).await.ok().json()["document"]["remarks"], remarks);
    let page = app.get(&format!("/documents/{document}")).await.ok().text();
    assert!(page.contains("The file says that it has 7 pages; 2 are shown."), "{page}");
}

#[tokio::test]
async fn file_over_50_mb_is_refused() {
    let app = TestApp::with_own_redis().await;
    let before = files_and_keys(&app);
    let mut browser = Browser::new(&app).with_key(&app.api_key);
    let length = (50 * 1024 * 1024 + 1).to_string();
    let never = Body::from_stream(stream::pending::<Result<Bytes, io::Error>>());
    let reply = browser.send("POST", "/api/documents?title=x", &[("content-length", &length)], never).await;
    reply.refused(413, "body_too_large");
    let piece = Bytes::from(vec![b' '; 1 << 20]);
    let endless = Body::from_stream(stream::repeat_with(move || Ok::<_, io::Error>(piece.clone())));
    browser.send("POST", "/api/documents?title=x", &[], endless).await.refused(413, "body_too_large");
    assert_eq!(files_and_keys(&app), before);
}

#[tokio::test]
async fn title_has_1_to_200_printable_characters() {
    let app = TestApp::with_own_redis().await;
    let file = Pdf::with_box("[0 0 10 10]").bytes();
    let before = files_and_keys(&app);
    for bad in ["", "%20%20", "%0A%00", &"x".repeat(201)] {
        let said = upload(&app, bad, file.clone()).await.refused(400, "invalid_field");
        assert!(said.contains("title must have 1 to 200 characters"), "{said}");
        let body = json!({ "title": "x".repeat(201) }).to_string();
        let path = format!("/api/documents/{}", app.document);
        app.send(Method::PATCH, &path, body).await.refused(400, "invalid_field");
    }
    app.send(Method::POST, "/api/documents", file.clone()).await.refused(400, "invalid_field");
    assert_eq!(files_and_keys(&app), before);
    let longest = "%C3%A4".repeat(200);
    for (given, title) in [("%20a%0Ab%20", "ab"), (&*longest, &*"\u{e4}".repeat(200)), ("%3Cb%3E", "<b>")] {
        let reply = upload(&app, given, file.clone()).await;
        assert_eq!(reply.json()["document"]["title"], title, "{given}: {reply}");
    }
}

#[tokio::test]
async fn fifth_concurrent_upload_is_refused() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    let (one, other) = (Pdf::with_pages(1).bytes(), Pdf::with_pages(2).bytes());
    let (first, second) = tokio::join!(upload(&app, "One", one), upload(&app, "Two", other));
    assert_eq!((first.status, second.status), (201, 201), "{first} {second}");
    let (first, second) = (first.json(), second.json());
    assert_ne!(first["document"]["documentId"], second["document"]["documentId"]);
    assert_eq!((&first["document"]["pageCount"], &second["document"]["pageCount"]), (&json!(1), &json!(2)));
    // Four uploads that never end.
    let owner = &app.owner.owner_id;
    let places: Vec<_> = (0..4).map(|_| app.state.rate_limits.upload(owner).expect("a place")).collect();
    let reply = upload(&app, "Five", Pdf::with_pages(1).bytes()).await;
    reply.refused(429, "too_many_requests");
    assert_eq!(reply.header("retry-after"), "5");
    drop(places);
    assert_eq!(upload(&app, "Five", Pdf::with_pages(1).bytes()).await.status, 201);
}

#[tokio::test]
async fn interrupted_upload_leaves_no_file_or_key() {
    let app = TestApp::with_own_redis().await;
    let before = files_and_keys(&app);
    let begun = || chunks(Pdf::of_size(300_000)).take(3);
    let request = |body: Body, key: &str| {
        let request =
            Request::post("/api/documents?title=x").header("authorization", format!("Bearer {key}"));
        request.body(body).expect("a request")
    };
    let broken = begun().chain(stream::iter([Err(io::ErrorKind::ConnectionReset.into())]));
    let reply = app.request(request(Body::from_stream(broken), &app.api_key)).await;
    reply.refused(400, "bad_request");
    assert_eq!(files_and_keys(&app), before, "the upload broke off");
    let stuck = std::sync::Arc::new(Notify::new());
    let (told, incoming) = (stuck.clone(), app.data_dir().join("incoming"));
    let half = begun().chain(stream::once(async move {
        assert_eq!(files(&incoming).len(), 1, "the upload is incoming");
        told.notify_one();
        std::future::pending().await
    }));
    tokio::select! {
        reply = app.request(request(Body::from_stream(half), &app.api_key)) => panic!("it cannot end: {reply}"),
        () = stuck.notified() => {}
    }
    // The work for a client who disconnected ends in a task of its own.
    until("nothing of the upload is left", || files_and_keys(&app) == before).await;
}

#[tokio::test]
async fn link_address_is_random_or_chosen_if_free() {
    let app = TestApp::new().await;
    let path = format!("/api/documents/{}/links", app.document);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let reply = app.send(Method::POST, &path, "").await;
        assert_eq!(reply.status, 201, "{reply}");
        let link = reply.json()["link"]["linkId"].as_str().expect("an address").to_owned();
        // Without l, 0 and 1, which look alike.
        assert!(
            link.len() == 10 && link.chars().all(|c| "abcdefghijkmnpqrstuvwxyz23456789".contains(c)),
            "{link}"
        );
        assert!(seen.insert(link), "every address is new");
    }
    let chosen = format!("Board-{}", app.link);
    let body = json!({ "linkId": chosen, "label": "The board", "download": true }).to_string();
    let reply = app.send(Method::POST, &path, body.clone()).await;
    assert_eq!((reply.status, &reply.json()["link"]["linkId"]), (201, &json!(chosen)), "{reply}");
    app.get(&format!("/v/{chosen}")).await.ok();
    let said = app.send(Method::POST, &path, body.clone()).await.refused(409, "taken");
    assert!(said.contains(&format!("The address {chosen} is taken")), "{said}");
    let other =
        app.state.stores.accounts.add(&format!("x-{}", app.owner.email), "correct horse battery").await;
    let other = other.expect("an owner").owner_id;
    let document = app
        .state
        .services
        .library
        .add_document(Some(&other), "Theirs".to_owned(), chunks(Pdf::with_pages(1).bytes()))
        .await;
    let theirs = format!("/api/documents/{}/links", document.expect("a document").id);
    let mut browser = Browser::signed_in(&app, &other).await;
    browser.send("POST", &theirs, &[], body.clone()).await.refused(409, "taken");
    let link = app.get(&format!("/api/links/{chosen}")).await.ok().json()["link"].take();
    assert_eq!((&link["label"], &link["documentId"]), (&json!("The board"), &json!(app.document)));
    let listed = browser.get(theirs.trim_end_matches("/links")).await.ok().json();
    assert_eq!(listed["document"]["links"], json!([]), "the refused link was not made");
    for (bad, field) in [
        (json!({ "linkId": "a b" }), "linkId"),
        (json!({ "linkId": "" }), "linkId"),
        (json!({ "label": "x".repeat(101) }), "label"),
        (json!({ "password": "" }), "password"),
        (json!({ "email": "perhaps" }), "email"),
        (json!({ "expiresAt": -1 }), "expiresAt"),
    ] {
        let said = app.send(Method::POST, &path, bad.to_string()).await;
        assert!(said.status == 400 && said.text().contains(field), "{bad}: {said}");
    }
}

#[tokio::test]
async fn qr_code_is_an_svg_without_script() {
    let app = TestApp::new().await;
    let reply = app.get(&format!("/api/links/{}/qr.svg", app.link)).await.ok();
    assert_eq!(reply.header("content-type"), "image/svg+xml");
    assert_eq!(reply.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    let svg = reply.text();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>"));
    assert!(svg.matches("h1v1h-1z").count() > 200 && !svg.contains("script"), "{svg}");
    let other = app.get(&format!("/api/links/{}/qr.svg", app.link)).await.text();
    assert_eq!(other, svg);
}
