//! What owners set for mails about visits of all their links, by programs.

use axum::http::Method;
use serde_json::{Value, json};

use super::{app_with_mail, visits::subjects};
use crate::support::{reply::Reply, test_app::TestApp};

const PATH: &str = "/api/notices/mails";

async fn change(app: &TestApp, body: Value) -> Reply {
    app.send(Method::PATCH, PATH, body.to_string()).await
}

async fn settings(app: &TestApp) -> Value {
    app.get(PATH).await.ok().json()["mails"].take()
}

#[tokio::test]
async fn settings_change_one_by_one() {
    let (app, smtp) = app_with_mail().await;
    assert_eq!(settings(&app).await, json!({ "on": true, "newLinks": "first" }));
    for (body, then) in [
        (json!({ "newLinks": "daily" }), json!({ "on": true, "newLinks": "daily" })),
        (json!({ "on": false }), json!({ "on": false, "newLinks": "daily" })),
        (json!({}), json!({ "on": false, "newLinks": "daily" })),
        (json!({ "on": true, "newLinks": "every" }), json!({ "on": true, "newLinks": "every" })),
        (json!({ "on": false, "newLinks": "first" }), json!({ "on": false, "newLinks": "first" })),
    ] {
        assert_eq!(change(&app, body.clone()).await.ok().json()["mails"], then, "{body}");
        assert_eq!(settings(&app).await, then, "{body}");
    }
    app.visit(1, "ada@example.org").await;
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp), [""; 0], "they are off");
    change(&app, json!({ "on": true })).await.ok();
    app.visit(2, "bob@example.org").await;
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp), ["bob@example.org opened Twelve pages"]);
    let events = app.get("/api/account/events").await.ok().json();
    assert_eq!(
        (&events["events"][0]["action"], &events["events"][0]["about"]),
        (&json!("mails_changed"), &json!("on, new links: first"))
    );
}

#[tokio::test]
async fn wrong_settings_change_nothing() {
    let (app, _smtp) = app_with_mail().await;
    for (body, field) in [
        (json!({ "on": false, "newLinks": "always" }), "newLinks"),
        (json!({ "on": "no" }), "on"),
        (json!({ "on": 0 }), "on"),
    ] {
        let said = change(&app, body.clone()).await.refused(400, "invalid_field");
        assert!(said.contains(field), "{body}: {said}");
    }
    assert_eq!(settings(&app).await, json!({ "on": true, "newLinks": "first" }));
    let without = TestApp::new().await;
    without.get(PATH).await.refused(403, "forbidden");
    change(&without, json!({ "on": false })).await.refused(403, "forbidden");
}
