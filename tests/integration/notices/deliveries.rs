//! How events reach a receiver: in their order, again after a failure, and once all in all when a server dies.

use std::time::Duration;

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{add_webhook, ask, tell, told, told_of};
use crate::support::{receiver::WebhookReceiver, redis_server::RedisServer, test_app::TestApp};

const NO_EVENT: [&str; 0] = [];
const SECOND: i64 = 1_000;

/// The deliveries of the app's only webhook, the newest first.
async fn log(app: &TestApp, webhook: &str) -> Vec<Value> {
    let reply = ask(app, Method::GET, &format!("/{webhook}/deliveries"), json!({})).await.ok().json();
    reply["deliveries"].as_array().expect("a list").clone()
}

async fn only_webhook(app: &TestApp) -> String {
    let list = ask(app, Method::GET, "", json!({})).await.ok().json();
    list["webhooks"][0]["webhookId"].as_str().expect("an id").to_owned()
}

/// Tells, and returns the ids of what was sent.
async fn ids(app: &TestApp, receiver: &WebhookReceiver) -> Vec<String> {
    tell(app).await;
    receiver.take().iter().map(|received| received.header("webhook-id").to_owned()).collect()
}

#[tokio::test]
async fn events_arrive_in_their_order() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    let readers: Vec<String> = (0..30).map(|n| format!("reader{n}@example.org")).collect();
    for (n, email) in readers.iter().enumerate() {
        app.join_with(&format!("s{n}"), json!({ "email": email })).await;
    }
    tell(&app).await;
    let received = receiver.take();
    let told: Vec<_> = received
        .iter()
        .map(|told| told.json()["data"]["reader"]["email"].as_str().expect("an e-mail").to_owned())
        .collect();
    assert_eq!(told, readers);
    let ids: std::collections::HashSet<_> = received.iter().map(|told| told.header("webhook-id")).collect();
    assert_eq!(ids.len(), 30, "each has an id of its own");
}

#[tokio::test]
async fn failed_delivery_is_sent_again_on_schedule() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    for _ in 0..10 {
        receiver.answer(500, &[], "out of order");
    }
    app.join("s1").await;
    let first = ids(&app, &receiver).await;
    assert_eq!(first.len(), 1);
    let webhook = only_webhook(&app).await;
    let hour = 3_600 * SECOND;
    for wait in
        [5 * SECOND, 300 * SECOND, hour / 2, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]
    {
        app.advance_ms(wait - 1);
        assert_eq!(ids(&app, &receiver).await, NO_EVENT, "before {wait}");
        // The jitter adds a tenth at most.
        app.advance_ms(wait / 10 + 2);
        assert_eq!(ids(&app, &receiver).await, first, "{wait}");
    }
    let delivery = log(&app, &webhook).await.remove(0);
    assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("failed"), &json!(10)));
    assert_eq!((&delivery["status"], &delivery["answer"]), (&json!(500), &json!("out of order")));
    app.advance(3 * 24 * 60);
    assert_eq!(ids(&app, &receiver).await, NO_EVENT, "given up");
    let again = format!("/{webhook}/deliveries/{}", first[0]);
    assert_eq!(ask(&app, Method::POST, &again, json!({})).await.status, 202);
    assert_eq!(ids(&app, &receiver).await, first, "sent again, with the same id");
    assert_eq!(log(&app, &webhook).await[0]["state"], "delivered");
}

#[tokio::test]
async fn redirect_is_a_failure_and_not_followed() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    let elsewhere = WebhookReceiver::start().await;
    receiver.answer(307, &[("location", &elsewhere.url())], "");
    app.join("s1").await;
    assert_eq!(told(&app, &receiver).await.len(), 1);
    assert!(elsewhere.received().is_empty());
    let delivery = log(&app, &only_webhook(&app).await).await.remove(0);
    assert_eq!((&delivery["state"], &delivery["status"]), (&json!("waiting"), &json!(307)));
}

#[tokio::test]
async fn retry_after_of_a_receiver_is_kept() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    receiver.answer(429, &[("retry-after", "600")], "");
    app.join("s1").await;
    assert_eq!(told(&app, &receiver).await.len(), 1);
    app.advance_ms(599 * SECOND);
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
    app.advance_ms(2 * SECOND);
    assert_eq!(told(&app, &receiver).await, ["visit.started"]);
}

