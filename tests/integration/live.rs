//! Live updates: what streams send, when, and at what cost.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{
    events::Events,
    pdf::Pdf,
    program::{Server, data_with_document, data_with_document_on, sightline},
    redis_server::RedisServer,
    test_app::TestApp,
};

#[tokio::test]
async fn stream_begins_with_a_full_snapshot() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "email": "ada@example.org", "currentPage": 2 })).await;
    let mut events = app.events().await;
    let first = events.next().await;
    assert_eq!((first.name.as_str(), first.id), ("snapshot", Some(app.now().to_string())));
    assert_eq!(first.data, app.get(&app.api()).await.json());
}

#[tokio::test]
async fn stream_headers_prevent_caching_and_buffering() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    let stream = server.open("GET", "/api/send/realtime/doc/events", "").await.expect("a connection");
    let mut lines = BufReader::new(stream).lines();
    let mut head = Vec::new();
    while head.last().is_none_or(|line: &String| !line.starts_with("event: ")) {
        head.push(lines.next_line().await.expect("text").expect("an event"));
    }
    for line in [
        "HTTP/1.1 200 OK",
        "content-type: text/event-stream",
        "cache-control: no-store, no-transform",
        "x-accel-buffering: no",
        "x-content-type-options: nosniff",
        "retry: 2000",
    ] {
        assert!(head.iter().any(|head| head == line), "{line} is not in {head:?}");
    }
}

#[tokio::test]
async fn every_change_reaches_the_stream() {
    let app = TestApp::new().await;
    let mut events = app.events().await;
    assert_eq!(events.snapshot().await.metrics.active_viewers, 0);
    app.join("s1").await;
    let joined = events.until(|seen| seen.metrics.active_viewers == 1).await;
    assert_eq!((joined.metrics.total_views, joined.active_viewers[0].away), (1, false));
    app.heartbeat("s1", 7).await;
    events.until(|seen| seen.active_viewers[0].current_page == Some(7)).await;
    app.set_visible("s1", false).await;
    events.until(|seen| seen.active_viewers[0].away).await;
    app.set_visible("s1", true).await;
    events.until(|seen| !seen.active_viewers[0].away).await;
    app.leave_with("s1", json!({ "duration": 9 })).await;
    let left = events.until(|seen| seen.active_viewers.is_empty()).await;
    assert_eq!(left.metrics.avg_view_duration, 9);
}

/// No announcement comes: time alone ends a visit.
#[tokio::test]
async fn dead_viewer_leaves_stream_within_reconcile_interval() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let mut events = app.events().await;
    events.until(|seen| seen.metrics.active_viewers == 1).await;
    app.advance_ms(5 * 60_000 + 1);
    events.until(|seen| seen.metrics.active_viewers == 0).await;
}

#[tokio::test]
async fn change_on_one_server_reaches_another_servers_dashboards() {
    let here = TestApp::new().await;
    let there = here.second_server();
    let mut events = there.events().await;
    events.snapshot().await;
    for viewer in 1..=5 {
        here.join(&format!("s{viewer}")).await;
        events.until(|seen| seen.metrics.active_viewers == viewer).await;
    }
}

#[tokio::test]
async fn at_most_four_snapshots_are_sent_a_second() {
    let app = TestApp::new().await;
    let mut events = app.events().await;
    events.snapshot().await;
    let began = Instant::now();
    for viewer in 0..300 {
        app.join(&format!("s{viewer}")).await;
    }
    let mut snapshots = 0;
    while events.snapshot().await.metrics.active_viewers < 300 {
        snapshots += 1;
    }
    let most = began.elapsed().as_millis() / 250 + 1;
    assert!(snapshots <= most, "{snapshots} snapshots in {:?}", began.elapsed());
}

/// What a link costs Redis does not depend on its number of dashboards.
#[tokio::test]
async fn dashboards_of_a_link_share_one_reader() {
    let app = TestApp::with_own_redis().await;
    let mut all = Vec::new();
    for _ in 0..10 {
        let mut events = app.events().await;
        events.snapshot().await;
        all.push(events);
    }
    let before = scripts_run(&app.redis);
    app.join("s1").await;
    let mut seen = Vec::new();
    for events in &mut all {
        seen.push(events.until(|snapshot| snapshot.metrics.active_viewers == 1).await);
    }
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "the same snapshot");
    // One join, and one or two snapshots: the reader reads again once its subscription is confirmed.
    let cost = scripts_run(&app.redis) - before;
    assert!((2..=4).contains(&cost), "{cost} scripts");
}

/// How many scripts have run, snapshots among them.
fn scripts_run(redis: &RedisServer) -> u64 {
    let stats: String = redis.query("INFO commandstats");
    let calls = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    calls.and_then(|calls| calls.split(',').next()).map_or(0, |calls| calls.parse().expect("a number"))
}

#[tokio::test]
async fn stream_reports_trouble_and_recovery() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    let mut events = app.events().await;
    events.snapshot().await;
    app.redis.stop();
    let trouble = events.next_named("trouble").await;
    assert_eq!((&trouble.data["success"], &trouble.data["code"]), (&json!(false), &json!("unavailable")));
    assert!(trouble.id.is_none(), "it is no snapshot");
    app.redis.launch();
    events.until(|seen| seen.metrics.total_views == 1).await;
    app.join("s2").await;
    events.until(|seen| seen.metrics.total_views == 2).await;
}

