//! Digests: the eleventh visit of an hour, and the mail of a day in the owner's time zone.

use axum::http::Method;
use serde_json::json;

use super::{app_with_mail, second_with_mail, visits::subjects};
use crate::support::{smtp::SmtpServer, test_app::TestApp, utc};

const MINUTE: i64 = 60_000;

/// An app that tells of every visit, and of ten already.
pub(super) async fn app_after_ten() -> (TestApp, SmtpServer) {
    let (app, smtp) = app_with_mail().await;
    app.mail_me("every").await;
    for n in 0..10 {
        app.visit(n, &format!("r{n}@example.org")).await;
    }
    app.tell_by_mail().await;
    assert_eq!(smtp.received().len(), 10);
    for _ in 0..10 {
        smtp.next().await;
    }
    (app, smtp)
}

async fn set_zone(app: &TestApp, zone: &str) {
    app.state.stores.accounts.set_zone(&app.owner.owner_id, zone, true).await.expect("a zone");
}

/// An app that tells once a day.
async fn daily_app() -> (TestApp, SmtpServer) {
    let (app, smtp) = app_with_mail().await;
    app.mail_me("daily").await;
    (app, smtp)
}

/// A visit that is over for good.
async fn whole_visit(app: &TestApp, session: &str, email: &str) {
    app.join_with(session, json!({ "email": email, "currentPage": 1 })).await;
    app.advance(1);
    app.heartbeat(session, 2).await;
    app.leave(session).await;
}

