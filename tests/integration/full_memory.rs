//! Redis has reached its limit of memory: what goes on, what is refused, and what is said.

use axum::http::Method;
use serde_json::json;
use sightline::model::address;

use crate::support::{
    browser::Browser,
    program::{Server, data_with_document_on},
    redis_server::RedisServer,
    test_app::TestApp,
};

/// A crawler that shows a preview of the link in a chat.
const PREVIEW: &str = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)";

/// Fills a server beyond its limit, so that no command that needs memory is taken.
fn fill(redis: &RedisServer) {
    let memory: String = redis.query("INFO memory");
    let used = memory.lines().find_map(|line| line.strip_prefix("used_memory:")).expect("a number");
    let used: u64 = used.trim().parse().expect("a number");
    let (mut connection, filler) = (redis.connect(), "x".repeat(1_000_000));
    for n in 0..8 {
        let set = redis::cmd("SET").arg(format!("filler:{n}")).arg(&filler).exec(&mut connection);
        set.expect("there is no limit yet");
    }
    redis.query::<()>(&format!("CONFIG SET maxmemory {}", used + 4_000_000));
}

fn empty(redis: &RedisServer) {
    redis.query::<()>("CONFIG SET maxmemory 0");
}

#[tokio::test]
async fn visitors_read_on_when_memory_is_full() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.join("s2").await;
    fill(&app.redis);
    for (path, agent) in [
        (format!("/v/{}", app.link), "Mozilla/5.0"),
        (format!("/v/{}", app.link), PREVIEW),
        (format!("/v/{}/pages/1", app.link), "Mozilla/5.0"),
    ] {
        let page = Browser::new(&app).with_header("user-agent", agent).get(&path).await;
        assert_eq!(page.status, 200, "{path} for {agent}: {page}");
    }
    app.act("join", "s3", json!({})).await.refused(503, "unavailable");
    app.heartbeat("s1", 7).await;
    app.set_visible("s1", false).await;
    app.leave("s2").await;
    let seen = app.snapshot().await.active_viewers;
    assert_eq!((seen.len(), seen[0].current_page, seen[0].away), (1, Some(7), true));
    app.advance(6);
    app.state.sweeper().sweep().await.expect("what ends frees memory");
    assert_eq!(app.visits().await.len(), 2);
    empty(&app.redis);
    app.join("s3").await;
    assert_eq!(app.snapshot().await.metrics.total_views, 3);
}

#[tokio::test]
async fn owner_can_close_and_sign_out_when_memory_is_full() {
    let app = TestApp::with_own_redis().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let other = Browser::signed_in(&app, &app.owner.owner_id).await;
    fill(&app.redis);
    for path in [address::HOME.to_owned(), address::dashboard(&app.link), address::SETTINGS.to_owned()] {
        assert_eq!(browser.get(&path).await.status, 200, "{path}");
    }
    let link = format!("/api/links/{}", app.link);
    app.send(Method::PATCH, &link, json!({ "enabled": false }).to_string()).await.ok();
    Browser::new(&app).act(&app.link, "heartbeat", json!({})).await.refused(410, "link_off");
    let signed_out = browser.form("sign_out_everywhere", "").await;
    assert!(signed_out.status < 400, "{signed_out}");
    for mut browser in [browser, other] {
        assert_eq!(browser.get(address::SETTINGS).await.status, 401, "no session is left");
    }
    app.send(Method::DELETE, &link, "").await.ok();
}

#[tokio::test]
async fn readiness_says_which_part_is_away() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let server = Server::start_as(data.command(&["serve"], Some(&redis.url()))).await;
    server.get("/readyz").await.ok();
    fill(&redis);
    let refused = server.get("/readyz").await;
    let said = refused.refused(503, "unavailable");
    assert!(said.contains("memory is full") && said.contains("maxmemory"), "{said}");
    assert_eq!(refused.json()["parts"], json!({ "redis": "ok", "writes": "refused" }));
    for _ in 0..50 {
        server.act("doc", "join", "s1").await.refused(503, "unavailable");
    }
    empty(&redis);
    server.get("/readyz").await.ok();
    redis.query::<()>("CONFIG SET min-replicas-to-write 1");
    let said = server.get("/readyz").await.refused(503, "unavailable");
    assert!(said.contains("min-replicas-to-write"), "{said}");
    redis.stop();
    let away = server.get("/readyz").await;
    away.refused(503, "unavailable");
    assert_eq!(away.json()["parts"]["redis"], "away");
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains("memory is full")).collect();
    assert!(lines.len() == 1 && lines[0].contains("CONFIG SET maxmemory"), "{log}");
}