#[tokio::test]
async fn gone_receiver_is_switched_off() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    receiver.answer(410, &[], "");
    app.join("s1").await;
    assert_eq!(told(&app, &receiver).await.len(), 1);
    let list = ask(&app, Method::GET, "", json!({})).await.ok().json();
    assert_eq!(list["webhooks"][0]["enabled"], false);
    assert!(list["webhooks"][0]["switchedOff"].as_str().expect("a reason").contains("410"));
    app.join("s2").await;
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
    let path = format!("/{}", only_webhook(&app).await);
    let on = ask(&app, Method::PATCH, &path, json!({ "enabled": true })).await.ok().json();
    assert_eq!(on["webhook"]["switchedOff"], json!(null));
    app.join("s3").await;
    assert_eq!(told(&app, &receiver).await, ["visit.started"]);
}

#[tokio::test]
async fn failed_delivery_holds_the_next_up_for_a_moment() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    receiver.answer(500, &[], "");
    app.join_with("s1", json!({ "email": "one@example.org" })).await;
    app.join_with("s2", json!({ "email": "two@example.org" })).await;
    assert_eq!(told(&app, &receiver).await.len(), 1, "the channel pauses after a failure");
    app.advance_ms(6 * SECOND);
    assert_eq!(told(&app, &receiver).await.len(), 2);
}

#[tokio::test]
async fn event_read_twice_is_delivered_once() {
    let (app, receiver) = told_of(&["visit.started", "reader.first_seen"]).await;
    app.join_with("s1", json!({ "email": "ada@example.org" })).await;
    // A server gives the events to the channels, and dies before it removes them.
    let outbox: Vec<u8> = app.stored("DUMP", "outbox", "");
    assert_eq!(ids(&app, &receiver).await.len(), 2);
    let mut restore = redis::cmd("RESTORE");
    restore.arg(app.redis_key("outbox")).arg(0).arg(outbox).arg("REPLACE");
    restore.query::<()>(&mut app.redis.connect()).expect("Redis answers");
    app.state
        .stores
        .outboxes
        .links
        .note_at_latest(app.link.as_str(), app.now())
        .await
        .expect("Redis answers");
    assert_eq!(ids(&app, &receiver).await, NO_EVENT);
    assert_eq!(app.stored::<u64>("XLEN", "outbox", ""), 0);
    assert_eq!(log(&app, &only_webhook(&app).await).await.len(), 2);
}

#[tokio::test]
async fn what_a_dead_server_took_is_told_by_another() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    app.join("s1").await;
    let taken = app.state.stores.outboxes.links.take(app.now(), 100).await.expect("Redis answers");
    assert_eq!(taken.len(), 1, "the server that dies has the link");
    let second = app.second_server();
    second.state.teller().tell().await.expect("Redis answers");
    assert_eq!(receiver.received().len(), 0, "it is leased to the other server");
    second.advance_ms(31 * SECOND);
    second.state.teller().tell().await.expect("Redis answers");
    assert_eq!(receiver.take().len(), 1);
}

#[tokio::test]
async fn event_that_was_never_noted_is_found() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    app.join("s1").await;
    // As if the server had died between the script and the note.
    app.state.stores.outboxes.links.remove(app.link.as_str()).await.expect("Redis answers");
    app.advance_ms(3 * SECOND);
    assert_eq!(told(&app, &receiver).await, ["visit.started"]);
}

/// A join costs Redis less where the link is noted already; were it noted once only, that note could be lost.
#[tokio::test]
async fn waiting_events_are_noted_each_eighth_time() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    let mut noted = Vec::new();
    for n in 1..=20 {
        app.join(&format!("s{n}")).await;
        if app.state.stores.outboxes.links.count_due(app.now()).await.expect("Redis answers") > 0 {
            noted.push(n);
        }
        app.state.stores.outboxes.links.remove(app.link.as_str()).await.expect("Redis answers");
    }
    assert_eq!(noted, [1, 9, 17]);
    app.advance_ms(3 * SECOND);
    assert_eq!(told(&app, &receiver).await.len(), 20, "the sweeper found the rest");
}

