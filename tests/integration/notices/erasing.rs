//! A reader is erased while events about them wait.

use axum::http::Method;
use serde_json::json;

use super::{told, told_of};
use crate::support::test_app::TestApp;

async fn erase(app: &TestApp, reader: &str) {
    app.send(Method::DELETE, &format!("/api/readers/{reader}"), "").await.ok();
}

async fn visit(app: &TestApp, reader: &str) {
    let visit = json!({ "email": format!("{reader}@example.org"), "fingerprint": format!("{reader}s-mark") });
    app.join_with(reader, visit).await;
    app.get(&format!("/v/{}/download?session={reader}", app.link)).await.ok();
    app.leave(reader).await;
}

#[tokio::test]
async fn erased_reader_is_in_no_outbox() {
    let (app, receiver) = told_of(&["visit.started", "reader.first_seen", "link.downloaded"]).await;
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), r#"{"download":true}"#).await.ok();
    for reader in ["kept", "erased", "another"] {
        visit(&app, reader).await;
    }
    assert_eq!(app.stored::<u64>("XLEN", "outbox", ""), 6);
    let last: String =
        app.stored::<Vec<(String, Vec<String>)>>("XREVRANGE", "outbox", "+ - COUNT 1")[0].0.clone();
    erase(&app, "ERASED@example.org").await;
    assert_eq!(app.stored::<u64>("XLEN", "outbox", ""), 4);
    app.redis.query::<String>("CONFIG SET rdbcompression no");
    let dump = app.stored::<Vec<u8>>("DUMP", "outbox", "");
    assert!(!dump.windows(6).any(|part| part == b"erased"));
    let kept: String =
        app.stored::<Vec<(String, Vec<String>)>>("XREVRANGE", "outbox", "+ - COUNT 1")[0].0.clone();
    assert_eq!(kept, last, "events keep their places");
    super::tell(&app).await;
    let mut readers: Vec<String> = receiver
        .take()
        .iter()
        .map(|told| format!("{} {}", told.kind(), told.json()["data"]["reader"]["email"]))
        .collect();
    readers.sort();
    let expected = |kind: &str| ["another", "kept"].map(|reader| format!("{kind} \"{reader}@example.org\""));
    assert_eq!(
        readers,
        [expected("link.downloaded"), expected("reader.first_seen"), expected("visit.started")].concat()
    );
}

#[tokio::test]
async fn outbox_without_its_only_reader_goes_on() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), r#"{"download":true}"#).await.ok();
    visit(&app, "erased").await;
    erase(&app, "erased@example.org").await;
    assert_eq!(app.stored::<u64>("XLEN", "outbox", ""), 0);
    app.join("another").await;
    assert_eq!(told(&app, &receiver).await, ["visit.started"]);
}

#[tokio::test]
async fn erased_reader_is_first_seen_again() {
    let (app, receiver) = told_of(&["reader.first_seen"]).await;
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), r#"{"download":true}"#).await.ok();
    visit(&app, "ada").await;
    assert_eq!(told(&app, &receiver).await, ["reader.first_seen"]);
    let remembered = || app.redis.query::<Vec<String>>("KEYS send:first-seen:*").len();
    assert_eq!(remembered(), 2, "the address and the mark");
    let visit_id = app.visits().await.remove(0).id;
    app.send(Method::DELETE, &format!("/api/links/{}/visits/{visit_id}/reader", app.link), "").await.ok();
    assert_eq!(remembered(), 0);
    app.advance(60);
    visit(&app, "ada").await;
    assert_eq!(told(&app, &receiver).await, ["reader.first_seen"]);
}
