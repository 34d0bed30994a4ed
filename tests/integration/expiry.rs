//! Viewers whose heartbeats stop: inactive in every number at once, their visits recorded once.

use serde_json::json;

use crate::support::test_app::TestApp;

/// The inactivity window of the contract: active at five minutes, inactive a millisecond later.
const INACTIVE_AFTER_MS: i64 = 300_000;

#[tokio::test]
async fn viewer_is_active_for_exactly_five_minutes() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.advance_ms(INACTIVE_AFTER_MS);
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.active_viewers, snapshot.active_viewers.len()), (1, 1));
    app.advance_ms(1);
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.active_viewers, snapshot.active_viewers.len()), (0, 0));
    assert_eq!((snapshot.metrics.total_views, snapshot.metrics.peak_concurrent_viewers), (1, 1));
}

#[tokio::test]
async fn heartbeat_keeps_a_viewer_only_within_five_minutes() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.advance_ms(INACTIVE_AFTER_MS);
    app.heartbeat("s1", 1).await;
    app.advance_ms(INACTIVE_AFTER_MS + 1);
    app.act("heartbeat", "s1", json!({})).await.refused(404, "session_not_active");
    assert_eq!(app.snapshot().await.metrics.active_viewers, 0);
}

#[tokio::test]
async fn inactivity_window_is_configurable() {
    let app = TestApp::with_config(|config| config.inactive_after = 60).await;
    app.join("s1").await;
    app.advance_ms(60_000);
    assert_eq!(app.snapshot().await.metrics.active_viewers, 1);
    app.advance_ms(1);
    assert_eq!(app.snapshot().await.metrics.active_viewers, 0);
}

/// Guards against one expiry for all viewers that only joins renew: it would end every visit five minutes after the
/// last join.
#[tokio::test]
async fn heartbeats_keep_viewers_long_after_last_join() {
    let app = TestApp::new().await;
    for session in ["a", "b", "c"] {
        app.join(session).await;
    }
    for _ in 0..240 {
        app.advance_ms(30_000);
        app.heartbeat("a", 1).await;
        app.heartbeat("b", 2).await;
    }
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.active_viewers, snapshot.metrics.total_views), (2, 3));
    assert_eq!(snapshot.active_viewers[0].duration, 7_200);
    for key in ["active", "seen"] {
        assert_eq!(app.stored::<i64>("TTL", key, ""), -1, "{key} has no expiry");
    }
}

#[tokio::test]
async fn unswept_dead_viewer_is_not_listed() {
    let app = TestApp::new().await;
    for n in 0..60 {
        app.join(&format!("dead-{n}")).await;
    }
    app.advance(4);
    app.join("alive").await;
    app.advance(2);
    // A snapshot sweeps twenty of the sixty dead; forty are still in Redis when it reads.
    let snapshot = app.snapshot().await;
    assert_eq!(snapshot.metrics.active_viewers, 1);
    assert_eq!(snapshot.active_viewers.len(), 1);
    assert_eq!((app.visits().await.len(), app.stored::<u32>("ZCARD", "seen", "")), (20, 41));
}

/// Checks that the visit ends at the last activity when `notice` is what finds it dead.
async fn assert_visit_ends_at_last_activity(notice: impl AsyncFn(&TestApp)) {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.read_for("s1", 2).await;
    app.heartbeat("s1", 4).await;
    let last = app.now();
    app.advance(7);
    notice(&app).await;
    let visits = app.visits().await;
    assert_eq!(visits.len(), 1, "{visits:?}");
    assert_eq!((visits[0].ended_at, visits[0].visible_ms, visits[0].exit_page), (last, 120_000, Some(4)));
    notice(&app).await;
    app.sweep().await;
    assert_eq!((app.visits().await.len(), app.durations()), (1, vec![120]), "once");
}

#[tokio::test]
async fn sweep_records_a_dead_viewers_visit_once() {
    assert_visit_ends_at_last_activity(async |app: &TestApp| assert!(app.sweep().await <= 1)).await;
}

#[tokio::test]
async fn snapshot_records_a_dead_viewers_visit_once() {
    assert_visit_ends_at_last_activity(async |app: &TestApp| drop(app.snapshot().await)).await;
}

