//! Deletion removes everything from the folder and from Redis, and ends open visits.

use axum::http::Method;
use serde_json::{Value, json};

use super::{files_and_keys, upload_valid};
use crate::support::{browser::Browser, pdf::Pdf, test_app::TestApp};

const DAY: i64 = 24 * 60 * 60 * 1_000;

async fn add_link(app: &TestApp, document: &str, settings: Value) -> sightline::model::LinkId {
    let path = format!("/api/documents/{document}/links");
    let reply = app.send(Method::POST, &path, settings.to_string()).await;
    reply.json()["link"]["linkId"].as_str().and_then(|link| link.parse().ok()).expect("a link")
}

/// Makes two links and everything that visitors can leave on them, in two calendar months. The days are few, since
/// Redis expires a day's numbers by its own clock.
async fn make_history(app: &TestApp, document: &str) -> sightline::model::LinkId {
    let gate = json!({ "email": "required", "password": "open sesame", "download": true });
    let link = add_link(app, document, gate).await;
    let open = add_link(app, document, json!({})).await;
    let mut reader = Browser::new(app);
    let mut bot = Browser::new(app).with_header("user-agent", "Googlebot/2.1");
    for day in [10, 1, 6] {
        app.set_clock(app.now() + day * DAY);
        for link in [&link, &open] {
            let form = format!("link_id={link}&email=a%40b.c&password=open+sesame");
            reader.call("pass_gate", &form).await.ok();
            reader.get(&format!("/v/{link}/pages/1")).await.ok();
            bot.get(&format!("/v/{link}")).await.ok();
            for (session, leaves) in [("leaves", true), ("stays", false)] {
                let who = json!({ "sessionId": session, "fingerprint": "f", "currentPage": 1 });
                reader.act(link, "join", who).await.ok();
                let beat = json!({ "sessionId": session, "currentPage": 2 });
                app.advance_ms(5_000);
                reader.act(link, "heartbeat", beat).await.ok();
                if leaves {
                    reader.act(link, "leave", json!({ "sessionId": session })).await.ok();
                }
            }
        }
    }
    link
}

#[tokio::test]
async fn deleted_document_leaves_no_key_or_file() {
    let app = TestApp::with_own_redis().await;
    let before = files_and_keys(&app);
    let document = upload_valid(&app, Pdf::with_pages(3).bytes()).await;
    let link = make_history(&app, &document).await;
    let path = format!("/api/documents/{document}");
    app.send(Method::PUT, &format!("{path}/file"), Pdf::with_pages(2).bytes()).await.ok();
    app.get(&format!("{path}/thumbnail")).await.ok();
    let (files, keys) = files_and_keys(&app);
    let [more_files, more_keys] = [files.len() - before.0.len(), keys.len() - before.1.len()];
    assert!(more_files >= 4 && more_keys > 20, "there is enough to delete: {files:?} {keys:?}");
    app.send(Method::DELETE, &path, "").await.ok();
    assert_eq!(files_and_keys(&app), before);
    assert!(!app.data_dir().join("files").join(&document).exists(), "the folder is removed too");
    app.get(&path).await.refused(404, "document_not_found");
    app.send(Method::DELETE, &path, "").await.refused(404, "document_not_found");
    // A viewer who was reading gets an error, and recreates nothing.
    let mut reader = Browser::new(&app);
    assert_eq!(reader.get(&format!("/v/{link}")).await.status, 404);
    reader.get(&format!("/v/{link}/pages/1")).await.refused(404, "link_not_found");
    reader.get(&format!("/v/{link}/download")).await.refused(404, "link_not_found");
    for action in ["join", "heartbeat", "leave"] {
        reader.act(&link, action, json!({})).await.refused(404, "link_not_found");
    }
    let mut bot = Browser::new(&app).with_header("user-agent", "Googlebot/2.1");
    assert_eq!(bot.get(&format!("/v/{link}")).await.status, 404);
    assert_eq!(files_and_keys(&app), before);
}

#[tokio::test]
async fn deleted_link_leaves_no_key() {
    let app = TestApp::with_own_redis().await;
    app.join("neighbour").await;
    let neighbour = app.dump();
    let document = upload_valid(&app, Pdf::with_pages(3).bytes()).await;
    let before = files_and_keys(&app);
    make_history(&app, &document).await;
    let links = app.get(&format!("/api/documents/{document}")).await.json()["document"]["links"].take();
    for link in links.as_array().expect("links") {
        let path = format!("/api/links/{}", link["linkId"].as_str().expect("an address"));
        app.send(Method::DELETE, &path, "").await.ok();
        app.send(Method::DELETE, &path, "").await.refused(404, "link_not_found");
    }
    assert_eq!(files_and_keys(&app).1, before.1);
    assert_eq!(app.dump(), neighbour);
}

#[tokio::test]
async fn deleted_address_can_be_reused_from_zero() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.send(Method::DELETE, &format!("/api/links/{}", app.link), "").await.ok();
    let again = json!({ "linkId": app.link }).to_string();
    let path = format!("/api/documents/{}/links", app.document);
    assert_eq!(app.send(Method::POST, &path, again).await.status, 201);
    assert_eq!(app.snapshot().await.metrics.total_views, 0);
    assert!(app.listed(100).await.is_empty());
}
