//! The list of sessions, and how long they last.

use super::{read, sign_in_form, signed_in, status};
use crate::support::{browser::Browser, test_app::TestApp};

const DAY: i64 = 24 * 60 * 60 * 1_000;

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one() {
    let app = TestApp::new().await;
    let mut here = signed_in(&app).await;
    let mut there = Browser::new(&app);
    there.call("sign_in", &sign_in_form(&app)).await.ok();
    let sessions = read(&mut here, "owner_sessions").await;
    let sessions = sessions.as_array().expect("a list");
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    let current = sessions.iter().find(|session| session["isCurrent"] == true).expect("this one");
    let other = sessions.iter().find(|session| session["isCurrent"] == false).expect("the other one");
    assert_eq!((&current["device"], &other["device"]), (&"Firefox on Linux".into(), &"A program".into()));
    for session in [current, other] {
        assert_eq!((&session["createdAt"], &session["usedAt"]), (&app.now().into(), &app.now().into()));
    }
    let html = here.get("/settings").await.ok().text();
    assert!(html.contains("Firefox on Linux (this session)") && html.contains("A program"), "{html}");
    let id = other["sessionId"].as_str().expect("an id");
    let reply = here.form("end_session", &format!("session_id={id}")).await;
    assert_eq!(reply.header("location"), "/settings");
    assert!(here.get("/settings").await.ok().text().contains("The session has ended."));
    assert_eq!((status(&mut here).await, status(&mut there).await), (200, 401));
    assert_eq!(read(&mut here, "owner_sessions").await.as_array().map(Vec::len), Some(1));
    assert_eq!(here.call("end_session", &format!("session_id={id}")).await.status, 404, "it is gone");
}

#[tokio::test]
async fn another_owners_session_cannot_be_ended() {
    let app = TestApp::new().await;
    let mut mine = signed_in(&app).await;
    let id = read(&mut mine, "owner_sessions").await[0]["sessionId"].as_str().expect("an id").to_owned();
    let email = format!("other-{}", app.owner.email);
    let other =
        app.state.stores.accounts.add(&email, crate::support::test_app::PASSWORD).await.expect("an owner");
    let mut theirs = Browser::signed_in(&app, &other.owner_id).await;
    assert_eq!(theirs.call("end_session", &format!("session_id={id}")).await.status, 404);
    assert_eq!(status(&mut mine).await, 200);
}

#[tokio::test]
async fn session_ends_after_ninety_days_of_use() {
    let app = TestApp::new().await;
    let mut browser = signed_in(&app).await;
    for day in 0..90 {
        assert_eq!(status(&mut browser).await, 200, "{day}");
        app.advance_ms(DAY);
    }
    assert_eq!(status(&mut browser).await, 401);
}

#[tokio::test]
async fn last_use_is_noted_by_the_hour() {
    let app = TestApp::new().await;
    let mut browser = signed_in(&app).await;
    let began = app.now();
    for (minutes, noted) in [(59, began), (2, began + 61 * 60_000), (30, began + 61 * 60_000)] {
        app.advance(minutes);
        assert_eq!(status(&mut browser).await, 200);
        let session = read(&mut browser, "owner_sessions").await[0].take();
        assert_eq!((&session["createdAt"], &session["usedAt"]), (&began.into(), &noted.into()), "{minutes}");
    }
}

#[tokio::test]
async fn session_of_an_earlier_version_lives_on() {
    let app = TestApp::with_own_redis().await;
    let mut browser = signed_in(&app).await;
    let key: Vec<String> = app.redis.query("KEYS send:session:{accounts}:*");
    // As the first versions wrote it: owner and epoch.
    let mut set = redis::cmd("SET");
    set.arg(&key[0]).arg(format!("{} 0", app.owner.owner_id)).arg("EX").arg(1_000);
    let _: String = set.query(&mut app.redis.connect()).expect("Redis answers");
    let _: u32 = app.redis.query(&format!("DEL send:sessions-of:{{accounts}}:{}", app.owner.owner_id));
    assert_eq!(status(&mut browser).await, 200);
    let sessions = read(&mut browser, "owner_sessions").await;
    assert_eq!((&sessions[0]["isCurrent"], &sessions[0]["createdAt"]), (&true.into(), &app.now().into()));
    app.advance_ms(89 * DAY);
    assert_eq!(status(&mut browser).await, 200);
    app.advance_ms(DAY);
    assert_eq!(status(&mut browser).await, 401, "counted from the update");
}
