//! How the app uses Redis: one round trip per operation, and correct with full memory or restricted permissions.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    sync::Arc,
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{monitor::Monitor, redis_server::RedisServer, test_app::TestApp};

#[tokio::test]
async fn every_operation_is_one_round_trip() {
    let app = TestApp::with_own_redis().await;
    app.state.stores.analytics.load_scripts().await.expect("Redis answers");
    app.state.stores.accounts.load_scripts().await.expect("Redis answers");
    for n in 0..30 {
        app.join(&format!("dead-{n}")).await;
    }
    app.advance(4);
    app.join("s0").await;
    app.leave("s0").await;
    app.advance(2);
    let mut monitor = Monitor::start(&app.redis);
    // A join also reads its link and its document and notes the link for the sweeper, and a snapshot looks up its
    // requester; every operation itself is one script, and a heartbeat or a leave is nothing else.
    let join = ["HGETALL", "HGETALL", "ZADD"];
    app.join_with("s1", json!({ "currentPage": 1 })).await;
    let counted = [&join[..], &["EVALSHA", "ZADD"]].concat();
    let mut asked = monitor.commands(&app.redis);
    // The visitor does not wait for the last one.
    while asked.len() < counted.len() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        asked.extend(monitor.commands(&app.redis));
    }
    assert_eq!(asked, counted, "a join that sweeps, and is the document's last view");
    let mut asks = |before: &[&str], what: &str| {
        assert_eq!(monitor.commands(&app.redis), [before, &["EVALSHA"]].concat(), "{what}");
    };
    app.join("s1").await;
    asks(&join, "a join of an active session");
    app.join("s0").await;
    asks(&join, "a join that resumes");
    app.heartbeat("s1", 2).await;
    asks(&[], "a heartbeat");
    app.act("heartbeat", "unknown", json!({})).await;
    asks(&[], "a heartbeat without a session");
    app.snapshot().await;
    asks(&["EVALSHA"], "a snapshot");
    app.leave("s1").await;
    asks(&[], "a leave");
    app.sweep().await;
    asks(&[], "a sweep");
}

#[tokio::test]
async fn heartbeat_costs_one_redis_command() {
    let app = TestApp::with_own_redis().await;
    app.state.stores.analytics.load_scripts().await.expect("Redis answers");
    app.join_with("s1", json!({ "currentPage": 1 })).await;
    app.redis.query::<()>("CONFIG RESETSTAT");
    for _ in 0..1_000 {
        app.heartbeat("s1", 1).await;
    }
    let stats: String = app.redis.query("INFO commandstats");
    let calls = |name: &str| {
        stats.lines().find(|line| line.starts_with(&format!("cmdstat_{name}:"))).map(str::to_owned)
    };
    let evalsha = calls("evalsha").expect("heartbeats are scripts");
    assert!(evalsha.starts_with("cmdstat_evalsha:calls=1000,"), "{evalsha}");
    for other in ["eval", "hgetall", "keys", "zrange", "get", "publish", "spublish"] {
        assert_eq!(calls(other), None, "a heartbeat that changes nothing needs no {other}");
    }
}

/// Concurrent heartbeats share scripts, and each gets its own answer: also two of one session in one script, and one
/// of a session that is not active.
#[tokio::test]
async fn concurrent_heartbeats_share_scripts() {
    let app = Arc::new(TestApp::with_own_redis().await);
    for reader in 0..50 {
        app.join(&format!("s{reader}")).await;
    }
    app.advance_ms(1_000);
    app.redis.query::<()>("CONFIG RESETSTAT");
    let mut beats = JoinSet::new();
    for beat in 0..300 {
        let (app, session, is_there) = (app.clone(), format!("s{}", beat % 60), beat % 60 < 50);
        beats.spawn(async move {
            let reply = app.act("heartbeat", &session, json!({ "currentPage": 1 + beat % 3 })).await;
            assert_eq!(reply.status, if is_there { 200 } else { 404 }, "{session}: {reply}");
        });
    }
    beats.join_all().await;
    let stats: String = app.redis.query("INFO commandstats");
    let scripts = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    let scripts: u32 = scripts.and_then(|line| line.split(',').next()?.parse().ok()).expect("a number");
    assert!(scripts < 300, "{scripts} scripts for 300 heartbeats");
    // However they were batched, each viewer has read for one second, and is counted once.
    let snapshot = app.snapshot_with_limit(100).await;
    assert_eq!(snapshot.metrics.active_viewers, 50);
    assert!(snapshot.active_viewers.iter().all(|viewer| viewer.duration == 1), "{snapshot:?}");
}

