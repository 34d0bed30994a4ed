//! Past visits as their owner asks for them: pages, REST, export, archive, erasure.

mod export;

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::ReaderName;

use crate::support::test_app::{PASSWORD, TestApp};

/// Three readers: one by e-mail, one by mark, one of whom nothing is known.
async fn app_with_visits() -> TestApp {
    let app = TestApp::new().await;
    for (session, join, pages) in [
        ("ann", json!({ "email": "ann@example.com", "fingerprint": "mark-ann", "returning": true }), 3),
        ("ben", json!({ "fingerprint": "mark-ben", "referrer": "news.example.org" }), 1),
        ("eve", json!({}), 6),
    ] {
        app.join_with(session, join).await;
        for page in 1..=pages {
            app.heartbeat(session, page).await;
            app.advance_ms(20_000);
        }
        app.leave(session).await;
    }
    app
}

async fn json_of(app: &TestApp, path: &str) -> Value {
    app.get(path).await.ok().json()
}

fn of_link(app: &TestApp, rest: &str) -> String {
    format!("/api/links/{}/{rest}", app.link)
}

#[tokio::test]
async fn report_counts_the_visits_of_its_range() {
    let app = app_with_visits().await;
    for path in [
        of_link(&app, "analytics?range=today"),
        format!("/api/documents/{}/analytics?range=today", app.document),
        "/api/analytics?range=today".to_owned(),
    ] {
        let numbers = json_of(&app, &path).await["report"]["numbers"].take();
        assert_eq!(numbers["views"]["value"], 3, "{path}: {numbers}");
        assert_eq!(numbers["readers"]["value"], 2, "{path}: marks, of which one is not known");
        assert_eq!(numbers["medianSeconds"]["value"], 60);
    }
    let tomorrow = json_of(&app, &of_link(&app, "analytics?from=2026-03-19&to=2026-03-20")).await;
    assert_eq!(tomorrow["report"]["numbers"]["views"]["value"], 0);
    assert_eq!(tomorrow["report"]["numbers"]["medianSeconds"]["value"], Value::Null, "a dash, not 0");
}

#[tokio::test]
async fn filter_reaches_report_list_and_export() {
    let app = app_with_visits().await;
    for (filter, found) in [
        ("who=ann", 1),
        ("min=1m", 2),
        ("pages=3", 2),
        ("page=5", 1),
        ("returning=yes", 1),
        ("referrer=news.example.org", 1),
        ("country=DE", 0),
        ("downloaded=yes", 0),
        ("printed=yes", 0),
        ("archived=yes", 0),
    ] {
        let report = json_of(&app, &of_link(&app, &format!("analytics?{filter}"))).await;
        assert_eq!(report["report"]["numbers"]["views"]["value"], found, "{filter}");
        let visits = json_of(&app, &of_link(&app, &format!("visits?{filter}"))).await;
        assert_eq!(visits["visits"].as_array().map(Vec::len), Some(found), "{filter}");
        let export = app.get(&of_link(&app, &format!("visits.ndjson?{filter}"))).await.ok().text();
        assert_eq!(export.lines().count(), found, "{filter}");
    }
    for wrong in ["range=never", "min=long", "device=fridge", "from=2026-02-31&to=2026-03-01", "after=x"] {
        app.get(&of_link(&app, &format!("analytics?{wrong}"))).await.refused(400, "invalid_field");
    }
}

#[tokio::test]
async fn archived_visit_is_in_no_number_until_taken_back() {
    let app = app_with_visits().await;
    let views = async || {
        json_of(&app, &of_link(&app, "analytics")).await["report"]["numbers"]["views"]["value"].take()
    };
    let id = app.visits().await[0].id;
    let path = of_link(&app, &format!("visits/{id}"));
    for (archived, left) in [(true, 2), (true, 2), (false, 3)] {
        app.send(Method::PATCH, &path, json!({ "archived": archived }).to_string()).await.ok();
        assert_eq!(views().await, left);
        let shown = app.snapshot().await.metrics;
        let of_widget = [shown.total_views, shown.views_today, shown.views_this_week, shown.views_this_month];
        assert_eq!(of_widget, [left; 4]);
        assert_eq!(json_of(&app, &path).await["listed"]["visit"]["archived"], archived);
    }
    let missing = of_link(&app, "visits/1-0");
    app.send(Method::PATCH, &missing, json!({ "archived": true }).to_string())
        .await
        .refused(404, "not_found");
    app.send(Method::PATCH, &path, json!({ "archived": "yes" }).to_string())
        .await
        .refused(400, "invalid_field");
}

