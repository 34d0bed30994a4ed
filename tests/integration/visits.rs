//! How visits end, and what is recorded of them.

use axum::http::Method;
use serde_json::json;

use crate::support::test_app::{PASSWORD, TestApp};

/// Joins and leaves at once, with a duration that the client sends.
async fn visit(app: &TestApp, session: &str, seconds: u64) {
    app.join(session).await;
    app.leave_with(session, json!({ "duration": seconds })).await;
}

#[tokio::test]
async fn finished_visit_records_who_when_and_where() {
    let app = TestApp::new().await;
    let joined = app.now();
    app.join_with("ann", json!({ "email": "ann@example.com", "currentPage": 3 })).await;
    app.advance_ms(89_499);
    app.leave("ann").await;
    let [visit] = &app.visits().await[..] else { panic!("one visit, not {:?}", app.visits().await) };
    assert_eq!((visit.joined_at, visit.ended_at), (joined, joined + 89_499));
    assert_eq!((visit.visible_ms, visit.exit_page), (89_499, Some(3)));
    assert_eq!(visit.email.as_deref(), Some("ann@example.com"));
    assert_eq!(app.durations(), [89], "rounded to a second");
}

#[tokio::test]
async fn visits_are_kept_in_order_of_ending() {
    let app = TestApp::new().await;
    for session in ["a", "b", "c"] {
        app.join_with(session, json!({ "email": format!("{session}@b.c") })).await;
    }
    for (left, session) in ["b", "c", "a"].into_iter().enumerate() {
        app.advance(1);
        for reading in &["b", "c", "a"][left..] {
            app.act("heartbeat", reading, json!({})).await.ok();
        }
        app.leave(session).await;
    }
    let order: Vec<String> =
        app.visits().await.into_iter().map(|visit| visit.email.unwrap_or_default()).collect();
    assert_eq!(order, ["b@b.c", "c@b.c", "a@b.c"]);
    assert_eq!(app.durations(), [180, 120, 60], "newest first");
}

#[tokio::test]
async fn client_duration_is_recorded() {
    let app = TestApp::new().await;
    for (session, duration) in [("none", 0), ("some", 7), ("a-day", 86_400)] {
        app.join(session).await;
        app.advance(1);
        app.leave_with(session, json!({ "duration": duration })).await;
    }
    assert_eq!(app.durations(), [86_400, 7, 0]);
    assert_eq!(app.snapshot().await.metrics.avg_view_duration, 28_802);
}

#[tokio::test]
async fn claimed_duration_is_bounded_by_the_time_since_join() {
    let app = TestApp::new().await;
    for (session, duration) in [("honest", 7), ("rounded", 61), ("liar", 86_400)] {
        app.join(session).await;
        app.advance_ms(60_500);
        app.act("leave", session, json!({ "duration": duration })).await.ok();
    }
    assert_eq!(app.durations(), [61, 61, 7]);
    app.join("greedy").await;
    let before = app.dump();
    for refused in [json!(86_401), json!(-1), json!(u64::MAX)] {
        app.act("leave", "greedy", json!({ "duration": refused })).await.refused(400, "invalid_field");
        app.act_as_owner("leave", "greedy", json!({ "duration": refused }))
            .await
            .refused(400, "invalid_field");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn only_the_owners_key_vouches_for_a_duration() {
    let app = TestApp::new().await;
    let mut other = app.second_server();
    let stranger = app.state.stores.accounts.add(&format!("stranger-of-{}@b.c", app.link), PASSWORD).await;
    let stranger = stranger.expect("an owner").owner_id;
    other.api_key =
        app.state.stores.accounts.new_key(&stranger, "theirs", Default::default()).await.expect("a key").key;
    app.join("s1").await;
    app.advance(1);
    other.set_clock(app.now());
    other.act_as_owner("leave", "s1", json!({ "duration": 3_600 })).await.ok();
    assert_eq!(app.durations(), [60], "a key of another owner is no more than none");

    app.join("s2").await;
    other.api_key = "no-key-of-ours".to_owned();
    let reply = other.act_as_owner("leave", "s2", json!({ "duration": 3_600 })).await;
    reply.refused(401, "wrong_api_key");
    app.act_as_owner("leave", "s2", json!({ "duration": 3_600 })).await.ok();
    assert_eq!(app.durations(), [3_600, 60]);
}

/// A server of the owner's never passed the gate that its visitors pass.
#[tokio::test]
async fn owners_server_reports_a_visit_behind_a_gate() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let gate = json!({ "email": "required" }).to_string();
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), gate).await.ok();
    app.act("leave", "s1", json!({ "duration": 9 })).await.refused(403, "gate_closed");
    app.act_as_owner("leave", "s1", json!({ "duration": 9 })).await.ok();
    assert_eq!(app.durations(), [9]);
}

