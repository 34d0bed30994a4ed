//! Several streams in one connection, as the pages of one browser share it.

use axum::http::Method;
use sightline::model::{LinkId, NewLink, address};

use crate::support::{
    browser::Browser,
    events::{Event, Events},
    test_app::{PASSWORD, TestApp},
};

/// The address of these streams in one.
fn of(paths: &[&str]) -> String {
    let of: Vec<String> = paths.iter().map(|path| format!("of={}", address::encode(path))).collect();
    format!("{}?{}", address::STREAMS, of.join("&"))
}

fn of_link(link: &LinkId) -> String {
    format!("/api/send/realtime/{link}/events")
}

async fn open(browser: &Browser<'_>, paths: &[&str]) -> Events {
    let (status, events) = browser.stream(&of(paths)).await;
    assert_eq!(status, 200);
    events
}

/// The next event, and the place of its stream. [`Events`] takes each line of data for an event.
async fn next(events: &mut Events) -> (u64, Event) {
    let number = events.next().await;
    assert!(number.name.is_empty(), "{number:?}");
    (number.data.as_u64().expect("a number"), events.next().await)
}

/// The next event of this stream and name.
async fn next_of(events: &mut Events, number: u64, name: &str) -> Event {
    loop {
        let (of, event) = next(events).await;
        if of == number && event.name == name {
            return event;
        }
    }
}

async fn another_link(app: &TestApp) -> LinkId {
    let document = app.state.stores.catalogue.document(&app.document).await.expect("the document");
    app.state.services.library.make_link(&document, NewLink::default()).await.expect("a link").id
}

#[tokio::test]
async fn each_change_comes_with_its_streams_place() {
    let app = TestApp::new().await;
    let (other, owner) = (another_link(&app).await, Browser::signed_in(&app, &app.owner.owner_id).await);
    let document = format!("/api/documents/{}/events", app.document);
    let paths = [&*of_link(&other), "/api/documents/events?sort=name", &document, &*of_link(&app.link)];
    let mut events = open(&owner, &paths).await;
    let mut first = Vec::new();
    for _ in paths {
        let (number, event) = next(&mut events).await;
        first.push((number, event.name));
    }
    first.sort();
    let names = first.iter().map(|(number, name)| (*number, name.as_str()));
    assert!(names.eq([(0, "snapshot"), (1, "documents"), (2, "documents"), (3, "snapshot")]), "{first:?}");

    app.join("s1").await;
    let mut changed = [next(&mut events).await, next(&mut events).await, next(&mut events).await];
    changed.sort_by_key(|(number, _)| *number);
    let [(1, list), (2, _), (3, joined)] = &changed else { panic!("{changed:?}") };
    assert_eq!(list.data["documents"][0]["links"].as_array().map(Vec::len), Some(2));
    assert_eq!(joined.data["metrics"]["activeViewers"], 1);
    assert_eq!(joined.id, Some(joined.data["asOf"].to_string()));
    let mut browser = owner.clone();
    let alone = browser.get(&format!("/api/send/realtime/{other}")).await.ok().json();
    assert_eq!(alone["metrics"]["activeViewers"], 0);
}

#[tokio::test]
async fn refused_stream_ends_alone() {
    let app = TestApp::with_config(|config| config.max_streams_per_owner = 2).await;
    let stranger = app.state.stores.accounts.add(&format!("other-{}", app.owner.email), PASSWORD).await;
    let stranger = Browser::signed_in(&app, &stranger.expect("an owner").owner_id).await;
    let owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let ours = of_link(&app.link);
    for (browser, path, code) in [
        (&owner, "/api/send/realtime/no-such-link/events", "link_not_found"),
        (&owner, "/api/send/realtime/no%20link/events", "link_not_found"),
        (&owner, "/api/documents/no-such-document/events", "document_not_found"),
        (&owner, "/api/send/realtime/x/events?limit=0", "invalid_field"),
        (&owner, "/api/documents/events?sort=colour", "invalid_field"),
        (&owner, "/api/account/events", "not_found"),
        (&owner, "/api/events", "not_found"),
        (&owner, "not a path", "not_found"),
        (&stranger, &ours, "link_not_found"),
    ] {
        let mut events = open(browser, &["/api/documents/events", path]).await;
        let ended = next_of(&mut events, 1, "ended").await;
        assert_eq!(ended.data["code"], code, "{path}");
        drop(events);
        next_of(&mut open(browser, &["/api/documents/events"]).await, 0, "documents").await;
    }
    // Each of them counts for the owner's limit.
    let mut events = open(&owner, &[&ours, &ours, &ours]).await;
    assert_eq!(next_of(&mut events, 2, "ended").await.data["code"], "too_many_streams");
    app.join("s1").await;
    while next_of(&mut events, 1, "snapshot").await.data["metrics"]["activeViewers"] != 1 {}
}

#[tokio::test]
async fn deleted_link_ends_its_stream_alone() {
    let app = TestApp::new().await;
    let other = another_link(&app).await;
    let owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let mut events = open(&owner, &[&of_link(&other), &of_link(&app.link)]).await;
    next_of(&mut events, 0, "snapshot").await;
    app.send(Method::DELETE, &format!("/api/links/{other}"), "").await.ok();
    assert!(next_of(&mut events, 0, "ended").await.data.is_null());
    app.join("s1").await;
    while next_of(&mut events, 1, "snapshot").await.data["metrics"]["activeViewers"] != 1 {}
}

#[tokio::test]
async fn sign_out_ends_the_whole_connection() {
    let app = TestApp::new().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let mut events = open(&owner, &[&of_link(&app.link), "/api/documents/events"]).await;
    next_of(&mut events, 0, "snapshot").await;
    owner.call("sign_out", "").await.ok();
    let mut ended = Vec::new();
    while let Some(event) = events.try_next().await {
        ended.push(event.name);
    }
    assert_eq!(ended.iter().filter(|name| *name == "ended").count(), 2, "{ended:?}");
}

#[tokio::test]
async fn connection_has_a_limit_of_streams() {
    let app = TestApp::new().await;
    let path = of_link(&app.link);
    let owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let (at_limit, beyond) = (of(&vec![&*path; 50]), of(&vec![&*path; 51]));
    assert_eq!(owner.stream(&at_limit).await.0, 200);
    owner.clone().get(&beyond).await.refused(400, "invalid_field");
}
