//! Which events are told, and of what none is.

use axum::http::Method;
use serde_json::json;
use sightline::model::timing;

use super::{NO_EVENT, add_webhook, told, told_of};
use crate::support::{browser::Browser, receiver::WebhookReceiver, test_app::TestApp};

const ALL: [&str; 7] = [
    "visit.started",
    "visit.finished",
    "reader.first_seen",
    "link.downloaded",
    "link.busy",
    "link.calm",
    "gate.locked",
];

/// Lets the time pass within which a visit can be resumed.
fn pass_resume_window(app: &TestApp) {
    app.advance_ms(timing::RESUME_WINDOW.as_millis() as i64 + 1);
}

#[tokio::test]
async fn visit_is_told_from_start_to_end() {
    let (app, receiver) = told_of(&["visit.started", "visit.finished"]).await;
    app.join_with(
        "s1",
        json!({ "currentPage": 1, "email": "ada@example.org", "referrer": "news.example.org" }),
    )
    .await;
    super::tell(&app).await;
    let started = receiver.take().remove(0).json();
    assert_eq!(
        (&started["type"], &started["timestamp"]),
        (&json!("visit.started"), &json!("2026-03-18T12:00:00Z"))
    );
    let data = &started["data"];
    assert_eq!(data["document"], json!({ "id": app.document, "title": "Twelve pages" }));
    assert_eq!((&data["link"]["id"], &data["activeViewers"]), (&json!(app.link), &json!(1)));
    assert_eq!(data["reader"]["email"], "ada@example.org");
    assert_eq!(data["referrer"], "news.example.org");
    app.advance(1);
    app.heartbeat("s1", 3).await;
    app.leave("s1").await;
    assert_eq!(told(&app, &receiver).await, NO_EVENT, "it may be resumed");
    pass_resume_window(&app);
    super::tell(&app).await;
    let finished = receiver.take().remove(0).json();
    let visit = app.visits().await.remove(0);
    assert_eq!(finished["type"], "visit.finished");
    assert_eq!(finished["data"]["visit"], serde_json::to_value(&visit).expect("JSON"));
    assert_eq!((visit.visible_ms, &finished["data"]["completion"]), (60_000, &json!(8)));
    assert_eq!(told(&app, &receiver).await, NO_EVENT, "each is told once");
}

#[tokio::test]
async fn resumed_visit_ends_once() {
    let (app, receiver) = told_of(&["visit.started", "visit.finished"]).await;
    app.join("s1").await;
    app.leave("s1").await;
    app.advance(5);
    app.join("s1").await;
    assert_eq!(told(&app, &receiver).await, ["visit.started"]);
    app.advance(1);
    app.leave("s1").await;
    app.advance(9);
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
    pass_resume_window(&app);
    assert_eq!(told(&app, &receiver).await, ["visit.finished"]);
}

#[tokio::test]
async fn vanished_viewer_finishes_too() {
    let (app, receiver) = told_of(&["visit.finished"]).await;
    app.join("s1").await;
    app.advance(6);
    assert_eq!(told(&app, &receiver).await, NO_EVENT, "swept, and to be resumed");
    app.advance(5);
    assert_eq!(told(&app, &receiver).await, ["visit.finished"]);
}

#[tokio::test]
async fn visit_without_resume_window_ends_at_once() {
    let redis = crate::support::redis_server::RedisServer::start();
    let app = TestApp::with_redis(redis, |config| config.resume_within = 0).await;
    let receiver = WebhookReceiver::start().await;
    add_webhook(&app, json!({ "url": receiver.url(), "events": ["visit.finished"] })).await;
    app.join("s1").await;
    app.leave("s1").await;
    assert_eq!(told(&app, &receiver).await, ["visit.finished"]);
}

#[tokio::test]
async fn what_did_not_happen_is_not_told() {
    let redis = crate::support::redis_server::RedisServer::start();
    let app = TestApp::with_redis(redis, |config| config.max_viewers = 1).await;
    let receiver = WebhookReceiver::start().await;
    add_webhook(&app, json!({ "url": receiver.url(), "events": ALL })).await;
    app.act_as_owner("join", "owner", json!({})).await.refused(403, "not_counted");
    let mut bot = Browser::new(&app).with_header("user-agent", "Slackbot-LinkExpanding 1.0");
    assert_eq!(bot.act(&app.link, "join", json!({})).await.status, 403);
    bot.get(&format!("/v/{}", app.link)).await;
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
    app.join("s1").await;
    app.join("s1").await;
    app.act("join", "s2", json!({})).await.refused(429, "too_many_viewers");
    app.act("leave", "s3", json!({})).await.ok();
    assert_eq!(told(&app, &receiver).await, ["visit.started"]);
}

#[tokio::test]
async fn archived_and_erased_visits_are_not_told() {
    let (app, receiver) = told_of(&["visit.finished"]).await;
    for session in ["archived", "erased", "kept"] {
        app.join_with(session, json!({ "email": format!("{session}@example.org") })).await;
        app.leave(session).await;
    }
    let visits = app.visits().await;
    let path = |name: &str| {
        let visit =
            visits.iter().find(|visit| visit.email.as_deref() == Some(&format!("{name}@example.org")));
        format!("/api/links/{}/visits/{}", app.link, visit.expect("a visit").id)
    };
    app.send(Method::PATCH, &path("archived"), r#"{"archived":true}"#).await.ok();
    app.send(Method::DELETE, &format!("{}/reader", path("erased")), "").await.ok();
    pass_resume_window(&app);
    super::tell(&app).await;
    let told = receiver.take();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].json()["data"]["reader"]["email"], "kept@example.org");
}

