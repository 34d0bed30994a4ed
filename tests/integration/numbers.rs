//! The seven numbers: what they count, how long they are kept, and under which day, week and month.

use serde_json::json;
use sightline::model::ViewerLimit;
use sightline::server::store::{
    analytics::{Analytics, Rules},
    catalogue,
    clock::Clock,
};
use tokio::task::JoinSet;

use crate::support::{test_app::TestApp, utc};

const DAY: i64 = 24 * 60 * 60;

async fn views(app: &TestApp) -> (u64, u64, u64, u64) {
    let metrics = app.snapshot().await.metrics;
    (metrics.views_today, metrics.views_this_week, metrics.views_this_month, metrics.total_views)
}

#[tokio::test]
async fn keys_have_published_names_and_lifetimes() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 1 })).await;
    app.join("s2").await;
    app.leave("s1").await;
    for (dated, days) in [("daily:2026-03-18", 7), ("weekly:2026-W12", 30), ("monthly:2026-03", 365)] {
        let seconds: i64 = app.stored("TTL", dated, "");
        assert!((days * DAY - 60..=days * DAY).contains(&seconds), "{dated} expires in {seconds} s");
        assert_eq!(app.stored::<u64>("GET", dated, ""), 2);
    }
    for lasting in ["active", "seen", "views", "peak", "duration", "pages", "visits"] {
        assert_eq!(app.stored::<i64>("TTL", lasting, ""), -1, "{lasting} exists without expiry");
    }
    for ended in ["gone", "gone-record"] {
        let seconds: i64 = app.stored("TTL", ended, "");
        assert!((540..=600).contains(&seconds), "{ended} expires in {seconds} s");
    }
    let keys: Vec<String> = app.redis.query(&format!("KEYS *{}*", app.link));
    assert!(
        keys.iter().all(|key| key.contains(&format!("{{{}}}", app.link))),
        "all keys share one slot: {keys:?}"
    );
}

#[tokio::test]
async fn second_view_of_a_day_keeps_its_expiry() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.stored::<()>("EXPIRE", "daily:2026-03-18", "100");
    app.join("s2").await;
    assert!(app.stored::<i64>("TTL", "daily:2026-03-18", "") <= 100);
}

#[tokio::test]
async fn presence_keys_disappear_when_empty() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.join("s2").await;
    app.leave("s1").await;
    app.advance(6);
    app.sweep().await;
    for noun in ["active", "seen", "newest"] {
        assert_eq!(app.stored::<u32>("EXISTS", noun, ""), 0, "{noun}");
    }
}

#[tokio::test]
async fn viewer_costs_at_most_300_bytes() {
    let app = TestApp::new().await;
    let join = |n: u32| json!({ "fingerprint": format!("{n:0>22}"), "currentPage": 1, "epoch": 1_773_835_200_000_u64 });
    for n in 0..500 {
        app.join_with(&format!("{n:0>22}"), join(n)).await;
    }
    let bytes: u64 = ["active", "seen"]
        .map(|noun| app.redis.query::<u64>(&format!("MEMORY USAGE {} SAMPLES 0", app.redis_key(noun))))
        .iter()
        .sum();
    assert!(bytes / 500 <= 300, "{} bytes each", bytes / 500);
}

#[tokio::test]
async fn days_weeks_and_months_turn_at_midnight_utc() {
    let app = TestApp::new().await;
    app.set_clock(utc((2026, 12, 31), (23, 59, 59, 999))); // Thursday of ISO week 53
    app.join("s1").await;
    assert_eq!(views(&app).await, (1, 1, 1, 1));
    app.advance_ms(1);
    assert_eq!(views(&app).await, (0, 1, 0, 1), "a new day and a new month, the same ISO week");
    app.join("s2").await;
    assert_eq!(views(&app).await, (1, 2, 1, 2));
    assert_eq!(app.snapshot().await.metrics.active_viewers, 2, "no visit ends at midnight");
    app.set_clock(utc((2027, 1, 3), (23, 59, 59, 999)));
    assert_eq!(views(&app).await, (0, 2, 1, 2));
    app.advance_ms(1);
    assert_eq!(views(&app).await, (0, 0, 1, 2), "Monday: a new ISO week in the same month");
    assert_eq!(app.stored::<u64>("GET", "weekly:2026-W53", ""), 2);
}

#[tokio::test]
async fn visit_over_midnight_counts_on_its_first_day() {
    let app = TestApp::new().await;
    app.set_clock(utc((2026, 2, 28), (23, 58, 0, 0)));
    app.join("s1").await;
    app.advance(4);
    app.heartbeat("s1", 2).await;
    app.leave("s1").await;
    app.join("s1").await; // resumes
    assert_eq!(views(&app).await, (0, 1, 0, 1));
    assert_eq!(app.stored::<u32>("EXISTS", "daily:2026-03-01", ""), 0);
}

#[tokio::test]
async fn join_at_midnight_belongs_to_the_new_day() {
    let app = TestApp::new().await;
    app.set_clock(utc((2028, 2, 29), (0, 0, 0, 0)));
    app.join("s1").await;
    assert_eq!(app.stored::<u64>("GET", "daily:2028-02-29", ""), 1);
    assert_eq!(app.stored::<u32>("EXISTS", "daily:2028-02-28", ""), 0);
}

