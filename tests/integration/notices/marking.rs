//! Links say which events are wanted: those that exist, those that are made later, and none where no channel is.

use axum::http::Method;
use serde_json::json;
use sightline::{
    model::{LinkId, NewLink},
    server::store::catalogue::Document,
};

use super::{add_webhook, ask, told};
use crate::support::{monitor::Monitor, receiver::WebhookReceiver, test_app::TestApp};

const URL: &str = "https://example.org/hook";

fn mark(app: &TestApp, link: &LinkId) -> Option<String> {
    app.redis.query(&format!("HGET send:link:{{{link}}} events"))
}

async fn second_document(app: &TestApp) -> (Document, LinkId) {
    let template = app.state.stores.catalogue.document(&app.document).await.expect("the document");
    let document = Document { id: "second".parse().expect("an id"), ..template };
    app.state.stores.catalogue.add_document(&document).await.expect("it is added");
    let link = app.state.services.library.make_link(&document, NewLink::default()).await.expect("a link").id;
    (document, link)
}

#[tokio::test]
async fn links_are_marked_with_what_channels_want() {
    let app = TestApp::with_own_redis().await;
    let (document, second) = second_document(&app).await;
    let marks = || (mark(&app, &app.link), mark(&app, &second));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(marks(), (None, None));
    let (all, _) = add_webhook(&app, json!({ "url": URL, "events": ["visit.started"] })).await;
    assert_eq!(marks(), (some("s"), some("s")));
    let only = json!({ "url": URL, "events": ["link.downloaded"], "documents": ["second"] });
    let (one, _) = add_webhook(&app, only).await;
    assert_eq!(marks(), (some("s"), some("ds")));
    let later = app.state.services.library.make_link(&document, NewLink::default()).await.expect("a link").id;
    assert_eq!(mark(&app, &later), some("ds"), "a link made later");
    ask(&app, Method::PATCH, &format!("/{all}"), json!({ "enabled": false })).await.ok();
    assert_eq!(marks(), (some(""), some("d")));
    ask(&app, Method::PATCH, &format!("/{one}"), json!({ "documents": null })).await.ok();
    assert_eq!(marks(), (some("d"), some("d")));
    ask(&app, Method::DELETE, &format!("/{one}"), json!({})).await.ok();
    assert_eq!(marks(), (some(""), some("")));
}

#[tokio::test]
async fn older_marking_never_undoes_a_newer_one() {
    let app = TestApp::with_own_redis().await;
    let mark_as_of = async |generation, letters: &str| {
        let marks = [(app.link.clone(), letters.to_owned())];
        app.state.stores.catalogue.mark_links(&marks, generation).await.expect("Redis answers");
        mark(&app, &app.link)
    };
    assert_eq!(mark_as_of(2, "s").await.as_deref(), Some("s"));
    assert_eq!(mark_as_of(1, "f").await.as_deref(), Some("s"));
    assert_eq!(mark_as_of(3, "").await.as_deref(), Some(""));
}

#[tokio::test]
async fn marking_goes_on_after_a_server_died() {
    let app = TestApp::with_own_redis().await;
    add_webhook(&app, json!({ "url": URL, "events": ["visit.started"] })).await;
    // As if the server that added it had not come to this link.
    app.redis.query::<u64>(&format!("HDEL send:link:{{{}}} events events-as-of", app.link));
    let second = app.second_server();
    second.state.teller().tell().await.expect("Redis answers");
    assert_eq!(mark(&app, &app.link), None, "it may still be at work");
    second.advance(2);
    second.state.teller().tell().await.expect("Redis answers");
    assert_eq!(mark(&app, &app.link).as_deref(), Some("s"));
}

#[tokio::test]
async fn join_without_a_channel_costs_no_command_more() {
    let app = TestApp::with_own_redis().await;
    app.join("warm").await;
    let mut monitor = Monitor::start(&app.redis);
    app.join("s1").await;
    let commands = monitor.commands(&app.redis);
    // The link and its document, the index of expiries, the script; in any order.
    assert_eq!(commands.iter().filter(|command| *command == "EVALSHA").count(), 1, "{commands:?}");
    assert!(commands.len() <= 5, "{commands:?}");
    let keys: Vec<String> = app.redis.query("KEYS send:out*");
    assert!(keys.is_empty(), "{keys:?}");
}

#[tokio::test]
async fn channel_hears_of_its_documents_only() {
    let (app, receiver) = (TestApp::with_own_redis().await, WebhookReceiver::start().await);
    let (_, second) = second_document(&app).await;
    add_webhook(&app, json!({ "url": receiver.url(), "events": ["visit.started"] })).await;
    let other = WebhookReceiver::start().await;
    add_webhook(&app, json!({ "url": other.url(), "events": ["visit.started"], "documents": ["second"] }))
        .await;
    app.join("s1").await;
    assert_eq!((told(&app, &receiver).await.len(), other.take().len()), (1, 0));
    crate::support::browser::Browser::new(&app).act(&second, "join", json!({})).await.ok();
    assert_eq!((told(&app, &receiver).await.len(), other.take().len()), (1, 1));
}