/// Joins at the same time share scripts, and each gets its own answer. What they leave is what they leave one after the
/// other: of new sessions, of active ones, of those that resume after a leave or because they expired.
#[tokio::test]
async fn concurrent_joins_count_like_single_ones() {
    let together = Arc::new(TestApp::with_own_redis().await);
    let apart = TestApp::with_own_redis().await;
    for app in [&*together, &apart] {
        app.join_with("expired", json!({ "currentPage": 2 })).await;
        app.advance(6);
        for reader in 0..20 {
            app.join_with(&format!("s{reader}"), json!({ "currentPage": 1 })).await;
        }
        for reader in 10..20 {
            app.leave(&format!("s{reader}")).await;
        }
        app.advance_ms(1_500);
        app.redis.query::<()>("CONFIG RESETSTAT");
    }
    let sessions = (0..40).map(|reader| format!("s{reader}")).chain(["expired".to_owned()]);
    let told = |(reader, session)| {
        (session, json!({ "currentPage": 1 + reader % 3, "fingerprint": format!("f{reader}") }))
    };
    let readers: Vec<(String, Value)> = sessions.enumerate().map(told).collect();
    for (session, more) in &readers {
        apart.join_with(session, more.clone()).await;
    }
    let mut joins = JoinSet::new();
    for (session, more) in readers {
        let app = together.clone();
        joins.spawn(async move { app.join_with(&session, more).await });
    }
    joins.join_all().await;
    let scripts = |app: &TestApp| {
        let stats: String = app.redis.query("INFO commandstats");
        let calls = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
        calls.and_then(|line| line.split(',').next()?.parse::<u32>().ok()).expect("a number")
    };
    assert_eq!(scripts(&apart), 41);
    assert!(scripts(&together) < 41, "{} scripts for 41 joins", scripts(&together));

    // Sessions of one moment have no order among themselves.
    let left_by = async |app: &TestApp| {
        let mut snapshot = app.snapshot_with_limit(100).await;
        snapshot.active_viewers.sort_by(|a, b| a.session_id.cmp(&b.session_id));
        (snapshot.metrics, snapshot.active_viewers, app.durations(), app.visits().await.len())
    };
    let left = left_by(&together).await;
    assert_eq!(left, left_by(&apart).await);
    assert_eq!((left.0.active_viewers, left.0.peak_concurrent_viewers, left.0.total_views), (41, 41, 41));
}

/// However they come together, a second join of a session is no second view.
#[tokio::test]
async fn session_that_joins_often_at_once_counts_once() {
    let app = Arc::new(TestApp::new().await);
    let mut joins = JoinSet::new();
    for number in 0..60 {
        let app = app.clone();
        joins.spawn(async move { app.join(&format!("s{}", number % 20)).await });
    }
    joins.join_all().await;
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.active_viewers, metrics.total_views), (20, 20));
}

/// Redis forgets its scripts on a restart, or by SCRIPT FLUSH.
#[tokio::test]
async fn forgotten_scripts_are_loaded_again() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.redis.query::<()>("SCRIPT FLUSH");
    app.heartbeat("s1", 2).await;
    app.redis.query::<()>("SCRIPT FLUSH");
    app.leave("s1").await;
    app.redis.query::<()>("SCRIPT FLUSH");
    assert_eq!(app.snapshot().await.metrics.total_views, 1);
}

