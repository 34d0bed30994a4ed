//! A cluster, and a master under Sentinel: the same rules, also when a server dies or a slot moves.

use std::collections::HashMap;

use crate::support::{
    cluster::{Cluster, SentinelGroup},
    test_app::TestApp,
};

async fn app_on(redis_url: String) -> TestApp {
    TestApp::with_config(|config| config.redis_url = Some(redis_url)).await
}

/// One app per master, whose link's keys are on it.
async fn apps_on(cluster: &Cluster) -> HashMap<usize, TestApp> {
    let mut apps = HashMap::new();
    while apps.len() < cluster.masters.len() {
        let app = app_on(cluster.url()).await;
        apps.entry(cluster.master_of(app.link.as_str())).or_insert(app);
    }
    apps
}

/// Joins a session; retries until Redis accepts it.
async fn join_when_possible(app: &TestApp, session: &str) {
    let began = std::time::Instant::now();
    while app.act("join", session, serde_json::json!({})).await.status != 200 {
        assert!(began.elapsed().as_secs() < 60, "no join is accepted");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cluster_serves_links_on_every_master() {
    let cluster = Cluster::start();
    for (owner, app) in apps_on(&cluster).await {
        let mut events = app.events().await;
        assert_eq!(events.snapshot().await.metrics.total_views, 0);
        join_when_possible(&app, "s1").await;
        events.until(|seen| seen.metrics.active_viewers == 1).await;
        app.heartbeat("s1", 7).await;
        events.until(|seen| seen.active_viewers[0].current_page == Some(7)).await;
        app.leave("s1").await;
        events.until(|seen| seen.metrics.active_viewers == 0).await;
        let seen = app.snapshot().await;
        assert_eq!((seen.metrics.total_views, seen.metrics.peak_concurrent_viewers), (1, 1));
        assert!(app.state.stores.redis.concerns().await.expect("every node answers").is_empty());
        let keys: Vec<String> = cluster.masters[owner].query(&format!("KEYS send:*{{{}}}*", app.link));
        assert!(keys.len() > 5, "all keys of a link are on one master: {keys:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replica_takes_over_from_a_dead_master() {
    let cluster = Cluster::start();
    let apps = apps_on(&cluster).await;
    let (app, other) = (&apps[&1], &apps[&2]);
    for viewer in 0..20 {
        join_when_possible(app, &format!("s{viewer}")).await;
    }
    let mut events = app.events().await;
    events.until(|seen| seen.metrics.active_viewers == 20).await;
    cluster.masters[1].wait_until_replicated(1);
    cluster.masters[1].kill();
    // Links on the other masters are not affected.
    join_when_possible(other, "s1").await;
    join_when_possible(app, "late").await;
    let seen = events.until(|seen| seen.active_viewers.iter().any(|v| v.session_id.as_str() == "late")).await;
    assert_eq!((seen.metrics.active_viewers, seen.metrics.total_views), (21, 21));
    // Announcements arrive from the new master.
    for viewer in 0..3 {
        app.act("leave", &format!("s{viewer}"), serde_json::json!({})).await.ok();
        events.until(|seen| seen.metrics.active_viewers == 20 - viewer).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboards_follow_a_moved_slot() {
    let cluster = Cluster::start();
    let app = &apps_on(&cluster).await[&0];
    let mut events = app.events().await;
    join_when_possible(app, "s1").await;
    events.until(|seen| seen.metrics.active_viewers == 1).await;
    cluster.move_slot(cluster.slot(app.link.as_str()), 0, 2);
    for viewer in 2..=5 {
        join_when_possible(app, &format!("s{viewer}")).await;
        events.until(|seen| seen.metrics.active_viewers == viewer).await;
    }
    let listeners: Vec<(String, u32)> =
        cluster.masters[2].query(&format!("PUBSUB SHARDNUMSUB send:live:{{{}}}", app.link));
    assert_eq!(listeners[0].1, 1, "the subscription has moved with the slot");
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinel_failover_is_followed() {
    let group = SentinelGroup::start();
    let app = app_on(group.url()).await;
    join_when_possible(&app, "s1").await;
    let mut events = app.events().await;
    events.until(|seen| seen.metrics.active_viewers == 1).await;
    group.master.wait_until_replicated(1);
    group.master.kill();
    events.next_named("trouble").await;
    join_when_possible(&app, "s2").await;
    let seen = events.until(|seen| seen.metrics.active_viewers == 2).await;
    assert_eq!(seen.metrics.total_views, 2);
    app.leave("s1").await;
    events.until(|seen| seen.metrics.active_viewers == 1).await;
    assert!(group.replica.query::<Vec<redis::Value>>("ROLE").len() > 2);
}
