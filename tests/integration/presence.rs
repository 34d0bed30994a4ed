//! Presence: join, heartbeat, leave, and resumed visits.

use serde_json::json;

use crate::support::test_app::TestApp;

#[tokio::test]
async fn join_shows_the_viewer_and_counts_one_view() {
    let app = TestApp::new().await;
    let more = json!({ "fingerprint": "f1", "email": "ann@example.com", "currentPage": 3, "epoch": 1 });
    app.join_with("ann", more).await;
    app.advance_ms(89_500);
    let snapshot = app.snapshot().await;
    let metrics = &snapshot.metrics;
    assert_eq!((metrics.active_viewers, metrics.total_views, metrics.peak_concurrent_viewers), (1, 1, 1));
    assert_eq!((metrics.views_today, metrics.views_this_week, metrics.views_this_month), (1, 1, 1));
    assert_eq!(metrics.avg_view_duration, 0);
    assert_eq!(snapshot.as_of, app.now());
    let [ann] = &snapshot.active_viewers[..] else { panic!("one viewer, not {snapshot:?}") };
    assert_eq!(ann.session_id.as_str(), "ann");
    assert_eq!(ann.email.as_deref(), Some("ann@example.com"));
    assert_eq!((ann.joined_at, ann.last_activity), (app.now() - 89_500, app.now() - 89_500));
    assert_eq!((ann.current_page, ann.duration, ann.away), (Some(3), 89, false));
}

#[tokio::test]
async fn viewer_without_email_and_page_has_neither() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let viewer = app.get(&app.api()).await.json()["activeViewers"][0].take();
    assert_eq!(viewer["sessionId"], "s1");
    assert!(viewer.get("email").is_none() && viewer.get("currentPage").is_none(), "{viewer}");
}

#[tokio::test]
async fn retried_join_counts_nothing() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 2 })).await;
    let joined_at = app.now();
    app.advance(1);
    app.join_with("s1", json!({ "currentPage": 2 })).await;
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.total_views, snapshot.metrics.views_today), (1, 1));
    assert_eq!((snapshot.metrics.active_viewers, snapshot.metrics.peak_concurrent_viewers), (1, 1));
    assert_eq!(snapshot.active_viewers[0].joined_at, joined_at);
    assert_eq!(app.stored::<u32>("HGET", "pages", "2:entries"), 1);
}

#[tokio::test]
async fn retried_join_without_email_keeps_the_first() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "email": "a@b.c", "currentPage": 4 })).await;
    app.join("s1").await;
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.email.as_deref(), viewer.current_page), (Some("a@b.c"), Some(4)));
}

#[tokio::test]
async fn heartbeat_updates_activity_and_page() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 1 })).await;
    app.advance(1);
    app.heartbeat("s1", 7).await;
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.current_page, viewer.last_activity), (Some(7), app.now()));
    app.advance(1);
    app.act("heartbeat", "s1", json!({})).await.ok();
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!(
        (viewer.current_page, viewer.last_activity),
        (Some(7), app.now()),
        "without a page the last one stays"
    );
}

#[tokio::test]
async fn heartbeat_never_creates_a_viewer() {
    let app = TestApp::new().await;
    let before = app.dump();
    app.act("heartbeat", "unknown", json!({ "currentPage": 1 })).await.refused(404, "session_not_active");
    assert_eq!(app.dump(), before);
    assert_eq!(app.snapshot().await.metrics.total_views, 0);
}

#[tokio::test]
async fn heartbeat_never_revives_an_ended_visit() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.leave("s1").await;
    let before = app.dump();
    app.act("heartbeat", "s1", json!({ "currentPage": 1 })).await.refused(404, "session_not_active");
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn leave_removes_only_its_viewer_at_once() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.join("s2").await;
    app.leave("s1").await;
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.active_viewers, snapshot.metrics.total_views), (1, 2));
    assert_eq!(snapshot.metrics.peak_concurrent_viewers, 2);
    assert_eq!(app.listed(100).await, ["s2"]);
}

#[tokio::test]
async fn second_leave_changes_nothing() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.advance(1);
    app.leave("s1").await;
    let before = app.dump();
    app.advance(1);
    app.leave_with("s1", json!({ "duration": 5 })).await;
    app.leave("never-came").await;
    assert_eq!(app.dump(), before);
    assert_eq!(app.durations(), [60]);
}

#[tokio::test]
async fn return_within_ten_minutes_continues_the_visit() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let joined_at = app.now();
    app.read_for("s1", 2).await;
    app.leave("s1").await;
    assert_eq!((app.durations(), app.visits().await.len()), (vec![120], 1));
    app.advance(10); // the resume window to the millisecond
    app.join("s1").await;
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.total_views, snapshot.metrics.active_viewers), (1, 1));
    assert_eq!(snapshot.metrics.avg_view_duration, 0, "the visit has not ended");
    assert_eq!(snapshot.active_viewers[0].joined_at, joined_at);
    assert_eq!(snapshot.active_viewers[0].duration, 120, "time away is not reading time");
    assert_eq!((app.durations(), app.visits().await.len()), (vec![], 0));
    app.advance(1);
    app.leave("s1").await;
    assert_eq!(app.durations(), [180], "one duration, not two");
    assert_eq!(app.visits().await.len(), 1);
}