#[tokio::test]
async fn full_memory_refuses_joins_but_allows_leaves() {
    let app = TestApp::with_own_redis().await;
    for n in 0..5 {
        app.join(&format!("dead-{n}")).await;
    }
    app.advance(4);
    app.join("s1").await;
    app.join("s2").await;
    app.redis.query::<()>("CONFIG SET maxmemory 1");
    let before = app.dump();
    app.act("join", "s3", json!({})).await.refused(503, "unavailable");
    app.act("join", "s1", json!({ "currentPage": 2 })).await.refused(503, "unavailable");
    assert_eq!(app.dump(), before, "a refusal changes nothing");
    app.heartbeat("s1", 2).await;
    app.leave("s1").await;
    app.advance(2);
    assert_eq!(app.sweep().await, 5);
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.active_viewers, metrics.total_views), (1, 7));
    assert_eq!((app.visits().await.len(), app.durations().len()), (6, 6));
    app.redis.query::<()>("CONFIG SET maxmemory 0");
    app.join("s3").await;
    assert_eq!(app.snapshot().await.metrics.total_views, 8);
}

#[tokio::test]
async fn full_memory_still_allows_snapshots() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.redis.query::<()>("CONFIG SET maxmemory 1");
    assert_eq!(app.snapshot().await.metrics.active_viewers, 1);
    app.advance(6);
    assert_eq!(app.snapshot().await.metrics.active_viewers, 0, "a snapshot sweeps as well");
    assert_eq!(app.visits().await.len(), 1);
}

#[tokio::test]
async fn operations_work_without_permission_to_publish() {
    let redis = RedisServer::start();
    redis.query::<()>("ACL SETUSER app on >secret ~* +@all resetchannels");
    let url = format!("{}?user=app&pass=secret", redis.url());
    let app = TestApp::with_redis(redis, |config| config.redis_url = Some(url)).await;
    app.join_with("s1", json!({ "currentPage": 1 })).await;
    app.heartbeat("s1", 2).await;
    app.set_visible("s1", false).await;
    app.advance(1);
    app.leave("s1").await;
    app.join("s2").await;
    app.advance(6);
    assert_eq!(app.sweep().await, 1);
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.total_views, metrics.active_viewers, metrics.peak_concurrent_viewers), (2, 0, 1));
    assert_eq!((app.visits().await.len(), app.durations()), (2, vec![0, 0]));
    let denied: Vec<redis::Value> = app.redis.query("ACL LOG");
    assert!(!denied.is_empty(), "Redis denied the publishing");
}

#[tokio::test]
async fn only_changes_are_announced() {
    let app = TestApp::with_own_redis().await;
    let mut connection =
        BufReader::new(UnixStream::connect(app.redis.socket()).expect("redis-server answers"));
    let subscribe = format!("SSUBSCRIBE {}\r\n", app.redis_key("live"));
    connection.get_mut().write_all(subscribe.as_bytes()).expect("the command is sent");
    let mut line = String::new();
    while !line.starts_with(":1") {
        line.clear();
        connection.read_line(&mut line).expect("subscribed");
    }
    let _: String = app.redis.query("CONFIG RESETSTAT");
    app.join("s1").await; // 1: a viewer joined
    app.heartbeat("s1", 2).await; // 2: turned a page
    app.heartbeat("s1", 2).await;
    app.set_visible("s1", true).await;
    app.set_visible("s1", false).await; // 3: was hidden
    app.set_visible("s1", true).await; // 4: was shown
    app.snapshot().await;
    app.leave("unknown").await;
    app.leave("s1").await; // 5: left
    app.leave("s1").await;
    app.sweep().await;
    app.join("s2").await; // 6
    app.advance(6);
    app.snapshot().await; // 7: a dead viewer was swept
    app.snapshot().await;
    let spublish: String = app.redis.query("INFO commandstats");
    let spublish =
        spublish.lines().find(|line| line.starts_with("cmdstat_spublish:")).expect("announcements");
    assert!(spublish.starts_with("cmdstat_spublish:calls=7,"), "{spublish}");
    for n in 1..=7 {
        line.clear();
        while !line.starts_with("smessage") {
            line.clear();
            assert_ne!(connection.read_line(&mut line).expect("a message"), 0, "message {n}");
        }
    }
}