#[tokio::test]
async fn erased_reader_leaves_no_trace() {
    let app = app_with_visits().await;
    app.join_with("later", json!({ "fingerprint": "mark-ann", "email": "other@example.com" })).await;
    app.leave("later").await;
    // The resume window keeps what a session would go on with.
    app.advance(11);
    app.join("someone").await;
    app.leave("someone").await;
    let visit =
        app.visits().await.into_iter().find(|visit| visit.email.as_deref() == Some("ann@example.com"));
    let path = of_link(&app, &format!("visits/{}/reader", visit.expect("a visit").id));
    let answer = app.send(Method::DELETE, &path, "").await.ok().json();
    assert_eq!(answer["erased"], 2, "by mark or by e-mail address");
    assert_eq!(app.visits().await.len(), 3);
    let name = ReaderName::of_text("mark-ann");
    for (key, value) in app.dump() {
        let value = String::from_utf8_lossy(&value);
        for trace in ["ann@example.com", "mark-ann", name.as_str(), "other@example.com"] {
            assert!(!value.contains(trace), "{trace} is still in {key}");
        }
    }
    app.send(Method::DELETE, &path, "").await.refused(404, "not_found");
}

#[tokio::test]
async fn visits_of_another_owner_do_not_exist() {
    let app = app_with_visits().await;
    let id = app.visits().await[0].id;
    let mut other = app.second_server();
    let email = format!("stranger-of-{}@b.c", app.link);
    let stranger = app.state.stores.accounts.add(&email, PASSWORD).await.expect("an owner").owner_id;
    other.api_key =
        app.state.stores.accounts.new_key(&stranger, "theirs", Default::default()).await.expect("a key").key;
    let before = app.dump();
    for path in [format!("visits/{id}"), "visits".to_owned(), "visits.csv".to_owned(), "analytics".to_owned()]
    {
        other.get(&of_link(&app, &path)).await.refused(404, "link_not_found");
    }
    let path = of_link(&app, &format!("visits/{id}"));
    other.send(Method::PATCH, &path, r#"{"archived":true}"#).await.refused(404, "link_not_found");
    other.send(Method::DELETE, &format!("{path}/reader"), "").await.refused(404, "link_not_found");
    assert_eq!(json_of(&other, "/api/visits").await["visits"], json!([]));
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn list_pages_by_cursor_without_drift() {
    let app = TestApp::new().await;
    let visit = async |name: String| {
        app.join_with(&name, json!({ "email": format!("{name}@b.c") })).await;
        app.leave(&name).await;
    };
    for number in 0..70 {
        visit(format!("r{number}")).await;
    }
    let first = json_of(&app, &of_link(&app, "visits")).await;
    visit("newcomer".to_owned()).await;
    let after = first["next"].as_str().expect("a cursor");
    let second = json_of(&app, &of_link(&app, &format!("visits?after={after}"))).await;
    let emails = |page: &Value| -> Vec<String> {
        let visits = page["visits"].as_array().expect("visits");
        visits.iter().map(|visit| visit["email"].as_str().expect("an e-mail").to_owned()).collect()
    };
    let all = [emails(&first), emails(&second)].concat();
    let expected: Vec<String> = (0..70).rev().map(|number| format!("r{number}@b.c")).collect();
    assert_eq!((all, &second["next"]), (expected, &Value::Null));
}

#[tokio::test]
async fn time_zone_is_noted_once_and_set_by_the_owner() {
    let app = TestApp::new().await;
    let zone = async || app.send(Method::POST, "/sfn/time_zone", "{}").await.ok().json();
    let note = async |name: &str| {
        app.send(Method::POST, "/sfn/note_time_zone", json!({ "zone": name }).to_string()).await
    };
    assert_eq!(zone().await, Value::Null);
    assert_eq!(note("Middle/Earth").await.status, 400);
    note("Europe/Berlin").await.ok();
    note("Asia/Tokyo").await.ok();
    assert_eq!(zone().await, "Europe/Berlin", "only the first time");
    assert_eq!(json_of(&app, &of_link(&app, "analytics")).await["report"]["zone"], "Europe/Berlin");
}

#[tokio::test]
async fn pages_show_visits_without_script() {
    let app = app_with_visits().await;
    let id = app.visits().await[0].id;
    for (path, shown) in [
        (format!("/dashboard/{}", app.link), "ann@example.com"),
        (format!("/documents/{}/analytics", app.document), "ann@example.com"),
        ("/analytics".to_owned(), "Twelve pages"),
        (format!("/links/{}/visits/{id}", app.link), "Erase this person"),
    ] {
        let html = app.get(&path).await.ok().text();
        assert!(html.contains(shown), "{path}: {html}");
        assert!(html.contains("/analytics/charts.css"), "{path}");
    }
    assert_eq!(app.get(&format!("/dashboard/{}?range=never", app.link)).await.status, 400);
    assert_eq!(app.get(&format!("/links/{}/visits/1-0", app.link)).await.status, 404);
}