/// An app server whose clock is days away from Redis' names the wrong day; the script then only answers the time, and
/// is called again.
#[tokio::test]
async fn wrong_day_guess_counts_once_under_redis_day() {
    let app = TestApp::with_config(|config| config.test_clock = false).await;
    for ahead in [-40 * DAY * 1_000, 40 * DAY * 1_000] {
        let clock = Clock::Redis(std::sync::Arc::new(ahead.into()));
        let analytics =
            Analytics::new(app.state.stores.redis.clone(), clock, Rules::default(), catalogue::link_key);
        let join = |session: &str| serde_json::from_value(json!({ "sessionId": session })).expect("a join");
        analytics.join(&app.link, &join(&format!("s{ahead}")), &app.arrival()).await.expect("counted");
        let metrics =
            analytics.snapshot(&app.link, ViewerLimit::default()).await.expect("a snapshot").metrics;
        assert_eq!(metrics.views_today, metrics.total_views);
    }
    let days: Vec<String> = app.redis.query(&format!("KEYS {}", app.redis_key("daily:*")));
    assert!((1..=2).contains(&days.len()), "two only if midnight fell in between: {days:?}");
    assert_eq!(app.snapshot().await.metrics.total_views, 2);
}

#[tokio::test]
async fn concurrent_joins_give_an_exact_peak() {
    let app = TestApp::new().await;
    let mut joins = JoinSet::new();
    for n in 0..200 {
        let (state, link, arrival) = (app.state.clone(), app.link.clone(), app.arrival());
        joins.spawn(async move {
            let join = serde_json::from_value(json!({ "sessionId": format!("s{n}") })).expect("a join");
            state.stores.analytics.join(&link, &join, &arrival).await.expect("counted")
        });
    }
    joins.join_all().await;
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.active_viewers, metrics.total_views), (200, 200));
    assert_eq!((metrics.peak_concurrent_viewers, metrics.views_today), (200, 200));
}

#[tokio::test]
async fn peak_stays_when_viewers_leave() {
    let app = TestApp::new().await;
    for session in ["a", "b", "c"] {
        app.join(session).await;
    }
    app.leave("a").await;
    app.leave("b").await;
    app.join("d").await;
    app.join("d").await;
    assert_eq!(app.snapshot().await.metrics.peak_concurrent_viewers, 3);
    app.advance(6); // without heartbeats all are inactive, swept or not
    app.join("e").await;
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.active_viewers, metrics.peak_concurrent_viewers), (1, 3));
}

#[tokio::test]
async fn resumed_visit_raises_the_peak() {
    let app = TestApp::new().await;
    app.join("a").await;
    app.leave("a").await;
    app.join("b").await;
    app.join("a").await;
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.total_views, metrics.peak_concurrent_viewers), (2, 2));
}

#[tokio::test]
async fn average_is_rounded_to_a_second() {
    let app = TestApp::new().await;
    for (number, (seconds, average)) in [(1, 1), (2, 2), (1, 1), (3, 2)].into_iter().enumerate() {
        app.join(&format!("s{number}")).await;
        app.leave_with(&format!("s{number}"), json!({ "duration": seconds })).await;
        assert_eq!(app.snapshot().await.metrics.avg_view_duration, average, "after visit {number}");
    }
}

#[tokio::test]
async fn average_covers_the_last_hundred_durations() {
    let app = TestApp::new().await;
    for number in 1..=130 {
        app.join(&format!("s{number}")).await;
        let duration = if number <= 30 { 86_400 } else { 10 };
        app.leave_with(&format!("s{number}"), json!({ "duration": duration })).await;
    }
    assert_eq!(app.durations(), vec![10; 100]);
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.avg_view_duration, metrics.total_views), (10, 130));
    assert_eq!(app.visits().await.len(), 130, "visits are kept longer than durations");
}

/// More than one script reads and one file takes.
#[tokio::test]
async fn no_finished_visit_is_dropped() {
    let app = TestApp::with_config(|config| config.resume_within = 0).await;
    for round in 0..51 {
        let mut visits = JoinSet::new();
        for n in 0..200 {
            let (state, link, arrival) = (app.state.clone(), app.link.clone(), app.arrival());
            visits.spawn(async move {
                let session = json!({ "sessionId": format!("s{round}-{n}") });
                let join = serde_json::from_value(session.clone()).expect("a join");
                state.stores.analytics.join(&link, &join, &arrival).await.expect("counted");
                let leave = serde_json::from_value(session).expect("a leave");
                state.stores.analytics.leave(&link, &leave).await.expect("ended");
            });
        }
        visits.join_all().await;
    }
    let before = app.visits().await;
    app.advance_ms(1);
    app.state.stores.visits.tend(&app.link, &app.document).await.expect("Redis and the folder answer");
    let in_redis: u64 = app.stored("XLEN", "visits", "");
    assert!(in_redis < 1_000, "{in_redis} visits");
    let after = app.visits().await;
    assert_eq!((before.len(), after == before), (10_200, true));
    assert_eq!(app.snapshot().await.metrics.total_views, 10_200);
}
