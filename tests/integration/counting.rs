//! What counts as a view, the rate limits of clients, and that no client address is stored.

use std::sync::Arc;

use axum::http::Method;
use redis::Value as Stored;
use serde_json::json;
use sightline::server::config::Config;
use tokio::task::JoinSet;

use crate::support::{browser::Browser, redis_server::RedisServer, test_app::TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A trusted proxy in front of the app.
const PROXY: ([u8; 4], u16) = ([10, 0, 0, 1], 3_000);

fn limits_and_trusted_proxy(config: &mut Config) {
    config.no_limits = false;
    trusted_proxy(config);
}

fn trusted_proxy(config: &mut Config) {
    config.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")];
}

async fn views_and_filtered(app: &TestApp) -> (u64, u64) {
    let snapshot = app.snapshot().await;
    (snapshot.metrics.total_views, snapshot.filtered)
}

#[tokio::test]
async fn bots_and_prefetches_count_only_as_filtered() {
    let app = TestApp::with_config(trusted_proxy).await.reached_from(PROXY);
    let page = format!("/v/{}", app.link);
    let names =
        ["Googlebot/2.1", "Slackbot-LinkExpanding 1.0", "WhatsApp/2.23", "curl/8.5.0", "HeadlessChrome"];
    for (number, name) in names.into_iter().enumerate() {
        let mut bot =
            Browser::new(&app).with_header("user-agent", name).with_header("x-forwarded-for", "203.0.113.9");
        bot.get(&page).await.ok();
        bot.act(&app.link, "join", json!({})).await.refused(403, "not_counted");
        assert_eq!(views_and_filtered(&app).await, (0, 2 * number as u64 + 2), "{name}");
    }
    for header in ["sec-purpose", "purpose", "x-moz"] {
        let mut ahead = Browser::new(&app).with_header("user-agent", FIREFOX).with_header(header, "prefetch");
        let before = views_and_filtered(&app).await.1;
        ahead.get(&page).await.ok();
        assert_eq!(views_and_filtered(&app).await, (0, before + 1), "{header}");
    }
    let mut reader = Browser::new(&app).with_header("user-agent", FIREFOX);
    let filtered = views_and_filtered(&app).await.1;
    reader.get(&page).await.ok();
    assert_eq!(views_and_filtered(&app).await, (0, filtered), "fetching the page is no view");
    reader.act(&app.link, "join", json!({})).await.ok();
    assert_eq!(views_and_filtered(&app).await, (1, filtered));
}

#[tokio::test]
async fn owners_own_visits_are_not_counted() {
    let app = TestApp::new().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await.with_header("user-agent", FIREFOX);
    owner.get(&format!("/v/{}", app.link)).await.ok();
    owner.act(&app.link, "join", json!({})).await.refused(403, "not_counted");
    assert_eq!(views_and_filtered(&app).await, (0, 0));
}

#[tokio::test]
async fn join_beyond_max_viewers_is_refused() {
    let app = TestApp::with_config(|config| config.max_viewers = 2).await;
    app.join("one").await;
    app.join("two").await;
    let refused = app.act("join", "three", json!({})).await;
    refused.refused(429, "too_many_viewers");
    assert_eq!(refused.header("retry-after"), "60");
    app.join("one").await;
    app.leave("one").await;
    app.join("three").await;
    assert_eq!(app.snapshot().await.metrics.peak_concurrent_viewers, 2);
}

#[tokio::test]
async fn joins_at_once_stay_within_max_viewers() {
    let app = Arc::new(TestApp::with_config(|config| config.max_viewers = 10).await);
    let mut joins = JoinSet::new();
    for reader in 0..30 {
        let app = app.clone();
        joins.spawn(async move { app.act("join", &format!("s{reader}"), json!({})).await.status });
    }
    let mut statuses = joins.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 10].as_slice(), &[429; 20]].concat());
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.active_viewers, metrics.total_views, metrics.peak_concurrent_viewers), (10, 10, 10));
}

#[tokio::test]
async fn limits_allow_500_readers_behind_one_address() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    for reader in 0..500 {
        let session = format!("reader-{reader}");
        app.join(&session).await;
        app.heartbeat(&session, 1).await;
        app.heartbeat(&session, 2).await;
    }
    assert_eq!(app.snapshot().await.metrics.active_viewers, 500);
    for reader in 0..500 {
        app.leave(&format!("reader-{reader}")).await;
    }
}

