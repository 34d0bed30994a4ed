//! Notices: what an owner is told of, by which channel, and what happens when a receiver or a server fails.

mod deliveries;
mod erasing;
mod events;
pub mod first_seen;
mod killed;
mod marking;
mod webhooks;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{receiver::WebhookReceiver, reply::Reply, test_app::TestApp};

const NO_EVENT: [&str; 0] = [];

/// Sends a request of the owner about webhooks.
async fn ask(app: &TestApp, method: Method, path: &str, body: Value) -> Reply {
    app.send(method, &format!("/api/webhooks{path}"), body.to_string()).await
}

/// Makes a webhook; returns its id and its secret.
async fn add_webhook(app: &TestApp, body: Value) -> (String, String) {
    let reply = ask(app, Method::POST, "", body).await;
    assert_eq!(reply.status, 201, "{reply}");
    let made = reply.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&made["webhook"]["webhookId"]), text(&made["secret"]))
}

/// An app on a Redis of its own, with a receiver that is told of these events.
async fn told_of(events: &[&str]) -> (TestApp, WebhookReceiver) {
    let (app, receiver) = (TestApp::with_own_redis().await, WebhookReceiver::start().await);
    add_webhook(&app, json!({ "url": receiver.url(), "events": events })).await;
    (app, receiver)
}

/// Has a server do all that is due now: sweep the link, and tell.
async fn tell(app: &TestApp) {
    app.state.sweeper().sweep().await.expect("Redis answers");
    app.state.teller().tell().await.expect("Redis answers");
}

/// The types of what the receiver was sent since the last call.
async fn told(app: &TestApp, receiver: &WebhookReceiver) -> Vec<String> {
    tell(app).await;
    receiver.take().iter().map(|received| received.kind()).collect()
}