#[tokio::test]
async fn return_after_resume_window_is_a_new_view() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.leave("s1").await;
    app.advance_ms(600_001);
    app.join("s1").await;
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.total_views, snapshot.active_viewers[0].joined_at), (2, app.now()));
    assert_eq!(app.visits().await.len(), 1);
}

#[tokio::test]
async fn repeatedly_resumed_visit_ends_once() {
    let app = TestApp::new().await;
    app.join("s1").await;
    for _ in 0..5 {
        app.advance(1);
        app.leave("s1").await;
        app.advance(9);
        app.join("s1").await;
    }
    app.advance(1);
    app.leave("s1").await;
    assert_eq!((app.durations(), app.visits().await.len()), (vec![360], 1));
    assert_eq!(app.snapshot().await.metrics.total_views, 1);
}

#[tokio::test]
async fn resumed_visit_keeps_page_and_email() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "email": "a@b.c", "currentPage": 5 })).await;
    app.leave("s1").await;
    app.join("s1").await;
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.email.as_deref(), viewer.current_page), (Some("a@b.c"), Some(5)));
}

#[tokio::test]
async fn zero_resume_window_makes_every_return_a_view() {
    let app = TestApp::with_config(|config| config.resume_within = 0).await;
    app.join("s1").await;
    app.leave("s1").await;
    app.join("s1").await;
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.total_views, snapshot.metrics.active_viewers), (2, 1));
    app.leave("s1").await;
    assert_eq!((app.durations().len(), app.visits().await.len()), (2, 2));
    assert_eq!(app.stored::<u32>("EXISTS", "gone", ""), 0, "no ended session is kept");
}

#[tokio::test]
async fn reload_with_an_early_leave_resumes_the_visit() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "epoch": 1 })).await;
    let joined_at = app.now();
    app.advance(1);
    app.leave_with("s1", json!({ "epoch": 1 })).await;
    app.join_with("s1", json!({ "epoch": 2 })).await;
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.total_views, snapshot.metrics.active_viewers), (1, 1));
    assert_eq!(snapshot.active_viewers[0].joined_at, joined_at);
    assert!(app.durations().is_empty());
}

#[tokio::test]
async fn late_leave_keeps_the_new_visit() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "epoch": 1 })).await;
    let joined_at = app.now();
    app.advance(1);
    app.join_with("s1", json!({ "epoch": 2 })).await;
    app.leave_with("s1", json!({ "epoch": 1, "duration": 60 })).await;
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.total_views, snapshot.metrics.active_viewers), (1, 1));
    assert_eq!(snapshot.active_viewers[0].joined_at, joined_at);
    assert!(app.durations().is_empty());
    app.leave_with("s1", json!({ "epoch": 2 })).await;
    assert_eq!(app.snapshot().await.metrics.active_viewers, 0, "the new page's own leave ends the visit");
}

#[tokio::test]
async fn late_leave_is_recognised_after_a_resume() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "epoch": 7 })).await;
    app.leave_with("s1", json!({ "epoch": 7 })).await;
    app.join("s1").await; // without an epoch: the visit keeps the last one
    app.leave_with("s1", json!({ "epoch": 6 })).await;
    assert_eq!(app.snapshot().await.metrics.active_viewers, 1);
}

#[tokio::test]
async fn epochs_are_exact_up_to_the_largest() {
    let app = TestApp::new().await;
    let largest = 1_u64 << 53;
    app.join_with("s1", json!({ "epoch": largest })).await;
    app.leave_with("s1", json!({ "epoch": largest - 1 })).await;
    assert_eq!(app.snapshot().await.metrics.active_viewers, 1);
    app.leave_with("s1", json!({ "epoch": largest })).await;
    assert_eq!(app.snapshot().await.metrics.active_viewers, 0);
}

#[tokio::test]
async fn epochs_are_optional() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.leave("s1").await;
    assert_eq!(app.snapshot().await.metrics.active_viewers, 0);
    app.join_with("s2", json!({ "epoch": 5 })).await;
    app.leave("s2").await;
    assert_eq!(app.snapshot().await.metrics.active_viewers, 0, "a leave without an epoch ends any visit");
}

#[tokio::test]
async fn session_ids_are_separate_per_link() {
    let (one, other) = (TestApp::new().await, TestApp::new().await);
    one.join("s1").await;
    other.join("s1").await;
    one.leave("s1").await;
    assert_eq!(one.snapshot().await.metrics.active_viewers, 0);
    assert_eq!(other.snapshot().await.metrics.active_viewers, 1);
}