/// Sends invalid actions, which are cheap to refuse, until the rate limit; `false` if it is not reached.
async fn reaches_limit(browser: &mut Browser<'_>, app: &TestApp, action: &str, times: u32) -> bool {
    for _ in 0..times {
        let reply = browser.act(&app.link, action, json!({ "currentPage": 0, "duration": 90_000 })).await;
        if reply.status == 429 {
            reply.refused(429, "too_many_requests");
            let wait: u64 = reply.header("retry-after").parse().expect("seconds");
            assert!((1..=60).contains(&wait), "{wait}");
            return true;
        }
        assert_eq!(reply.status, 400, "{reply}");
    }
    false
}

#[tokio::test]
async fn flood_from_one_address_is_rate_limited() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    for (action, most) in [("leave", 3_000), ("heartbeat", 20_000), ("join", 5_000)] {
        assert!(reaches_limit(&mut Browser::new(&app), &app, action, most).await, "{action}");
    }
}

#[tokio::test]
async fn forwarded_address_counts_only_from_trusted_proxy() {
    let trusted = TestApp::with_config(limits_and_trusted_proxy).await.reached_from(PROXY);
    let from = |address: &str| Browser::new(&trusted).with_header("x-forwarded-for", address);
    // The left address is the client's own claim, and is ignored.
    assert!(reaches_limit(&mut from("198.51.100.1, 203.0.113.1"), &trusted, "leave", 3_000).await);
    assert!(reaches_limit(&mut from("198.51.100.2, 203.0.113.1"), &trusted, "leave", 20).await);
    assert!(!reaches_limit(&mut from("198.51.100.1, 203.0.113.2"), &trusted, "leave", 20).await);
    let direct = TestApp::with_config(limits_and_trusted_proxy).await.reached_from(([192, 0, 2, 1], 3_000));
    let from = |address: &str| Browser::new(&direct).with_header("x-forwarded-for", address);
    assert!(reaches_limit(&mut from("203.0.113.1"), &direct, "leave", 3_000).await);
    assert!(reaches_limit(&mut from("203.0.113.2"), &direct, "leave", 20).await);
}

/// All keys and values in Redis, as text.
fn dump(redis: &RedisServer) -> String {
    let mut dump = String::new();
    for key in redis.query::<Vec<String>>("KEYS *") {
        let read = match redis.query::<String>(&format!("TYPE {key}")).as_str() {
            "string" => format!("GET {key}"),
            "hash" => format!("HGETALL {key}"),
            "list" => format!("LRANGE {key} 0 -1"),
            "set" => format!("SMEMBERS {key}"),
            "zset" => format!("ZRANGE {key} 0 -1 WITHSCORES"),
            "stream" => format!("XRANGE {key} - +"),
            other => panic!("{key} is a {other}"),
        };
        dump += &format!("{key} {:?}\n", redis.query::<Stored>(&read));
    }
    dump
}

#[tokio::test]
async fn visitor_addresses_are_never_stored() {
    let redis = RedisServer::start();
    let app = TestApp::with_redis(redis.clone(), limits_and_trusted_proxy).await.reached_from(PROXY);
    let mut reader =
        Browser::new(&app).with_header("x-forwarded-for", "203.0.113.77").with_header("user-agent", FIREFOX);
    reader.get(&format!("/v/{}", app.link)).await.ok();
    let join = json!({ "email": "reader@example.com", "fingerprint": "f", "currentPage": 1 });
    reader.act(&app.link, "join", join).await.ok();
    app.advance(1);
    reader.act(&app.link, "heartbeat", json!({ "currentPage": 2 })).await.ok();
    assert!(dump(&redis).contains("reader@example.com"), "the dump is complete");
    assert!(!dump(&redis).contains("203.0.113") && !dump(&redis).contains("10.0.0.1"));
    reader.act(&app.link, "leave", json!({})).await.ok();
    let dump = dump(&redis);
    assert!(!dump.contains("203.0.113") && !dump.contains("Firefox"), "{dump}");
}

#[tokio::test]
async fn viewer_of_a_disabled_link_can_leave() {
    let app = TestApp::new().await;
    app.join("visitor").await;
    let off = json!({ "enabled": false }).to_string();
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), off).await.ok();
    app.act("heartbeat", "visitor", json!({})).await.refused(410, "link_off");
    app.act("join", "another", json!({})).await.refused(410, "link_off");
    app.leave("visitor").await;
    let snapshot = app.snapshot().await.metrics;
    assert_eq!((snapshot.active_viewers, snapshot.total_views), (0, 1));
}

#[tokio::test]
async fn deleting_a_document_ends_its_links() {
    let app = TestApp::new().await;
    app.join("visitor").await;
    app.send(Method::DELETE, &format!("/api/documents/{}", app.document), "").await.ok();
    for action in ["heartbeat", "join", "leave"] {
        app.act(action, "visitor", json!({})).await.refused(404, "link_not_found");
    }
    assert!(app.dump().is_empty());
}