#[tokio::test]
async fn without_redis_no_stream_opens() {
    let app = TestApp::with_own_redis().await;
    app.redis.stop();
    for path in [format!("{}/events", app.api()), "/api/documents/events".to_owned()] {
        let reply = app.get(&path).await;
        reply.refused(503, "unavailable");
        assert_eq!(reply.header("retry-after"), "1");
    }
}

/// Announcements may be lost, but numbers must not stay wrong.
#[tokio::test]
async fn lost_announcements_are_corrected_within_reconcile_interval() {
    let app = TestApp::with_own_redis().await;
    let mut events = app.events().await;
    events.snapshot().await;
    let _: String = app.redis.query("ACL SETUSER default -spublish");
    app.join("s1").await;
    events.until(|seen| seen.metrics.active_viewers == 1).await;
    app.leave("s1").await;
    events.until(|seen| seen.metrics.active_viewers == 0).await;
}

#[tokio::test]
async fn documents_stream_updates_every_row() {
    let app = TestApp::new().await;
    let mut events = app.document_events().await;
    let first = events.next().await;
    assert_eq!((first.name.as_str(), &first.data["success"]), ("documents", &json!(true)));
    assert_eq!(first.data["asOf"].to_string(), first.id.expect("an id"));
    let row = &first.data["documents"][0]["links"][0];
    assert_eq!((&row["linkId"], &row["activeViewers"]), (&json!(app.link), &json!(0)));

    let second = app.share(Pdf::with_pages(1).bytes()).await;
    let links = |data: &Value| -> Vec<Value> {
        let documents = data["documents"].as_array().expect("documents");
        documents.iter().flat_map(|document| document["links"].as_array().expect("links").clone()).collect()
    };
    while links(&events.next_named("documents").await.data).len() != 2 {}
    for link in [app.link.clone(), second] {
        let body = json!({ "action": "join", "sessionId": "s1" }).to_string();
        app.send("POST".parse().expect("a method"), &format!("/api/send/realtime/{link}"), body).await.ok();
        let counts = |data: &Value| {
            links(data).into_iter().find(|row| row["linkId"] == json!(link)).expect("a row")["totalViews"]
                .take()
        };
        while counts(&events.next_named("documents").await.data) != json!(1) {}
    }
}

#[tokio::test]
async fn unknown_link_has_no_stream() {
    let app = TestApp::new().await;
    app.get("/api/send/realtime/unknown/events").await.refused(404, "link_not_found");
}

#[tokio::test]
async fn streams_of_one_address_are_limited() {
    let app = TestApp::with_config(|config| config.max_streams_per_address = 2).await;
    let path = format!("{}/events", app.api());
    let first = app.events().await;
    let _list = app.document_events().await;
    let refused = app.get(&path).await;
    refused.refused(429, "too_many_streams");
    assert_eq!(refused.header("retry-after"), "1");
    drop(first);
    app.events().await.snapshot().await;
}

#[tokio::test]
async fn streams_of_one_server_are_limited() {
    let app = TestApp::with_config(|config| config.max_streams = 1).await;
    let _first = app.events().await;
    let refused = app.get(&format!("{}/events", app.api())).await;
    refused.refused(503, "full");
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn shutdown_ends_open_streams() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    let mut events = server.events("doc").await;
    events.snapshot().await;
    server.signal("TERM").await;
    while events.try_next().await.is_some() {}
    let (code, log) = server.wait_for_exit().await;
    assert_eq!(code, Some(0), "{log}");
}

/// How many snapshots the slow dashboards leave unread: more than their connections buffer.
const UNREAD: u64 = 12;

#[tokio::test]
async fn slow_dashboards_cost_neither_time_nor_memory() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_REDIS_URL", redis.url());
    let server = Server::start_as(command).await;
    // Long session ids make large snapshots.
    for viewer in 0..100 {
        server.act_ok("doc", "join", &format!("{viewer}-{}", "x".repeat(120))).await;
    }
    let mut slow = Vec::new();
    for _ in 0..50 {
        slow.push(server.open_slow("/api/send/realtime/doc/events").await);
    }
    let mut quick = server.events("doc").await;
    quick.snapshot().await;
    let before = server.memory();
    for newcomer in 1..=UNREAD {
        server.act_ok("doc", "join", &format!("{newcomer}-{}", "y".repeat(120))).await;
        quick.until(|seen| seen.metrics.total_views == 100 + newcomer).await;
    }
    let grown = server.memory().saturating_sub(before);
    // A queue for each dashboard would hold 50 times 12 snapshots of 25 kB.
    assert!(grown < 8 * 1024 * 1024, "{grown} bytes more");
    // A dashboard that reads again gets the newest snapshot, not all that it missed.
    let mut late = Events::read(slow.swap_remove(0));
    late.until(|seen| seen.metrics.total_views == 100 + UNREAD).await;
}
