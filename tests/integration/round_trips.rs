//! What pages and readers cost Redis, counted by MONITOR.

use axum::http::Method;
use serde_json::json;

use crate::support::{
    browser::Browser, far_redis::FarRedis, monitor::Monitor, redis_server::RedisServer, test_app::TestApp,
};

/// The commands that a page costs an owner who is signed in, once scripts are loaded.
async fn commands_of_page(app: &TestApp, path: &str) -> Vec<String> {
    let mut browser = Browser::signed_in(app, &app.owner.owner_id).await;
    browser.get(path).await.ok();
    let mut monitor = Monitor::start(&app.redis);
    browser.get(path).await.ok();
    monitor.commands(&app.redis)
}

#[tokio::test]
async fn dashboard_page_costs_six_commands() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    let commands = commands_of_page(&app, &format!("/dashboard/{}", app.link)).await;
    // The session, the link with its numbers, its document; the owner's time zone; its history and its sums at once.
    assert_eq!(commands, ["EVALSHA", "EVALSHA", "HGETALL", "HGET", "EVALSHA", "EVALSHA"]);
}

#[tokio::test]
async fn owner_is_looked_up_once_per_page() {
    let app = TestApp::with_own_redis().await;
    let commands = commands_of_page(&app, "/settings").await;
    // The session, the API keys with their rights, the time zone, the sessions, whether there is a second factor, and
    // whether the account is the oldest, which sees the state of the server.
    assert_eq!(commands, ["EVALSHA", "HGETALL", "HMGET", "HGET", "SMEMBERS", "MGET", "HEXISTS", "HEXISTS"]);
}

#[tokio::test]
async fn readers_within_a_moment_share_one_snapshot() {
    let app = TestApp::with_redis(RedisServer::start(), |config| config.snapshots_shared_ms = 600_000).await;
    app.join("s1").await;
    app.snapshot().await;
    let mut monitor = Monitor::start(&app.redis);
    for _ in 0..5 {
        assert_eq!(app.snapshot().await.metrics.active_viewers, 1);
    }
    // One for each requester's API key, none for the snapshot.
    assert_eq!(monitor.commands(&app.redis), ["EVALSHA"; 5]);
    app.snapshot_with_limit(1).await;
    assert_eq!(monitor.commands(&app.redis), ["EVALSHA"; 2], "another limit is another snapshot");
}

#[tokio::test]
async fn snapshot_of_a_deleted_link_is_refused() {
    let app = TestApp::with_own_redis().await;
    let second = app.second_server();
    app.snapshot().await;
    second.snapshot().await;
    app.send(Method::DELETE, &format!("/api/links/{}", app.link), "").await.ok();
    second.get(&second.api()).await.refused(404, "link_not_found");
}

#[tokio::test]
async fn change_on_one_server_holds_for_heartbeats_of_another() {
    let app = TestApp::with_own_redis().await;
    let second = app.second_server();
    app.join("s1").await;
    second.heartbeat("s1", 1).await;
    let link = format!("/api/links/{}", app.link);
    for (change, refusal) in [
        (json!({ "enabled": false }), Some((410, "link_off"))),
        (json!({ "enabled": true }), None),
        (json!({ "password": "open sesame" }), Some((403, "gate_closed"))),
        (json!({ "password": null }), None),
        (json!({ "expiresAt": 0 }), Some((410, "link_expired"))),
        (json!({ "expiresAt": null, "label": "Open again" }), None),
    ] {
        app.send(Method::PATCH, &link, change.to_string()).await.ok();
        let reply = second.act("heartbeat", "s1", json!({ "currentPage": 2 })).await;
        match refusal {
            Some((status, code)) => drop(reply.refused(status, code)),
            None => drop(reply.ok()),
        }
    }
    app.send(Method::DELETE, &link, "").await.ok();
    second.act("heartbeat", "s1", json!({})).await.refused(404, "link_not_found");
}

/// Redis' clock stands aside: the test has its own.
#[tokio::test]
async fn usual_heartbeat_calls_five_commands() {
    let app = TestApp::with_own_redis().await;
    app.join_with("s1", json!({ "currentPage": 2 })).await;
    for usual in [json!({ "currentPage": 2, "visible": true }), json!({ "currentPage": 2 }), json!({})] {
        let mut monitor = Monitor::start(&app.redis);
        app.act("heartbeat", "s1", usual.clone()).await.ok();
        // The version of the link; activity and record of the viewer; then its activity and the time on the page.
        let expected = ["HGET", "ZMSCORE", "HMGET", "ZADD", "HINCRBY"];
        assert_eq!(monitor.commands_of_scripts(&app.redis), expected, "{usual}");
    }
}

/// Each round trip is what a visitor waits for where Redis is far.
#[tokio::test]
async fn visitors_wait_for_two_round_trips_at_most() {
    let redis = RedisServer::start();
    let far = FarRedis::to(&redis);
    let app = TestApp::with_redis(redis, |config| config.redis_url = Some(far.url())).await;
    app.state.stores.analytics.load_scripts().await.expect("Redis answers");
    let link = format!("/api/links/{}", app.link);
    app.send(Method::PATCH, &link, json!({ "download": true }).to_string()).await.ok();
    let page = |rest: &str| format!("/v/{}{rest}", app.link);
    for round in ["first", "second"] {
        let (visitor, leaves) = (format!("{round}-reads"), format!("{round}-leaves"));
        let mut measured = Vec::new();
        for path in [page(""), page("/pages/1"), page("/download")] {
            let (trips, answer) = far.trips(Browser::new(&app).get(&path)).await;
            answer.ok();
            measured.push((path, trips));
        }
        for (action, session) in
            [("join", &visitor), ("heartbeat", &visitor), ("join", &leaves), ("leave", &leaves)]
        {
            let (trips, answer) = far.trips(app.act(action, session, json!({ "currentPage": 1 }))).await;
            answer.ok();
            measured.push((action.to_owned(), trips));
        }
        let too_many: Vec<_> = measured.iter().filter(|(_, trips)| *trips > 2).collect();
        assert!(too_many.is_empty(), "{round}: {too_many:?} of {measured:?}");
    }
}

/// The session is looked up first, and the list takes three.
#[tokio::test]
async fn owner_waits_for_three_round_trips_of_the_list() {
    let redis = RedisServer::start();
    let far = FarRedis::to(&redis);
    let app = TestApp::with_redis(redis, |config| config.redis_url = Some(far.url())).await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    browser.get("/").await.ok();
    let (trips, answer) = far.trips(browser.get("/")).await;
    answer.ok();
    assert!(trips <= 1 + 3, "{trips}");
}
