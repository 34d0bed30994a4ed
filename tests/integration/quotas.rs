//! What one owner may have, and the words when it is reached.

use axum::http::Method;

use crate::support::{browser::Browser, pdf::Pdf, test_app::TestApp};

/// The app's owner has one document with one link, and one API key.
#[tokio::test]
async fn quota_is_told_in_words_and_ends_with_a_deletion() {
    let app = TestApp::with_config(|config| {
        (config.max_documents, config.max_links, config.max_keys) = (2, 2, 2);
    })
    .await;
    let pdf = || Pdf::with_pages(1).bytes();
    let links = format!("/api/documents/{}/links", app.document);
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;

    let second = app.send(Method::POST, "/api/documents?title=Second", pdf()).await;
    assert_eq!(second.status, 201, "{second}");
    let told = app.send(Method::POST, "/api/documents?title=Third", pdf()).await.refused(422, "file_refused");
    assert!(told.contains("2 documents") && told.contains("Delete one first"), "{told}");
    let id = second.json()["document"]["documentId"].as_str().expect("an id").to_owned();
    app.send(Method::DELETE, &format!("/api/documents/{id}"), "").await.ok();
    assert_eq!(app.send(Method::POST, "/api/documents?title=Third", pdf()).await.status, 201);

    assert_eq!(app.send(Method::POST, &links, "{}").await.status, 201);
    let told = app.send(Method::POST, &links, "{}").await.refused(400, "bad_request");
    assert!(told.contains("2 links to this document"), "{told}");

    browser.call("new_api_key", "label=another").await.ok();
    let refused = browser.call("new_api_key", "label=another").await;
    assert!(refused.status == 400 && refused.text().contains("2 API keys"), "{refused}");
}

/// The app's owner has one document with one link.
#[tokio::test]
async fn links_are_counted_over_all_documents() {
    let app = TestApp::with_config(|config| config.max_owner_links = 3).await;
    let mut documents = vec![app.document.to_string()];
    for title in ["Second", "Third"] {
        let path = format!("/api/documents?title={title}");
        let made = app.send(Method::POST, &path, Pdf::with_pages(1).bytes()).await.json();
        documents.push(made["document"]["documentId"].as_str().expect("an id").to_owned());
    }
    let links = |document: &str| format!("/api/documents/{document}/links");
    let mut last = String::new();
    for document in &documents[1..] {
        let made = app.send(Method::POST, &links(document), "{}").await;
        assert_eq!(made.status, 201, "{made}");
        last = made.json()["link"]["linkId"].as_str().expect("an id").to_owned();
    }
    for document in &documents {
        let told = app.send(Method::POST, &links(document), "{}").await.refused(400, "bad_request");
        assert!(told.contains("You have 3 links, which is the most"), "{told}");
    }
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let refused = browser.call("add_link", &format!("document_id={}", app.document)).await;
    assert!(refused.status == 400 && refused.text().contains("3 links"), "{refused}");
    app.send(Method::DELETE, &format!("/api/links/{last}"), "").await.ok();
    assert_eq!(app.send(Method::POST, &links(&documents[0]), "{}").await.status, 201);
}

#[tokio::test]
async fn quota_of_bytes_counts_replaced_files() {
    let app = TestApp::with_config(|config| config.max_owner_mb = Some(1)).await;
    let file = format!("/api/documents/{}/file", app.document);
    let mut picture = vec![0; 600_000];
    picture.splice(0..0, Pdf::with_pages(1).bytes());
    let large = || picture.clone();
    for _ in 0..2 {
        app.send(Method::PUT, &file, large()).await.ok();
    }
    for reply in [
        app.send(Method::PUT, &file, large()).await,
        app.send(Method::POST, "/api/documents?title=More", large()).await,
    ] {
        let told = reply.refused(422, "file_refused");
        assert!(told.contains("1 MB for each owner"), "{told}");
    }
}

#[tokio::test]
async fn owner_has_a_limit_of_open_dashboards() {
    let app = TestApp::with_config(|config| config.max_streams_per_owner = 2).await;
    let path = format!("{}/events", app.api());
    let browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let (first, second) = (browser.stream(&path).await, browser.stream("/api/documents/events").await);
    assert_eq!((first.0, second.0), (200, 200));
    assert_eq!(browser.stream(&path).await.0, 429);
    drop(first);
    assert_eq!(browser.stream(&path).await.0, 200);
}
