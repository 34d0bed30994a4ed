//! The stream of the list.

use axum::http::Method;
use serde_json::json;

use super::{add, add_many, titles};
use crate::support::test_app::TestApp;

#[tokio::test]
async fn stream_follows_the_page_it_asks_for() {
    let app = TestApp::new().await;
    add_many(&app, "Report", 1..61, 0).await;
    let mut second = app.stream("/api/documents/events?sort=name&page=2").await;
    let list = second.next_named("documents").await.data;
    assert_eq!((&list["total"], titles(&list)), (&json!(61), titles_of(51..61, "Twelve pages")));
    let mut found = app.stream("/api/documents/events?q=0042").await;
    assert_eq!(titles(&found.next_named("documents").await.data), ["Report 0042"]);
}

fn titles_of(numbers: std::ops::Range<usize>, last: &str) -> Vec<String> {
    numbers.map(|number| format!("Report {number:04}")).chain([last.to_owned()]).collect()
}

#[tokio::test]
async fn stream_shows_changes_made_on_another_server() {
    let app = TestApp::new().await;
    let other = app.second_server();
    let mut events = app.document_events().await;
    events.next_named("documents").await;
    let path = format!("/api/documents/{}", app.document);
    other.send(Method::PATCH, &path, json!({ "title": "Renamed" }).to_string()).await.ok();
    while titles(&events.next_named("documents").await.data) != ["Renamed"] {}
    let link = format!("/api/links/{}", app.link);
    other.send(Method::PATCH, &link, json!({ "label": "For the board" }).to_string()).await.ok();
    while events.next_named("documents").await.data["documents"][0]["links"][0]["label"] != "For the board" {}
    other.send(Method::DELETE, &link, "").await.ok();
    while events.next_named("documents").await.data["documents"][0]["links"] != json!([]) {}
    add(&other, 1, "Added", 0).await;
    while titles(&events.next_named("documents").await.data).len() != 2 {}
    other.send(Method::DELETE, &path, "").await.ok();
    while titles(&events.next_named("documents").await.data) != ["Added"] {}
}

#[tokio::test]
async fn unannounced_changes_show_at_the_next_reconcile() {
    let app = TestApp::with_own_redis().await;
    let mut events = app.document_events().await;
    events.next_named("documents").await;
    let _: String = app.redis.query("ACL SETUSER default -spublish");
    app.join("s1").await;
    while events.next_named("documents").await.data["documents"][0]["links"][0]["totalViews"] != 1 {}
    let path = format!("/api/documents/{}", app.document);
    app.send(Method::PATCH, &path, json!({ "title": "Renamed" }).to_string()).await.ok();
    while titles(&events.next_named("documents").await.data) != ["Renamed"] {}
}

#[tokio::test]
async fn expired_link_shows_without_an_announcement() {
    let app = TestApp::new().await;
    let change = json!({ "expiresAt": app.now() + 60_000 }).to_string();
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), change).await.ok();
    let mut events = app.document_events().await;
    let first = events.next_named("documents").await.data;
    assert_eq!(first["documents"][0]["links"][0]["state"], "open");
    app.advance(2);
    while events.next_named("documents").await.data["documents"][0]["links"][0]["state"] != "expired" {}
}

#[tokio::test]
async fn stream_of_one_document_shows_that_document() {
    let app = TestApp::new().await;
    let (other, _) = add(&app, 1, "Other", 1).await;
    let mut events = app.stream(&format!("/api/documents/{other}/events")).await;
    assert_eq!(titles(&events.next_named("documents").await.data), ["Other"]);
    app.send(Method::DELETE, &format!("/api/documents/{other}"), "").await.ok();
    while !titles(&events.next_named("documents").await.data).is_empty() {}
    app.get("/api/documents/unknown/events").await.refused(404, "document_not_found");
}

#[tokio::test]
async fn stream_keeps_its_rows_while_redis_is_away() {
    let app = TestApp::with_own_redis().await;
    let mut events = app.document_events().await;
    events.next_named("documents").await;
    app.redis.stop();
    events.next_named("trouble").await;
    app.redis.launch();
    app.join("s1").await;
    while events.next_named("documents").await.data["documents"][0]["links"][0]["totalViews"] != 1 {}
}
