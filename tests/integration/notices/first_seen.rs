//! Which readers of a document are new.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::{LinkId, NewLink};

use super::{NO_EVENT, add_webhook, ask, told, told_of};
use crate::support::{browser::Browser, receiver::WebhookReceiver, test_app::TestApp};

const BOTH: [&str; 2] = ["visit.started", "reader.first_seen"];

impl TestApp {
    /// Another link to the document.
    pub async fn second_link(&self) -> LinkId {
        let document = self.state.stores.catalogue.document(&self.document).await.expect("the document");
        self.state.services.library.make_link(&document, NewLink::default()).await.expect("a link").id
    }
}

/// A visit of another browser.
pub async fn join(app: &TestApp, link: &LinkId, visit: &Value) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut visit = visit.clone();
    visit["sessionId"] = json!(format!("other-{}", NEXT.fetch_add(1, Relaxed)));
    Browser::new(app).act(link, "join", visit).await.ok();
}

/// The app with a channel that is told of starts and of new readers; the visits before went on when it was made.
async fn listen(app: &TestApp) -> WebhookReceiver {
    let receiver = WebhookReceiver::start().await;
    add_webhook(app, json!({ "url": receiver.url(), "events": BOTH })).await;
    receiver
}

#[tokio::test]
async fn visit_begun_before_is_no_start() {
    let app = TestApp::with_own_redis().await;
    let ada = json!({ "email": "ada@example.org", "currentPage": 1 });
    app.join_with("s1", ada.clone()).await;
    app.join_with("s2", ada.clone()).await;
    let receiver = listen(&app).await;
    app.advance(1);
    // The page is turned, loaded again, and left for a while.
    app.heartbeat("s1", 2).await;
    app.join_with("s1", ada.clone()).await;
    app.leave("s1").await;
    app.advance(2);
    app.join_with("s1", ada.clone()).await;
    // One that sent no sign of life for some minutes goes on too.
    app.advance(4);
    app.join_with("s2", ada).await;
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
}

#[tokio::test]
async fn reader_of_a_running_visit_is_not_new() {
    let app = TestApp::with_own_redis().await;
    let second = app.second_link().await;
    let both = json!({ "email": "ada@example.org", "fingerprint": "mark-1" });
    app.join_with("s1", both.clone()).await;
    app.join_with("s2", json!({ "fingerprint": "mark-2" })).await;
    let receiver = listen(&app).await;
    app.advance_ms(1);
    for link in [&app.link, &second] {
        for visit in [
            both.clone(),
            json!({ "email": "ADA@example.org" }),
            json!({ "email": "ada@example.org", "fingerprint": "mark-3" }),
            json!({ "fingerprint": "mark-1" }),
            json!({ "fingerprint": "mark-2" }),
        ] {
            join(&app, link, &visit).await;
            assert_eq!(told(&app, &receiver).await, ["visit.started"], "{visit} at {link}");
        }
        join(&app, link, &json!({ "email": format!("{link}@example.org") })).await;
        let mut of_new = told(&app, &receiver).await;
        of_new.sort();
        assert_eq!(of_new, ["reader.first_seen", "visit.started"]);
    }
}

/// A channel is removed, and made again while a visit goes on of which none was told.
#[tokio::test]
async fn reader_of_a_gap_is_not_new() {
    let app = TestApp::with_own_redis().await;
    for round in 0..3 {
        let receiver = listen(&app).await;
        let (before, new) = (format!("gap-{round}@example.org"), format!("new-{round}@example.org"));
        if round > 0 {
            join(&app, &app.link, &json!({ "email": format!("gap-{}@example.org", round - 1) })).await;
            assert_eq!(told(&app, &receiver).await, ["visit.started"], "{round}");
        }
        join(&app, &app.link, &json!({ "email": new })).await;
        assert_eq!(told(&app, &receiver).await.len(), 2, "{new}");
        let webhooks = ask(&app, Method::GET, "", json!({})).await.json();
        let id = webhooks["webhooks"][0]["webhookId"].as_str().expect("an id").to_owned();
        ask(&app, Method::DELETE, &format!("/{id}"), json!({})).await.ok();
        join(&app, &app.link, &json!({ "email": before })).await;
        app.advance_ms(1);
    }
}