#[tokio::test]
async fn visible_time_is_recorded_without_client_duration() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.advance(1);
    app.set_visible("s1", false).await;
    for _ in 0..3 {
        app.advance(4);
        app.set_visible("s1", false).await; // a hidden tab still sends heartbeats
    }
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.away, viewer.duration), (true, 60), "away but active; reading time stands still");
    app.advance(1);
    app.set_visible("s1", true).await;
    app.read_for("s1", 2).await;
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.away, viewer.duration), (false, 180));
    app.leave("s1").await;
    assert_eq!(app.durations(), [180]);
}

#[tokio::test]
async fn untouched_page_is_read_for_five_minutes() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 2 })).await;
    for beat in 1..=14 * 120 {
        app.advance_ms(30_000);
        app.act("heartbeat", "s1", json!({ "visible": true, "idle": 30 * beat })).await.ok();
    }
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.away, viewer.duration), (true, 300));
    app.act("heartbeat", "s1", json!({ "visible": true, "idle": 0 })).await.ok();
    assert!(!app.snapshot().await.active_viewers[0].away, "touched again");
    app.advance(1);
    app.leave("s1").await;
    assert_eq!((app.durations(), app.pages()["2:ms"]), (vec![360], 360_000));
}

/// The last touch lies between two heartbeats.
#[tokio::test]
async fn reading_ends_five_minutes_after_the_last_touch() {
    for (idle, read) in [(300, 360), (301, 359), (330, 330), (360, 300), (3_000, 300)] {
        let app = TestApp::new().await;
        app.join("s1").await;
        app.read_for("s1", 5).await;
        app.advance(1);
        app.act("heartbeat", "s1", json!({ "idle": idle })).await.ok();
        assert_eq!(app.snapshot().await.active_viewers[0].duration, read, "untouched for {idle} s");
    }
}

#[tokio::test]
async fn configured_idle_window_is_used() {
    let app = TestApp::with_config(|config| config.idle_after = 60).await;
    app.join("s1").await;
    app.advance_ms(80_000);
    app.act("heartbeat", "s1", json!({ "idle": 80 })).await.ok();
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.away, viewer.duration), (true, 60));
}

/// A laptop that slept: its reader's time stood still, whatever the next sign of life is.
#[tokio::test]
async fn gap_over_ninety_seconds_adds_thirty() {
    for (gap, added) in [(90_000, 90), (90_001, 30), (280_000, 30)] {
        let app = TestApp::new().await;
        app.join_with("s1", json!({ "currentPage": 3 })).await;
        app.advance_ms(gap);
        assert_eq!(app.snapshot().await.active_viewers[0].duration, added, "{gap} ms, as it is shown");
        app.heartbeat("s1", 3).await;
        app.advance_ms(gap);
        app.join("s1").await;
        app.advance_ms(gap);
        app.leave("s1").await;
        assert_eq!((app.durations(), app.pages()["3:ms"]), (vec![3 * added], 3_000 * added), "{gap} ms");
    }
}