#[tokio::test]
async fn download_is_told_with_its_reader() {
    let (app, receiver) = told_of(&["link.downloaded"]).await;
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), r#"{"download":true}"#).await.ok();
    app.join_with("s1", json!({ "email": "ada@example.org" })).await;
    let download = format!("/v/{}/download", app.link);
    app.send(Method::HEAD, &download, "").await;
    app.get(&format!("{download}?session=s1")).await.ok();
    app.get(&download).await.ok();
    super::tell(&app).await;
    let readers: Vec<_> =
        receiver.take().iter().map(|told| told.json()["data"]["reader"]["email"].clone()).collect();
    assert_eq!(readers, [json!("ada@example.org"), json!(null)]);
}

#[tokio::test]
async fn busy_link_is_told_again_only_after_calm() {
    let (app, receiver) = told_of(&["link.busy", "link.calm"]).await;
    let link = format!("/api/links/{}", app.link);
    let changed = app.send(Method::PATCH, &link, r#"{"busy":5}"#).await.ok().json();
    assert_eq!(changed["link"]["busy"], 5);
    let join = async |from: u32, to: u32| {
        for n in from..to {
            app.join(&format!("s{n}")).await;
        }
    };
    join(0, 4).await;
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
    join(4, 7).await;
    assert_eq!(told(&app, &receiver).await, ["link.busy"]);
    // Four of five are 0.8: not below it.
    for n in 4..7 {
        app.leave(&format!("s{n}")).await;
    }
    let beat = async || {
        for _ in 0..3 {
            app.advance(4);
            for n in 0..3 {
                app.heartbeat(&format!("s{n}"), 1).await;
            }
        }
    };
    app.leave("s3").await;
    app.advance(4);
    for n in 0..3 {
        app.heartbeat(&format!("s{n}"), 1).await;
    }
    // Back at four before ten minutes have passed: the time begins anew.
    app.join("again").await;
    app.leave("again").await;
    app.advance(4);
    for n in 0..3 {
        app.heartbeat(&format!("s{n}"), 1).await;
    }
    app.advance(4);
    for n in 0..3 {
        app.heartbeat(&format!("s{n}"), 1).await;
    }
    assert_eq!(told(&app, &receiver).await, NO_EVENT, "eight minutes below");
    join(20, 23).await;
    assert_eq!(told(&app, &receiver).await, NO_EVENT, "busy still, and told before");
    for n in 20..23 {
        app.leave(&format!("s{n}")).await;
    }
    beat().await;
    assert_eq!(told(&app, &receiver).await, ["link.calm"]);
    join(30, 33).await;
    assert_eq!(told(&app, &receiver).await, ["link.busy"]);
}

#[tokio::test]
async fn locked_gate_is_told_once() {
    let redis = crate::support::redis_server::RedisServer::start();
    let app = TestApp::with_redis(redis, |config| config.no_limits = false).await;
    let receiver = WebhookReceiver::start().await;
    add_webhook(&app, json!({ "url": receiver.url(), "events": ["gate.locked"] })).await;
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), r#"{"password":"open sesame"}"#).await.ok();
    let mut guesser = Browser::new(&app);
    for _ in 0..10 {
        let form = format!("link_id={}&password=wrong", app.link);
        assert_eq!(guesser.call("pass_gate", &form).await.status, 403);
    }
    assert_eq!(told(&app, &receiver).await, NO_EVENT);
    for _ in 0..3 {
        let form = format!("link_id={}&password=wrong", app.link);
        assert_eq!(guesser.call("pass_gate", &form).await.status, 429);
    }
    assert_eq!(told(&app, &receiver).await, ["gate.locked"]);
    let form = format!("link_id={}&password=wrong", app.link);
    // The visitor goes on for an hour, as fast as the gate lets them.
    for _ in 0..12 {
        app.advance(5);
        while guesser.call("pass_gate", &form).await.status == 403 {}
    }
    assert_eq!(told(&app, &receiver).await, NO_EVENT, "the same lock");
    app.advance(11);
    while guesser.call("pass_gate", &form).await.status == 403 {}
    assert_eq!(told(&app, &receiver).await, ["gate.locked"], "another one");
}

#[tokio::test]
async fn full_outbox_drops_its_oldest_and_says_so() {
    let (app, receiver) = told_of(&["visit.started"]).await;
    let mut connection = app.redis.connect();
    let mut many = redis::pipe();
    // It is cut by whole nodes of the stream, of a hundred entries each.
    for n in 0..10_099 {
        many.cmd("XADD").arg(app.redis_key("outbox")).arg(format!("{}-0", n + 1));
        many.arg(&["e", "?", "t", "1"]).ignore();
    }
    many.query::<()>(&mut connection).expect("Redis answers");
    app.join("s1").await;
    assert_eq!(app.stored::<u64>("XLEN", "outbox", ""), 10_000);
    assert_eq!(app.stored::<u64>("HGET", "outbox-state", "cut"), 100);
    // The sweeper notes what waits behind events that no server noted.
    app.advance_ms(3_000);
    assert_eq!(told(&app, &receiver).await, ["visit.started"]);
    assert_eq!(app.stored::<u64>("XLEN", "outbox", ""), 0);
    assert_eq!(app.stored::<u64>("HGET", "outbox-state", "cut"), 0, "it was told, in the log");
}