#[tokio::test]
async fn other_join_records_a_dead_viewers_visit_once() {
    assert_visit_ends_at_last_activity(async |app: &TestApp| app.join("another").await).await;
}

#[tokio::test]
async fn leave_after_expiry_keeps_the_last_activity() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.advance(6);
    let before = app.dump();
    app.leave_with("s1", json!({ "duration": 360 })).await;
    assert_eq!(app.dump(), before);
    app.sweep().await;
    assert_eq!((app.durations(), app.visits().await[0].ended_at), (vec![0], app.now() - 360_000));
}

#[tokio::test]
async fn heartbeat_never_sweeps() {
    let app = TestApp::new().await;
    app.join("dead").await;
    app.advance(4);
    app.join("alive").await;
    app.advance(2);
    app.heartbeat("alive", 1).await;
    assert_eq!(app.visits().await.len(), 0);
    assert_eq!(app.stored::<u32>("ZCARD", "seen", ""), 2);
}

#[tokio::test]
async fn concurrent_servers_record_a_visit_once() {
    let one = TestApp::new().await;
    for n in 0..50 {
        one.join(&format!("s{n}")).await;
    }
    one.advance(6);
    let other = one.second_server();
    let (a, b, _, _) = tokio::join!(one.sweep(), other.sweep(), one.snapshot(), other.snapshot());
    assert!(a + b <= 50, "{a} and {b}");
    assert_eq!((one.visits().await.len(), one.durations()), (50, vec![0; 50]));
    let metrics = other.snapshot().await.metrics;
    assert_eq!((metrics.total_views, metrics.active_viewers), (50, 0));
}

#[tokio::test]
async fn sweep_ends_exactly_the_dead_viewers() {
    let app = TestApp::new().await;
    for n in 0..250 {
        app.join(&format!("dead-{n}")).await;
    }
    app.advance(4);
    app.join("alive").await;
    app.advance_ms(INACTIVE_AFTER_MS - 240_000 + 1);
    assert_eq!(app.sweep().await, 250);
    assert_eq!(app.sweep().await, 0);
    assert_eq!((app.visits().await.len(), app.listed(100).await), (250, vec!["alive".to_owned()]));
}

#[tokio::test]
async fn silent_viewer_resumes_within_the_window() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let joined_at = app.now();
    app.advance(1);
    app.heartbeat("s1", 1).await;
    app.advance(10); // ten minutes after the last activity, not after the sweep
    app.join("s1").await;
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.total_views, snapshot.active_viewers[0].joined_at), (1, joined_at));
    assert_eq!(snapshot.active_viewers[0].duration, 60);
    assert_eq!((app.visits().await.len(), app.durations().len()), (0, 0));
}

#[tokio::test]
async fn silent_viewer_returning_late_is_a_new_view() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.advance_ms(600_001);
    app.join("s1").await;
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.total_views, metrics.active_viewers), (2, 1));
    assert_eq!((app.visits().await.len(), app.durations()), (1, vec![0]));
}

/// A join sweeps at most twenty dead viewers, so the joining session may itself be a dead one not yet swept.
#[tokio::test]
async fn return_before_the_sweep_is_counted_once() {
    for (resume_within, views) in [(600, 30), (0, 31)] {
        let app = TestApp::with_config(|config| config.resume_within = resume_within).await;
        for n in 10..40 {
            app.join(&format!("s{n}")).await;
            app.advance_ms(1); // the last to join is the last to be swept
        }
        app.advance(6);
        app.join("s39").await;
        let metrics = app.snapshot().await.metrics;
        assert_eq!((metrics.total_views, metrics.active_viewers), (views, 1));
        app.sweep().await;
        assert_eq!(app.visits().await.len() as u64, views - 1);
    }
}

#[tokio::test]
async fn sessions_past_the_resume_window_are_forgotten() {
    let app = TestApp::new().await;
    for n in 0..4 {
        app.join(&format!("s{n}")).await;
        app.leave(&format!("s{n}")).await;
    }
    app.advance(11);
    app.join("s9").await;
    app.leave("s9").await;
    assert_eq!(app.stored::<Vec<String>>("ZRANGE", "gone", "0 -1"), ["s9"]);
    assert_eq!(app.stored::<Vec<String>>("HKEYS", "gone-record", ""), ["s9"]);
}