#[tokio::test]
async fn time_away_before_leaving_is_not_recorded() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.advance(1);
    app.set_visible("s1", false).await;
    app.advance(4);
    app.leave("s1").await;
    assert_eq!(app.durations(), [60]);
}

#[tokio::test]
async fn join_makes_an_away_viewer_visible() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.set_visible("s1", false).await;
    app.advance(1);
    app.join("s1").await;
    app.advance(1);
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.away, viewer.duration), (false, 60));
}

#[tokio::test]
async fn pages_record_visible_time_and_entries() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 1 })).await;
    app.advance_ms(10_000);
    app.heartbeat("s1", 2).await; // page 1 was visible for ten seconds
    app.advance_ms(5_000);
    app.set_visible("s1", false).await; // page 2 for five
    app.advance_ms(60_000);
    app.set_visible("s1", true).await; // no page while hidden
    app.advance_ms(1_000);
    app.heartbeat("s1", 1).await; // page 2 for one more
    app.advance_ms(2_500);
    app.leave("s1").await; // page 1 for two and a half
    let expected = [("1:entries", 2), ("1:ms", 12_500), ("2:entries", 1), ("2:ms", 6_000)];
    assert_eq!(app.pages(), expected.map(|(field, number)| (field.to_owned(), number)).into());
    assert_eq!(app.durations(), [19], "18.5 seconds, rounded");
}

#[tokio::test]
async fn time_before_the_first_page_is_unassigned() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.advance(1);
    app.heartbeat("s1", 4).await;
    assert_eq!(app.pages(), [("4:entries".to_owned(), 1)].into());
}

#[tokio::test]
async fn return_withdraws_its_own_duration_among_equals() {
    let app = TestApp::new().await;
    visit(&app, "mine", 50).await;
    visit(&app, "other", 60).await;
    visit(&app, "equal", 50).await;
    app.join("mine").await;
    assert_eq!(app.durations(), [50, 60], "the older 50 was withdrawn");
    assert_eq!(app.visits().await.len(), 2);
}

#[tokio::test]
async fn each_return_withdraws_its_own_duration() {
    let app = TestApp::new().await;
    for (session, seconds) in [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)] {
        visit(&app, session, seconds).await;
    }
    app.join("b").await;
    assert_eq!(app.durations(), [5, 4, 3, 1]);
    app.join("d").await;
    assert_eq!(app.durations(), [5, 3, 1]);
    app.join("a").await;
    assert_eq!(app.durations(), [5, 3]);
    app.leave_with("b", json!({ "duration": 9 })).await;
    assert_eq!(app.durations(), [9, 5, 3]);
}

#[tokio::test]
async fn return_after_100_other_visits_withdraws_no_duration() {
    let app = TestApp::new().await;
    visit(&app, "mine", 7).await;
    for other in 1..=100 {
        visit(&app, &format!("other-{other}"), 7).await;
    }
    let before = app.durations();
    assert_eq!(before.len(), 100);
    app.join("mine").await;
    assert_eq!(app.durations(), before);
    let snapshot = app.snapshot().await;
    assert_eq!((snapshot.metrics.total_views, snapshot.metrics.active_viewers), (101, 1));
    assert_eq!(app.visits().await.len(), 100);
}

/// Of 101 visits the oldest has lost its duration. When the newest is resumed, the oldest becomes the hundredth visit,
/// but there are still only 99 durations.
#[tokio::test]
async fn dropped_duration_is_never_withdrawn_later() {
    let app = TestApp::new().await;
    for number in 1..=101 {
        visit(&app, &format!("v{number}"), number).await;
    }
    app.join("v101").await;
    assert_eq!(app.durations().len(), 99);
    app.join("v1").await;
    assert_eq!(app.durations(), (2..=100).rev().collect::<Vec<u64>>());
    let metrics = app.snapshot().await.metrics;
    assert_eq!((metrics.total_views, metrics.active_viewers), (101, 2));
    assert_eq!(app.visits().await.len(), 99);
}
