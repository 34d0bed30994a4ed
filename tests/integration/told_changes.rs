//! Which changes of past visits dashboards are told.

use axum::http::Method;
use serde_json::json;
use sightline::model::{ReaderName, ViewerLimit, address};

use crate::support::{events::Events, test_app::TestApp};

/// What a link's visits go through.
#[derive(Clone, Copy, Debug)]
enum Change {
    Leave,
    Resume,
    Expire,
    Download,
    Archive,
    TakeBack,
    Erase,
}

/// Makes a change; of the visit that is the oldest by then, where it is one of a finished visit.
async fn make(app: &TestApp, change: Change) {
    let oldest =
        app.visits().await.first().map(|visit| format!("/api/links/{}/visits/{}", app.link, visit.id));
    let visit = || oldest.clone().expect("a finished visit");
    let archive = |archived: bool| json!({ "archived": archived }).to_string();
    match change {
        Change::Leave => app.leave("s1").await,
        Change::Resume => app.join("s1").await,
        Change::Expire => {
            app.advance(6);
            // The stream's own reader may have been first.
            app.sweep().await;
        }
        Change::Download => drop(app.get(&address::download(&app.link)).await.ok()),
        Change::Archive => drop(app.send(Method::PATCH, &visit(), archive(true)).await.ok()),
        Change::TakeBack => drop(app.send(Method::PATCH, &visit(), archive(false)).await.ok()),
        Change::Erase => {
            let erased = app.send(Method::DELETE, &format!("{}/reader", visit()), "").await.ok();
            assert_eq!(erased.json()["erased"], 1);
        }
    }
}

/// The number of the next snapshot in which past visits have changed since `before`.
async fn next_number(events: &mut Events, before: u64) -> u64 {
    events.until(|snapshot| snapshot.history != before).await.history
}

async fn app_with_downloads() -> TestApp {
    let app = TestApp::new().await;
    let settings = json!({ "download": true }).to_string();
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), settings).await.ok();
    app
}

#[tokio::test]
async fn each_change_of_past_visits_is_told_once() {
    let app = app_with_downloads().await;
    app.join_with("s1", json!({ "fingerprint": "mark" })).await;
    let mut events = app.events().await;
    let mut number = events.snapshot().await.history;
    for change in [
        Change::Leave,
        Change::Archive,
        Change::TakeBack,
        Change::Resume,
        Change::Expire,
        Change::Download,
        Change::Archive,
        Change::Erase,
    ] {
        make(&app, change).await;
        let next = next_number(&mut events, number).await;
        assert_eq!(next, number + 1, "{change:?}");
        number = next;
    }
}

#[tokio::test]
async fn change_without_a_stream_is_seen_afterwards() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let mut events = app.events().await;
    let before = events.snapshot().await.history;
    drop(events);
    app.leave("s1").await;
    assert_eq!(next_number(&mut app.events().await, before).await, before + 1);
}

#[tokio::test]
async fn reading_changes_no_past_visit() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let before = app.snapshot().await.history;
    app.heartbeat("s1", 2).await;
    app.set_visible("s1", false).await;
    app.join("s2").await;
    app.leave("unknown").await;
    assert_eq!(app.snapshot().await.history, before);
}

#[tokio::test]
async fn stream_lists_as_many_viewers_as_asked() {
    let app = TestApp::new().await;
    for session in ["a", "b", "c"] {
        app.join(session).await;
    }
    let path = |limit: u16| format!("{}/events?limit={limit}", app.api());
    for (limit, listed) in [(1, 1), (2, 2), (500, 3)] {
        let snapshot = app.stream(&path(limit)).await.snapshot().await;
        assert_eq!((snapshot.active_viewers.len(), snapshot.metrics.active_viewers), (listed, 3), "{limit}");
    }
    app.get(&path(0)).await.refused(400, "invalid_field");
    let all = address::realtime_events(&app.link, ViewerLimit::ALL);
    assert_eq!(app.stream(&all).await.snapshot().await.active_viewers.len(), 3);
}

#[tokio::test]
async fn names_of_viewers_lead_to_their_past_visits() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "fingerprint": "mark" })).await;
    app.join_with("s2", json!({ "fingerprint": "other", "email": "ann@example.com" })).await;
    app.join("s3").await;
    let name = ReaderName::of_text("mark");
    let whos: Vec<_> = app.snapshot().await.active_viewers.iter().map(|viewer| viewer.who()).collect();
    assert_eq!(whos, [None, Some("ann@example.com".to_owned()), Some(name.to_string())]);
    let body = app.get(&app.api()).await.text();
    assert!(!body.contains("\"mark\""), "the mark itself is not sent: {body}");
    let html = app.get(&address::dashboard(&app.link)).await.ok().text();
    for who in ["ann@example.com", &name.to_string()] {
        let address = address::visits_of_reader(&app.link, who).replace('&', "&amp;");
        assert!(html.contains(&format!("href=\"{address}\"")), "{address} is not in {html}");
    }
    app.leave("s1").await;
    app.join_with("again", json!({ "fingerprint": "mark" })).await;
    let address = address::visits_of_reader(&app.link, &name.to_string());
    let page = address.split('#').next().expect("a path");
    assert_eq!(app.get(page).await.ok().text().matches("data-testid=\"visit-row\"").count(), 1);
}

#[tokio::test]
async fn all_viewers_are_one_page_away() {
    let app = TestApp::new().await;
    for number in 0..120 {
        app.join(&format!("s{number}")).await;
    }
    let rows = |html: &str| html.matches("data-testid=\"viewer-row\"").count();
    let dashboard = app.get(&address::dashboard(&app.link)).await.ok().text();
    let all = address::viewers(&app.link);
    assert_eq!(rows(&dashboard), 5);
    assert!(dashboard.contains(&format!("<a href=\"{all}\">+115 more viewers")), "{dashboard}");
    assert_eq!(rows(&app.get(&all).await.ok().text()), 120);
}
