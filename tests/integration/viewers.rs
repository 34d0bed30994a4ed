//! The list of viewers: its members, its order, and that e-mails and ids come back unchanged.

use serde_json::json;

use crate::support::test_app::TestApp;

/// Lets viewers join a second apart: `s100`, `s101`, …
async fn join_viewers(app: &TestApp, numbers: std::ops::Range<u32>) {
    for number in numbers {
        app.advance_ms(1_000);
        app.join(&format!("s{number}")).await;
    }
}

fn names(numbers: impl Iterator<Item = u32>) -> Vec<String> {
    numbers.map(|number| format!("s{number}")).collect()
}

#[tokio::test]
async fn newest_viewers_are_listed_first() {
    let app = TestApp::new().await;
    join_viewers(&app, 1..6).await;
    app.advance(1);
    app.heartbeat("s1", 2).await;
    app.heartbeat("s3", 2).await;
    assert_eq!(app.listed(100).await, names((1..6).rev()));
}

#[tokio::test]
async fn viewers_of_one_moment_keep_their_order() {
    let app = TestApp::new().await;
    for session in ["b", "d", "a", "c"] {
        app.join(session).await;
    }
    let first = app.listed(100).await;
    for session in ["c", "a"] {
        app.heartbeat(session, 3).await;
        assert_eq!(app.listed(100).await, first);
    }
    assert_eq!(app.listed(2).await, first[..2], "a shorter list is a prefix of a longer one");
}

#[tokio::test]
async fn resumed_viewer_is_listed_by_first_join() {
    let app = TestApp::new().await;
    join_viewers(&app, 1..4).await;
    app.leave("s1").await;
    app.join("s1").await;
    assert_eq!(app.listed(100).await, ["s3", "s2", "s1"]);
}

#[tokio::test]
async fn limit_shortens_the_list_but_not_the_count() {
    let app = TestApp::new().await;
    for n in 0..150 {
        app.advance_ms(1);
        app.join(&format!("s{n}")).await;
    }
    for (limit, length) in [(1, 1), (5, 5), (100, 100), (150, 150), (500, 150)] {
        let snapshot = app.snapshot_with_limit(limit).await;
        assert_eq!((snapshot.active_viewers.len(), snapshot.metrics.active_viewers), (length, 150));
        assert_eq!(snapshot.active_viewers[0].session_id.as_str(), "s149");
    }
    let unasked = app.get(&app.api()).await.json();
    assert_eq!(unasked["activeViewers"].as_array().map(Vec::len), Some(100), "100 by default");
}

/// Redis indexes the newest 500 only; when they leave, older viewers fill the list.
#[tokio::test]
async fn older_viewers_fill_the_list_when_newest_leave() {
    let app = TestApp::new().await;
    for n in 0..620 {
        app.advance_ms(1);
        app.join(&format!("s{n}")).await;
    }
    for n in 115..620 {
        app.leave(&format!("s{n}")).await;
    }
    for (limit, length) in [(1, 1), (100, 100), (115, 115), (500, 115)] {
        let snapshot = app.snapshot_with_limit(limit).await;
        assert_eq!((snapshot.active_viewers.len(), snapshot.metrics.active_viewers), (length, 115));
        let joined: Vec<i64> = snapshot.active_viewers.iter().map(|viewer| viewer.joined_at).collect();
        assert!(joined.is_sorted_by(|a, b| a > b), "newest first, each once");
    }
}

#[tokio::test]
async fn unswept_dead_viewers_never_shorten_the_list() {
    let app = TestApp::new().await;
    join_viewers(&app, 0..30).await;
    let old = names(0..30);
    app.advance(4);
    join_viewers(&app, 100..140).await; // without any heartbeat
    for _ in 0..2 {
        app.advance(3);
        for session in &old {
            if app.act("heartbeat", session, json!({})).await.status == 404 {
                app.join(session).await;
            }
        }
    }
    // A snapshot sweeps twenty of the forty dead; the other twenty are still the newest in the index.
    let listed = app.listed(10).await;
    assert_eq!(listed, names((20..30).rev()), "the newest active viewers");
}

#[tokio::test]
async fn emails_come_back_unchanged() {
    let app = TestApp::new().await;
    let longest = format!("{}@example.com", "x".repeat(242));
    let emails = [
        r#"<script>alert("1")</script>@example.com"#,
        r#"'\"&\u0041%0a${7*7}{{}}@example.com"#,
        "用户@例子.公司",
        "ünï.cødé+🦀@exämple.ørg",
        "e\u{301}\u{200d}\u{202e}@x.y",
        longest.as_str(),
    ];
    for (n, email) in emails.iter().enumerate() {
        app.join_with(&format!("s{n}"), json!({ "email": email, "fingerprint": "" })).await;
        app.advance_ms(1);
    }
    let reply = app.get(&app.api()).await.ok();
    assert_eq!(
        (reply.header("content-type"), reply.header("x-content-type-options")),
        ("application/json", "nosniff")
    );
    let listed: Vec<_> =
        app.snapshot().await.active_viewers.into_iter().rev().map(|v| v.email.unwrap_or_default()).collect();
    assert_eq!(listed, emails);
    app.heartbeat("s0", 2).await;
    app.leave("s0").await;
    assert_eq!(app.visits().await[0].email.as_deref(), Some(emails[0]));
    app.join("s0").await;
    assert_eq!(app.snapshot().await.active_viewers.last().and_then(|v| v.email.as_deref()), Some(emails[0]));
}

#[tokio::test]
async fn longest_and_oddest_ids_are_kept_whole() {
    let app = TestApp::new().await;
    let longest = "x".repeat(128);
    for session in [longest.as_str(), "~", "a.b:c-d~e", "0", "-inf", "1e5"] {
        app.join_with(session, json!({ "fingerprint": longest })).await;
        app.heartbeat(session, 1).await;
        assert!(app.listed(100).await.contains(&session.to_owned()), "{session}");
        app.leave(session).await;
        assert!(!app.listed(100).await.contains(&session.to_owned()), "{session}");
    }
}
