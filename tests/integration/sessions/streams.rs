//! An open dashboard goes dark as soon as whoever looks at it may no longer see it.

use std::time::Duration;

use axum::http::Method;
use sightline::model::KeyId;
use tokio::time::timeout;

use crate::support::{browser::Browser, events::Events, test_app::TestApp};

/// Far less than the minute after which a stream looks again by itself.
const END_TIMEOUT: Duration = Duration::from_secs(20);

async fn open_stream(browser: &Browser<'_>, path: &str) -> Events {
    let (status, mut events) = browser.stream(path).await;
    assert_eq!(status, 200);
    events.next().await;
    events
}

async fn expect_end(mut events: Events, what: &str) {
    let end = async { while events.try_next().await.is_some() {} };
    timeout(END_TIMEOUT, end).await.unwrap_or_else(|_| panic!("{what}: the stream goes on"));
}

async fn new_key(app: &TestApp) -> (KeyId, String) {
    let made = app.state.stores.accounts.new_key(&app.owner.owner_id, "a stream").await.expect("a key");
    (made.listed.key_id, made.key)
}

#[tokio::test]
async fn sign_out_ends_the_sessions_streams() {
    let app = TestApp::new().await;
    let of_link = format!("{}/events", app.api());
    for (function, path) in [
        ("sign_out", &*of_link),
        ("sign_out", "/api/documents/events"),
        ("sign_out_everywhere", &*of_link),
        ("sign_out_everywhere", "/api/documents/events"),
    ] {
        let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
        let events = open_stream(&browser, path).await;
        browser.call(function, "").await.ok();
        expect_end(events, &format!("{function} {path}")).await;
    }
}

#[tokio::test]
async fn revoking_a_key_ends_only_its_streams() {
    let app = TestApp::new().await;
    let path = format!("{}/events", app.api());
    let (id, key) = new_key(&app).await;
    let revoked = open_stream(&Browser::new(&app).with_key(&key), &path).await;
    let mut other = open_stream(&Browser::new(&app).with_key(&app.api_key), &path).await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    owner.call("revoke_api_key", &format!("key_id={id}")).await.ok();
    expect_end(revoked, "a revoked key").await;
    app.join("somebody").await;
    other.until(|snapshot| snapshot.metrics.total_views == 1).await;
}

#[tokio::test]
async fn password_change_or_owner_removal_ends_streams() {
    let app = TestApp::new().await;
    let path = format!("{}/events", app.api());
    let owner = &app.owner.owner_id;
    let events = open_stream(&Browser::signed_in(&app, owner).await, &path).await;
    app.state.stores.accounts.set_password(owner, "another password").await.expect("it is set");
    expect_end(events, "a changed password").await;
    let of_session = open_stream(&Browser::signed_in(&app, owner).await, &path).await;
    let of_key = open_stream(&Browser::new(&app).with_key(&app.api_key), "/api/documents/events").await;
    app.state.stores.accounts.remove(owner).await.expect("it goes");
    expect_end(of_session, "a removed owner's session").await;
    expect_end(of_key, "a removed owner's key").await;
}

#[tokio::test]
async fn deleting_a_link_or_document_ends_streams() {
    let app = TestApp::new().await;
    let path = format!("{}/events", app.api());
    let events = open_stream(&Browser::new(&app).with_key(&app.api_key), &path).await;
    let mut documents =
        open_stream(&Browser::new(&app).with_key(&app.api_key), "/api/documents/events").await;
    app.send(Method::DELETE, &format!("/api/links/{}", app.link), "").await.ok();
    expect_end(events, "a deleted link").await;
    let links = async {
        loop {
            let event = documents.next_named("documents").await;
            if event.data["documents"][0]["links"].as_array().is_some_and(Vec::is_empty) {
                return;
            }
        }
    };
    timeout(END_TIMEOUT, links).await.expect("the list goes on, without the link");
    let made = app.send(Method::POST, &format!("/api/documents/{}/links", app.document), "{}").await;
    let link = made.json()["link"]["linkId"].as_str().expect("a link").to_owned();
    let path = format!("/api/send/realtime/{link}/events");
    let events = open_stream(&Browser::new(&app).with_key(&app.api_key), &path).await;
    app.send(Method::DELETE, &format!("/api/documents/{}", app.document), "").await.ok();
    expect_end(events, "a deleted document").await;
}