/// Of two links one is read before the other: what is found going on there waits to be told.
#[tokio::test]
async fn visits_that_wait_to_be_told_are_still_first() {
    let app = TestApp::with_own_redis().await;
    let second = app.second_link().await;
    let receiver = WebhookReceiver::start().await;
    add_webhook(&app, json!({ "url": receiver.url(), "events": ["reader.first_seen"] })).await;
    for (link, reader) in [(&app.link, "ada"), (&second, "bob"), (&app.link, "eve"), (&second, "ada")] {
        join(&app, link, &json!({ "email": format!("{reader}@example.org") })).await;
        app.advance_ms(1);
    }
    super::tell(&app).await;
    let mut readers: Vec<String> = receiver
        .take()
        .iter()
        .map(|told| told.json()["data"]["reader"]["email"].as_str().expect("an address").to_owned())
        .collect();
    readers.sort();
    assert_eq!(readers, ["ada@example.org", "bob@example.org", "eve@example.org"]);
}

/// More than are read in one round trip.
#[tokio::test]
async fn all_running_visits_are_looked_through() {
    let app = TestApp::with_own_redis().await;
    for n in 0..700 {
        app.join_with(&format!("s{n}"), json!({ "email": format!("r{n}@example.org") })).await;
    }
    let receiver = WebhookReceiver::start().await;
    add_webhook(&app, json!({ "url": receiver.url(), "events": ["reader.first_seen"] })).await;
    app.advance_ms(1);
    for n in 0..700 {
        app.join_with(&format!("again{n}"), json!({ "email": format!("r{n}@example.org") })).await;
    }
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
}

#[tokio::test]
async fn reader_is_first_seen_once_per_document() {
    let (app, receiver) = told_of(&["reader.first_seen"]).await;
    let second = app.second_link().await;
    app.join_with("s1", json!({ "fingerprint": "mark-1" })).await;
    app.join_with("s2", json!({ "fingerprint": "mark-1" })).await;
    app.join_with("s3", json!({ "fingerprint": "mark-1", "email": "Ada@example.org" })).await;
    app.join_with("s4", json!({ "fingerprint": "mark-2", "email": "ada@example.org" })).await;
    app.join("unnamed").await;
    Browser::new(&app).act(&second, "join", json!({ "fingerprint": "mark-1" })).await.ok();
    super::tell(&app).await;
    let readers: Vec<_> =
        receiver.take().iter().map(|told| told.json()["data"]["reader"]["name"].clone()).collect();
    // Of two links the one is read before the other: in either order.
    let anonymous =
        readers.iter().filter(|name| name.as_str().is_some_and(|name| name.starts_with("Anonymous")));
    assert_eq!((readers.len(), anonymous.count()), (2, 1), "{readers:?}");
    assert!(readers.contains(&json!("Ada@example.org")), "{readers:?}");
}

#[tokio::test]
async fn reader_of_old_visits_is_not_new() {
    let app = TestApp::with_own_redis().await;
    app.join_with("s1", json!({ "email": "ada@example.org" })).await;
    app.leave("s1").await;
    app.advance(60);
    let receiver = WebhookReceiver::start().await;
    add_webhook(&app, json!({ "url": receiver.url(), "events": ["reader.first_seen"] })).await;
    app.join_with("s2", json!({ "email": "ada@example.org" })).await;
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
    app.join_with("s3", json!({ "email": "bob@example.org" })).await;
    assert_eq!(told(&app, &receiver).await, ["reader.first_seen"]);
}

#[tokio::test]
async fn known_reader_is_not_new_by_another_name() {
    let (app, receiver) = told_of(&["reader.first_seen"]).await;
    let second = app.second_link().await;
    app.join_with("s1", json!({ "fingerprint": "mark-1", "email": "ada@example.org" })).await;
    assert_eq!(told(&app, &receiver).await, ["reader.first_seen"]);
    // On the other link: by the mark alone while the visit runs, by the e-mail address in other letters from another browser.
    for visit in [
        json!({ "fingerprint": "mark-1" }),
        json!({ "fingerprint": "mark-2", "email": "ADA@example.org" }),
        json!({ "fingerprint": "mark-2" }),
    ] {
        Browser::new(&app).act(&second, "join", visit.clone()).await.ok();
        assert_eq!(told(&app, &receiver).await, NO_EVENT, "{visit}");
    }
}