#[tokio::test]
async fn two_servers_tell_each_event_once() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    for n in 0..20 {
        app.join(&format!("s{n}")).await;
    }
    let second = app.second_server();
    tokio::join!(tell(&app), tell(&second));
    tell(&app).await;
    let received = receiver.take();
    let ids: std::collections::HashSet<_> = received.iter().map(|told| told.header("webhook-id")).collect();
    assert_eq!((received.len(), ids.len()), (20, 20));
}

#[tokio::test]
async fn stalled_receiver_holds_no_other_up() {
    let (app, stalled) = told_of(&["visit.started"]).await;
    stalled.stall();
    let quick = WebhookReceiver::start().await;
    add_webhook(&app, json!({ "url": quick.url(), "events": ["visit.started"] })).await;
    tokio::spawn(app.state.teller().run());
    for n in 0..50 {
        app.join(&format!("s{n}")).await;
    }
    quick.wait_for(50).await;
    assert_eq!(stalled.received().len(), 1, "one request at a time");
}

#[tokio::test]
async fn both_secrets_sign_while_one_replaces_the_other() {
    let (app, receiver) = (TestApp::with_own_redis().await, WebhookReceiver::start().await);
    let (webhook, first) = add_webhook(&app, json!({ "url": receiver.url() })).await;
    let test = async || {
        assert_eq!(ask(&app, Method::POST, &format!("/{webhook}/test"), json!({})).await.status, 202);
        tell(&app).await;
        receiver.take().remove(0)
    };
    let received = test().await;
    assert_eq!(received.kind(), "webhook.test");
    assert_eq!(received.header("content-type"), "application/json");
    assert_eq!(received.header("webhook-timestamp"), (app.now() / 1_000).to_string());
    assert_eq!(received.header("webhook-signature"), received.signature(&first));
    let rotated = ask(&app, Method::POST, &format!("/{webhook}/secret"), json!({})).await.ok().json();
    let second = rotated["secret"].as_str().expect("a secret").to_owned();
    assert_ne!(first, second);
    let received = test().await;
    let both = format!("{} {}", received.signature(&second), received.signature(&first));
    assert_eq!(received.header("webhook-signature"), both);
    app.advance(24 * 60 + 1);
    let received = test().await;
    assert_eq!(received.header("webhook-signature"), received.signature(&second));
    for (key, value) in redis_content(&app) {
        for secret in [&first, &second] {
            let bytes = STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("Base64");
            let holds = |part: &[u8]| value.windows(part.len()).any(|window| window == part);
            assert!(!holds(secret.as_bytes()) && !holds(&bytes), "{key} holds a secret");
        }
    }
}

/// Everything in Redis, as it would be restored.
fn redis_content(app: &TestApp) -> Vec<(String, Vec<u8>)> {
    // Compressed, a text would not be found.
    app.redis.query::<String>("CONFIG SET rdbcompression no");
    let keys: Vec<String> = app.redis.query("KEYS *");
    assert!(keys.iter().any(|key| key.starts_with("send:channels:")), "{keys:?}");
    keys.into_iter()
        .map(|key| {
            let content = app.redis.query(&format!("DUMP {key}"));
            (key, content)
        })
        .collect()
}

#[tokio::test]
async fn chat_gets_a_text_without_signature() {
    let (app, receiver) = (TestApp::with_own_redis().await, WebhookReceiver::start().await);
    let made = json!({ "kind": "slack", "url": receiver.url(), "events": ["visit.started"] });
    let (_, secret) = add_webhook(&app, made).await;
    assert_eq!(secret, "");
    app.join_with("s1", json!({ "email": "<!channel>@example.org" })).await;
    tell(&app).await;
    let received = receiver.take().remove(0);
    let expected = format!(
        "`&lt;!channel&gt;@example.org` is reading `Twelve pages`.\nhttp://127.0.0.1:3000/dashboard/{}",
        app.link
    );
    assert_eq!(received.json(), json!({ "text": expected }));
    assert_eq!(received.header("webhook-signature"), "");
    let address = receiver.url();
    for (key, value) in redis_content(&app) {
        assert!(
            !value.windows(address.len()).any(|part| part == address.as_bytes()),
            "{key} holds the address"
        );
    }
}

