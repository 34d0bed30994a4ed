//! Webhooks as their owner makes and changes them, by REST and by forms, and notices of browsers.

use axum::http::Method;
use serde_json::json;

use super::{add_webhook, ask, tell};
use crate::support::{browser::Browser, redis_server::RedisServer, test_app::TestApp};

const URL: &str = "https://example.org/hook";

#[tokio::test]
async fn invalid_webhooks_name_the_field() {
    let app = TestApp::with_own_redis().await;
    let (made, _) = add_webhook(&app, json!({ "url": URL })).await;
    for (body, field) in [
        (json!({}), "url"),
        (json!({ "url": "ftp://example.org/" }), "url"),
        (json!({ "url": "https://10.0.0.1/" }), "url"),
        (json!({ "url": format!("https://example.org/{}", "x".repeat(2_000)) }), "url"),
        (json!({ "url": URL, "kind": "pigeon" }), "kind"),
        (json!({ "url": URL, "kind": "browser" }), "url"),
        (json!({ "url": URL, "events": [] }), "events"),
        (json!({ "url": URL, "events": ["visit.imagined"] }), "events"),
        (json!({ "url": URL, "events": ["webhook.test"] }), "events"),
        (json!({ "url": URL, "documents": [] }), "documents"),
        (json!({ "url": URL, "documents": ["no-such-document"] }), "documents"),
    ] {
        let said = ask(&app, Method::POST, "", body.clone()).await.refused(400, "invalid_field");
        assert!(said.contains(field), "{body}: {said}");
        if body != json!({}) && body.get("kind").is_none() {
            let said = ask(&app, Method::PATCH, &format!("/{made}"), body.clone())
                .await
                .refused(400, "invalid_field");
            assert!(said.contains(field), "{body}: {said}");
        }
    }
}

#[tokio::test]
async fn webhook_without_a_choice_is_told_of_everything() {
    let app = TestApp::with_own_redis().await;
    let (webhook, secret) = add_webhook(&app, json!({ "url": URL })).await;
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let read = ask(&app, Method::GET, &format!("/{webhook}"), json!({})).await.ok();
    assert!(!read.text().contains("whsec_"), "the secret is told once");
    let read = read.json();
    assert_eq!(read["webhook"]["events"].as_array().map(Vec::len), Some(7));
    assert_eq!((&read["webhook"]["documents"], &read["webhook"]["enabled"]), (&json!(null), &json!(true)));
}

#[tokio::test]
async fn number_of_webhooks_is_limited() {
    let app = TestApp::with_redis(RedisServer::start(), |config| config.max_webhooks = 2).await;
    for _ in 0..2 {
        add_webhook(&app, json!({ "url": URL })).await;
    }
    let said = ask(&app, Method::POST, "", json!({ "url": URL })).await.refused(400, "bad_request");
    assert!(said.contains("2 webhooks"), "{said}");
}

#[tokio::test]
async fn webhooks_end_with_their_owner() {
    let app = TestApp::with_own_redis().await;
    add_webhook(&app, json!({ "url": URL })).await;
    let left = || app.redis.query::<Vec<String>>("KEYS send:channels*");
    assert!(!left().is_empty());
    app.state.stores.channels.remove_all(&app.owner.owner_id).await.expect("Redis answers");
    assert_eq!(left(), [""; 0]);
}

#[tokio::test]
async fn forms_make_change_and_delete_a_webhook() {
    let app = TestApp::with_own_redis().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let fields = "settings[kind]=webhook&settings[url]=ftp%3A%2F%2Fx&settings[events][]=visit.started&settings[documents]=";
    let refused = browser.form("add_webhook", fields).await;
    assert_eq!(refused.header("location"), "/settings/notices");
    let page = browser.get("/settings/notices").await.ok().text();
    assert!(page.contains("The address must begin with https://.") && page.contains("ftp://x"), "{page}");
    let made = browser
        .form("add_webhook", &fields.replace("ftp%3A%2F%2Fx", "https%3A%2F%2Fexample.org%2Fhook"))
        .await;
    let path = made.header("location").to_owned();
    let page = browser.get(&path).await.ok().text();
    assert!(page.contains("whsec_") && page.contains("Nothing was sent yet"), "{page}");
    assert!(!browser.get(&path).await.ok().text().contains("whsec_"), "it is shown once");
    let id = path.rsplit('/').next().expect("an id");
    let change = format!(
        "webhook_id={id}&settings[url]=https%3A%2F%2Fexample.org%2Fother&settings[events][]=link.busy&settings[documents]="
    );
    assert_eq!(browser.form("change_webhook", &change).await.header("location"), path);
    let changed = ask(&app, Method::GET, &format!("/{id}"), json!({})).await.ok().json();
    let webhook = &changed["webhook"];
    assert_eq!(
        (&webhook["url"], &webhook["events"]),
        (&json!("https://example.org/other"), &json!(["link.busy"]))
    );
    assert_eq!(webhook["enabled"], false, "the box was not ticked");
    browser.form("delete_webhook", &format!("webhook_id={id}")).await;
    ask(&app, Method::GET, &format!("/{id}"), json!({})).await.refused(404, "not_found");
}

#[tokio::test]
async fn address_of_a_chat_is_not_listed() {
    let app = TestApp::with_own_redis().await;
    let url = "https://hooks.slack.com/services/T0/B0/a-secret";
    add_webhook(&app, json!({ "kind": "slack", "url": url })).await;
    let page = Browser::signed_in(&app, &app.owner.owner_id).await.get("/settings/notices").await.ok().text();
    assert!(page.contains("https://hooks.slack.com") && !page.contains("a-secret"), "{page}");
}

#[tokio::test]
async fn browsers_follow_what_happens() {
    let app = TestApp::with_own_redis().await;
    add_webhook(&app, json!({ "kind": "browser", "events": ["visit.started"] })).await;
    let mut events = app.stream("/api/notices/events").await;
    app.join_with("s1", json!({ "email": "ada@example.org" })).await;
    tell(&app).await;
    let notice = events.next_named("notice").await;
    let body = notice.data["body"].as_str().expect("a sentence");
    assert_eq!(body, "\u{2068}ada@example.org\u{2069} is reading \u{2068}Twelve pages\u{2069}.");
    // A tab that takes over goes on behind the last event.
    app.join_with("s2", json!({ "email": "bob@example.org" })).await;
    tell(&app).await;
    let browser = Browser::new(&app).with_key(&app.api_key).with_header("last-event-id", "0-0");
    let (_, mut again) = browser.stream("/api/notices/events").await;
    for name in ["ada", "bob"] {
        let notice = again.next_named("notice").await;
        assert!(notice.data["body"].as_str().is_some_and(|body| body.contains(name)), "{:?}", notice.data);
    }
}
