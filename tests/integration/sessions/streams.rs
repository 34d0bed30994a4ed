//! A stream ends as soon as its requester loses access.

use std::time::Duration;

use axum::http::Method;
use sightline::model::{KeyId, NewLink};
use tokio::{task::JoinSet, time::timeout};

use crate::support::{
    browser::Browser,
    events::Events,
    monitor::Monitor,
    redis_server::RedisServer,
    test_app::{PASSWORD, TestApp},
};

/// Well under the minute after which a stream checks its access by itself.
const END_TIMEOUT: Duration = Duration::from_secs(20);

async fn open_stream(browser: &Browser<'_>, path: &str) -> Events {
    let (status, mut events) = browser.stream(path).await;
    assert_eq!(status, 200);
    events.next().await;
    events
}

async fn expect_end(mut events: Events, what: &str) {
    let end = async { while events.try_next().await.is_some() {} };
    timeout(END_TIMEOUT, end).await.unwrap_or_else(|_| panic!("{what}: the stream has not ended"));
}

async fn new_key(app: &TestApp) -> (KeyId, String) {
    let made = app
        .state
        .stores
        .accounts
        .new_key(&app.owner.owner_id, "a stream", Default::default())
        .await
        .expect("a key");
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
    app.join("s1").await;
    other.until(|snapshot| snapshot.metrics.total_views == 1).await;
}

#[tokio::test]
async fn password_change_or_owner_removal_ends_streams() {
    let app = TestApp::new().await;
    let path = format!("{}/events", app.api());
    let owner = &app.owner.owner_id;
    let events = open_stream(&Browser::signed_in(&app, owner).await, &path).await;
    app.state
        .stores
        .accounts
        .set_password(owner, "turquoise ladder seven")
        .await
        .expect("the password is set");
    expect_end(events, "a changed password").await;
    let of_session = open_stream(&Browser::signed_in(&app, owner).await, &path).await;
    let of_key = open_stream(&Browser::new(&app).with_key(&app.api_key), "/api/documents/events").await;
    app.state.stores.accounts.remove(owner).await.expect("the owner is removed");
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
    timeout(END_TIMEOUT, links).await.expect("the list goes on without the link");
    let made = app.send(Method::POST, &format!("/api/documents/{}/links", app.document), "{}").await;
    let link = made.json()["link"]["linkId"].as_str().expect("a link").to_owned();
    let path = format!("/api/send/realtime/{link}/events");
    let events = open_stream(&Browser::new(&app).with_key(&app.api_key), &path).await;
    app.send(Method::DELETE, &format!("/api/documents/{}", app.document), "").await.ok();
    expect_end(events, "a deleted document").await;
}

#[tokio::test]
async fn sign_out_asks_only_the_owners_streams() {
    let app = TestApp::with_redis(RedisServer::start(), |config| {
        config.max_streams = 2_000;
        (config.max_streams_per_address, config.max_streams_per_owner) = (2_000, 2_000);
    });
    let app = app.await;
    let accounts = &app.state.stores.accounts;
    let leaving = accounts.add("leaving@example.com", PASSWORD).await.expect("an owner").owner_id;
    let template = app.state.stores.catalogue.document(&app.document).await.expect("the document");
    let document = sightline::server::store::catalogue::Document {
        id: "of-the-leaving-owner".parse().expect("an id"),
        owner: Some(leaving.clone()),
        ..template
    };
    app.state.stores.catalogue.add_document(&document).await.expect("Redis answers");
    let link = app.state.services.library.make_link(&document, NewLink::default()).await.expect("a link").id;

    // As a server does, each stream is read all the time.
    let read = |mut events: Events| async move { while events.try_next().await.is_some() {} };
    let (mut staying, mut ending) = (JoinSet::new(), JoinSet::new());
    let path = format!("{}/events", app.api());
    for _ in 0..990 {
        staying.spawn(read(open_stream(&Browser::new(&app).with_key(&app.api_key), &path).await));
    }
    let mut browser = Browser::signed_in(&app, &leaving).await;
    for _ in 0..10 {
        ending.spawn(read(open_stream(&browser, &format!("/api/send/realtime/{link}/events")).await));
    }
    let mut monitor = Monitor::start(&app.redis);
    browser.call("sign_out", "").await.ok();
    timeout(END_TIMEOUT, ending.join_all()).await.expect("the owner's streams end");
    let commands = monitor.commands(&app.redis);
    let scripts = commands.iter().filter(|command| *command == "EVALSHA").count();
    // Two to sign out, one for each stream of the owner, and what two links' readers do meanwhile.
    assert!((12..30).contains(&scripts), "{scripts} scripts for 10 of 1,000 streams: {commands:?}");
    assert_eq!(staying.len(), 990);
    assert!(staying.try_join_next().is_none(), "other owners' streams go on");
}