#[tokio::test]
async fn private_addresses_are_not_reached() {
    let app = TestApp::with_redis(RedisServer::start(), |config| config.webhook_allow = Vec::new()).await;
    let receiver = WebhookReceiver::start().await;
    for url in [
        &receiver.url(),
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "https://10.0.0.1/",
    ] {
        ask(&app, Method::POST, "", json!({ "url": url })).await.refused(400, "invalid_field");
    }
    // A name that leads to a private address is found out when it is resolved.
    let url = receiver.url().replace("http://127.0.0.1", "https://localhost");
    let (webhook, _) = add_webhook(&app, json!({ "url": url })).await;
    ask(&app, Method::POST, &format!("/{webhook}/test"), json!({})).await;
    tell(&app).await;
    let delivery = log(&app, &webhook).await.remove(0);
    assert_eq!(
        (&delivery["status"], &delivery["answer"]),
        (&json!(null), &json!("this address is not public"))
    );
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn erased_reader_is_in_no_delivery() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    receiver.answer(500, &[], "");
    for name in ["erased", "kept"] {
        app.join_with(name, json!({ "email": format!("{name}@example.org"), "fingerprint": name })).await;
        app.leave(name).await;
    }
    tell(&app).await;
    let visit = app.visits().await.remove(0).id;
    app.send(Method::DELETE, &format!("/api/links/{}/visits/{visit}/reader", app.link), "").await.ok();
    assert_eq!(log(&app, &only_webhook(&app).await).await.len(), 1);
    for (key, value) in redis_content(&app) {
        let holds = value.windows(6).any(|window| window == b"erased");
        assert!(!holds || !key.starts_with("send:deliver"), "{key}");
    }
    app.advance(10);
    assert_eq!(
        ids(&app, &receiver).await.len(),
        2,
        "the first attempt, which failed, and the reader who is kept"
    );
}

#[tokio::test]
async fn only_the_first_kilobyte_of_an_answer_is_kept() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    receiver.answer(500, &[], &"x".repeat(5_000_000));
    app.join("s1").await;
    tell(&app).await;
    let delivery = log(&app, &only_webhook(&app).await).await.remove(0);
    assert_eq!(delivery["answer"].as_str().map(str::len), Some(1_024));
}

/// Ten thousand events to a receiver that never answers: they lie in Redis, and this program holds one of them.
#[tokio::test]
async fn queue_of_a_stalled_receiver_is_bounded() {
    let (app, stalled) = told_of(&["visit.started"]).await;
    stalled.stall();
    let webhook = only_webhook(&app).await;
    let mut connection = app.redis.connect();
    for batch in 0..2 {
        let mut many = redis::pipe();
        for n in 0..5_500 {
            let id = format!("{}-0", 1 + batch * 5_500 + n);
            many.cmd("XADD").arg(app.redis_key("outbox")).arg(id);
            many.arg(&["e", "s", "t", "1", "n", "1", "r", "------   "]).ignore();
        }
        many.query::<()>(&mut connection).expect("Redis answers");
        app.state
            .stores
            .outboxes
            .links
            .note_at_latest(app.link.as_str(), app.now())
            .await
            .expect("Redis answers");
        while app.state.teller().fan_out().empty_due(1).await.expect("Redis answers") > 0 {}
    }
    let kept: u64 = app.redis.query(&format!("HLEN send:deliveries:{{{webhook}}}"));
    let waiting: u64 = app.redis.query(&format!("ZCARD send:delivery-queue:{{{webhook}}}"));
    assert_eq!((kept, waiting), (10_000, 10_000));
    let list = ask(&app, Method::GET, &format!("/{webhook}"), json!({})).await.ok().json();
    assert_eq!(list["webhook"]["dropped"], 1_000);
    let _ = tokio::time::timeout(Duration::from_millis(100), app.state.teller().tell()).await;
    assert!(stalled.received().len() <= 1, "one request at a time");
}