#[tokio::test]
async fn eleventh_visit_of_an_hour_waits_for_its_end() {
    let (app, smtp) = app_after_ten().await;
    app.advance(10);
    app.visit(10, "late@example.org").await;
    app.visit(11, "later@example.org").await;
    app.tell_by_mail().await;
    app.set_clock(app.now() + 50 * MINUTE - 1);
    app.tell_by_mail().await;
    assert_eq!(smtp.received().len(), 10, "the hour is not over");
    app.advance_ms(1);
    app.tell_by_mail().await;
    assert_eq!(smtp.received().len(), 11);
    let mail = smtp.next().await;
    assert_eq!(mail.subject(), "2 visits since Wed 18 Mar 2026, 12:00 UTC");
    let text = mail.text();
    for part in [
        "From Wed 18 Mar 2026, 12:00 UTC to Wed 18 Mar 2026, 13:00 UTC there were more visits",
        &format!(
            "- Wed 18 Mar 2026, 12:10 UTC: late@example.org (not verified), Twelve pages, by the link {}",
            app.link
        ),
        "later@example.org",
        "http://read.example/analytics",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let message = mail.message();
    let one_click = message.header_raw("List-Unsubscribe-Post").unwrap_or_default().trim().to_owned();
    assert_eq!(one_click, "List-Unsubscribe=One-Click");
    app.visit(12, "next@example.org").await;
    app.tell_by_mail().await;
    assert_eq!(smtp.next().await.subject(), "next@example.org opened Twelve pages", "another hour");
    app.advance(120);
    app.tell_by_mail().await;
    assert_eq!(smtp.received().len(), 12, "no hour is told twice");
}

#[tokio::test]
async fn long_hour_lists_fifty_and_counts_the_rest() {
    let (app, smtp) = app_after_ten().await;
    for n in 10..75 {
        app.visit(n, &format!("r{n}@example.org")).await;
    }
    app.tell_by_mail().await;
    app.advance(60);
    app.tell_by_mail().await;
    let mail = smtp.next().await;
    assert_eq!(mail.subject(), "65 visits since Wed 18 Mar 2026, 12:00 UTC");
    let text = mail.text();
    assert_eq!(text.matches("\n- ").count(), 50, "{text}");
    assert!(text.contains("And 15 more."), "{text}");
}

#[tokio::test]
async fn digest_survives_a_crash_and_tells_all_once() {
    let (app, smtp) = app_after_ten().await;
    let second = second_with_mail(&app, &smtp);
    app.visit(10, "held@example.org").await;
    app.tell_by_mail().await;
    app.advance(60);
    let owner = &app.owner.owner_id;
    // A server closes the hour, and dies; what comes then is of another hour.
    let closed = app.state.stores.held_visits.close(owner, app.now()).await.expect("Redis answers");
    assert_eq!(closed.as_ref().map(|digest| digest.visits.len()), Some(1));
    app.visit(11, "after@example.org").await;
    tokio::join!(app.tell_by_mail(), second.tell_by_mail());
    assert_eq!(app.state.stores.held_visits.close(owner, app.now()).await, Ok(None));
    let mut told = subjects(&smtp).split_off(10);
    told.sort();
    assert_eq!(told, ["1 visit since Wed 18 Mar 2026, 12:00 UTC", "after@example.org opened Twelve pages"]);
}

#[tokio::test]
async fn digest_leaves_out_what_is_gone() {
    for gone in ["reader", "link"] {
        let (app, smtp) = app_after_ten().await;
        app.visit(10, "r0@example.org").await;
        app.tell_by_mail().await;
        app.leave("s0").await;
        match gone {
            "reader" => drop(app.send(Method::DELETE, "/api/readers/r0@example.org", "").await.ok()),
            _ => drop(app.send(Method::DELETE, &format!("/api/links/{}", app.link), "").await.ok()),
        }
        app.advance(60);
        app.tell_by_mail().await;
        assert_eq!(smtp.received().len(), 10, "{gone}");
    }
}

#[tokio::test]
async fn day_is_told_at_eight_in_the_owners_zone() {
    for (zone, day, visit, due) in [
        ("UTC", "Sat 28 Mar 2026", ((2026, 3, 28), (12, 0, 0, 0)), ((2026, 3, 29), (8, 0, 0, 0))),
        // Clocks go forward in the night between, and back.
        ("Europe/Berlin", "Sat 28 Mar 2026", ((2026, 3, 28), (12, 0, 0, 0)), ((2026, 3, 29), (6, 0, 0, 0))),
        ("Europe/Berlin", "Sat 24 Oct 2026", ((2026, 10, 24), (12, 0, 0, 0)), ((2026, 10, 25), (7, 0, 0, 0))),
        ("Europe/Berlin", "Sun 29 Mar 2026", ((2026, 3, 28), (23, 0, 0, 0)), ((2026, 3, 30), (6, 0, 0, 0))),
        (
            "Asia/Kathmandu",
            "Sun 29 Mar 2026",
            ((2026, 3, 28), (18, 15, 0, 0)),
            ((2026, 3, 30), (2, 15, 0, 0)),
        ),
        (
            "America/Los_Angeles",
            "Fri 27 Mar 2026",
            ((2026, 3, 28), (6, 0, 0, 0)),
            ((2026, 3, 28), (15, 0, 0, 0)),
        ),
    ] {
        let (app, smtp) = daily_app().await;
        set_zone(&app, zone).await;
        app.set_clock(utc(visit.0, visit.1));
        whole_visit(&app, "s1", "ada@example.org").await;
        app.tell_by_mail().await;
        app.set_clock(utc(due.0, due.1) - 1);
        app.tell_by_mail().await;
        assert_eq!(subjects(&smtp), [""; 0], "{zone} {day}: before eight");
        app.advance_ms(1);
        app.tell_by_mail().await;
        assert_eq!(subjects(&smtp), [format!("1 visit on {day}")], "{zone}");
        app.advance(26 * 60);
        app.tell_by_mail().await;
        assert_eq!(smtp.received().len(), 1, "{zone}: nothing happened, or it was told");
    }
}

#[tokio::test]
async fn day_tells_finished_and_running_visits() {
    let (app, smtp) = daily_app().await;
    whole_visit(&app, "s1", "ada@example.org").await;
    whole_visit(&app, "s2", "left-out@example.org").await;
    let left_out =
        app.visits().await.into_iter().find(|visit| visit.email.as_deref() == Some("left-out@example.org"));
    let path = format!("/api/links/{}/visits/{}", app.link, left_out.expect("a visit").id);
    app.send(Method::PATCH, &path, r#"{"archived":true}"#).await.ok();
    app.set_clock(utc((2026, 3, 18), (23, 58, 0, 0)));
    app.join_with("s3", json!({ "email": "bob@example.org" })).await;
    app.tell_by_mail().await;
    app.set_clock(utc((2026, 3, 19), (8, 0, 0, 0)));
    app.join_with("today", json!({ "email": "today@example.org" })).await;
    app.state.sweeper().sweep().await.expect("Redis answers");
    app.join_with("s4", json!({})).await;
    let second = second_with_mail(&app, &smtp);
    tokio::join!(app.tell_by_mail(), second.tell_by_mail());
    assert_eq!(subjects(&smtp), ["2 visits on Wed 18 Mar 2026"]);
    let mail = smtp.next().await;
    let text = mail.text().replace("\r\n", "\n");
    for part in [
        &format!("Twelve pages, by the link {}: 2 visits", app.link)[..],
        "- 12:00: ada@example.org (not verified), 1 min 0 s, 8 % of the pages\n- 23:58: bob@example.org (not verified), ",
        "http://read.example/analytics?from=2026-03-18&to=2026-03-18",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    for other in ["left-out", "today"] {
        assert!(!text.contains(other), "{other} in {text}");
    }
}

#[tokio::test]
async fn visit_that_goes_on_is_told_the_next_morning() {
    let (app, smtp) = daily_app().await;
    app.set_clock(utc((2026, 3, 18), (23, 58, 0, 0)));
    app.join_with("s1", json!({ "email": "night@example.org" })).await;
    app.tell_by_mail().await;
    while app.now() < utc((2026, 3, 19), (8, 0, 0, 0)) {
        app.advance(2);
        app.heartbeat("s1", 1).await;
    }
    app.tell_by_mail().await;
    let text = smtp.next().await.text();
    assert!(text.contains("23:58: night@example.org (not verified), still reading"), "{text}");
}

#[tokio::test]
async fn day_waits_for_an_owner_who_moved_west() {
    let (app, smtp) = daily_app().await;
    set_zone(&app, "Asia/Tokyo").await;
    whole_visit(&app, "s1", "ada@example.org").await;
    app.tell_by_mail().await;
    set_zone(&app, "America/Los_Angeles").await;
    // Eight in Tokyo, where it is still the day of the visit in Los Angeles.
    app.set_clock(utc((2026, 3, 18), (23, 0, 0, 0)));
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp), [""; 0]);
    app.set_clock(utc((2026, 3, 19), (15, 0, 0, 0)));
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp), ["1 visit on Wed 18 Mar 2026"]);
}
