//! Visits that go on while others are left out or come back: a correction takes back all that it left out, and nothing else.

use axum::http::Method;
use serde_json::json;

use super::{list, listed, numbers};
use crate::support::test_app::TestApp;

/// What becomes of a visit that was left out and resumed, until it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    GoesOn,
    Ends,
    /// Under another e-mail address, so that the reader of the correction is not its reader any more.
    EndsAsAnother,
    IsSealed,
    IsSealedAsAnother,
    Expires,
}

async fn correct(app: &TestApp, asked: &str) -> String {
    let made = app.send(Method::POST, &format!("/api/corrections?{asked}&range=all"), "").await.json();
    made["correction"]["correctionId"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

async fn bring_back(app: &TestApp, correction: &str) -> u64 {
    let path = format!("/api/corrections/{correction}");
    app.send(Method::DELETE, &path, "").await.ok().json()["broughtBack"].as_u64().expect("a number")
}

/// Total views, and visits in the list.
async fn shown(app: &TestApp) -> (u64, usize) {
    (app.snapshot().await.metrics.total_views, listed(&numbers(app).await))
}

async fn tend(app: &TestApp) {
    app.state.stores.visits.tend(&app.link, &app.document).await.expect("Redis and the folder answer");
}

#[tokio::test]
async fn resumed_visit_comes_back_whatever_became_of_it() {
    for then in [
        Then::GoesOn,
        Then::Ends,
        Then::EndsAsAnother,
        Then::IsSealed,
        Then::IsSealedAsAnother,
        Then::Expires,
    ] {
        let app = TestApp::with_config(|config| config.seal_from = 2).await;
        let ann = json!({ "email": "ann@example.com", "fingerprint": "mark-ann" });
        app.join_with("ann", ann.clone()).await;
        app.join_with("ben", json!({})).await;
        app.leave("ann").await;
        app.leave("ben").await;
        let id = correct(&app, "of=reader:ann@example.com").await;
        app.advance(1);
        let again = match then {
            Then::EndsAsAnother | Then::IsSealedAsAnother => json!({ "email": "anna@example.com" }),
            _ => ann,
        };
        app.join_with("ann", again).await;
        match then {
            Then::GoesOn => {}
            Then::Expires => {
                app.advance(6);
                assert_eq!(app.sweep().await, 1);
            }
            _ => app.leave("ann").await,
        }
        if matches!(then, Then::IsSealed | Then::IsSealedAsAnother) {
            app.advance(12);
            tend(&app).await;
            assert_eq!(app.stored::<u32>("HLEN", "sealed", ""), 1, "{then:?}");
        }
        assert_eq!(shown(&app).await, (1, 1), "{then:?}: it stays left out");

        assert_eq!(bring_back(&app, &id).await, 1, "{then:?}");
        let runs = then == Then::GoesOn;
        assert_eq!(shown(&app).await, (2, if runs { 1 } else { 2 }), "{then:?}");
        assert_eq!(app.snapshot().await.metrics.peak_concurrent_viewers, 2, "{then:?}");
        app.leave("ann").await;
        assert_eq!(shown(&app).await, (2, 2), "{then:?}");
        assert_eq!(app.stored::<u32>("EXISTS", "archived", ""), 0, "{then:?}: nothing is left behind");
    }
}

#[tokio::test]
async fn running_visit_is_no_part_of_it() {
    let app = TestApp::new().await;
    app.join("ann").await;
    app.join("ben").await;
    app.leave("ben").await;
    let id = correct(&app, "of=all").await;
    assert_eq!(shown(&app).await, (1, 0));
    app.leave("ann").await;
    app.join("ann").await;
    assert_eq!(shown(&app).await, (1, 0), "it went on, ended, and goes on again");
    assert_eq!(bring_back(&app, &id).await, 1);
    app.leave("ann").await;
    assert_eq!(shown(&app).await, (2, 2));
}

/// How a visit that went on during a correction is left out apart from it.
#[derive(Clone, Copy, Debug)]
enum Apart {
    /// Before, and then it was resumed.
    AloneBefore,
    AloneAfter,
    /// By another correction.
    TogetherAfter,
}

#[tokio::test]
async fn visit_left_out_apart_stays_left_out() {
    for apart in [Apart::AloneBefore, Apart::AloneAfter, Apart::TogetherAfter] {
        let app = TestApp::new().await;
        app.join_with("ann", json!({ "email": "ann@example.com" })).await;
        if let Apart::AloneBefore = apart {
            app.leave("ann").await;
            archive(&app).await;
            app.join("ann").await;
        }
        app.advance_ms(1);
        app.join("ben").await;
        app.leave("ben").await;
        let id = correct(&app, "of=all").await;
        app.leave("ann").await;
        match apart {
            Apart::AloneBefore => {}
            Apart::AloneAfter => archive(&app).await,
            Apart::TogetherAfter => drop(correct(&app, "of=reader:ann@example.com").await),
        }
        assert_eq!(shown(&app).await, (0, 0), "{apart:?}");
        assert_eq!(bring_back(&app, &id).await, 1, "{apart:?}");
        assert_eq!(shown(&app).await, (1, 1), "{apart:?}");
        for other in list(&app).await {
            let other = other["correctionId"].as_str().expect("an id");
            assert_eq!(bring_back(&app, other).await, 1, "{apart:?}");
            assert_eq!(shown(&app).await, (2, 2), "{apart:?}");
        }
    }
}

/// Leaves the visit with an e-mail address out.
async fn archive(app: &TestApp) {
    let visits = app.visits().await;
    let visit = visits.iter().find(|visit| visit.email.is_some()).expect("a visit");
    let path = format!("/api/links/{}/visits/{}", app.link, visit.id);
    app.send(Method::PATCH, &path, r#"{"archived":true}"#).await.ok();
}

#[tokio::test]
async fn record_of_an_earlier_release_comes_back() {
    let app = TestApp::new().await;
    for session in ["ann", "ben"] {
        app.join(session).await;
        app.leave(session).await;
    }
    let id = correct(&app, "of=all").await;
    // As it was written before it noted what can be resumed.
    app.stored::<u32>("HSET", "corrections", &format!(r#"{id} {{"visits":2,"views":2,"before":[]}}"#));
    assert_eq!((bring_back(&app, &id).await, shown(&app).await), (2, (2, 2)));
}
