//! What API keys may do, and for how long.

use serde_json::json;
use sightline::model::{KeyRights, KeyScope};

use super::{read, signed_in};
use crate::support::{
    browser::{Browser, error_of, set_cookies},
    test_app::TestApp,
};

const DAY: i64 = 24 * 60 * 60 * 1_000;

async fn key(app: &TestApp, scope: KeyScope) -> String {
    let rights = KeyRights { scope, expires_at: None };
    let made = app.state.stores.accounts.new_key(&app.owner.owner_id, scope.as_str(), rights).await;
    made.expect("a key").key
}

#[tokio::test]
async fn scope_bounds_what_a_key_may_do() {
    let app = TestApp::new().await;
    let (document, link) = (format!("/api/documents/{}", app.document), format!("/api/links/{}", app.link));
    for scope in KeyScope::ALL {
        let mut program = Browser::new(&app).with_key(&key(&app, scope).await);
        for path in ["/api/documents", &document, &link, &app.api(), "/api/visits", "/api/account/events"] {
            program.json("GET", path, &json!({})).await.ok();
        }
        assert_eq!(program.stream("/api/documents/events").await.0, 200, "{scope:?}");
        for (path, body) in
            [(&document, json!({ "title": "Another" })), (&link, json!({ "label": "Another" }))]
        {
            let reply = program.json("PATCH", path, &body).await;
            if scope == KeyScope::Read {
                reply.refused(403, "forbidden");
            } else {
                reply.ok();
            }
        }
        for (function, fields) in [
            ("new_api_key", "label=another"),
            ("set_time_zone", "zone=UTC"),
            ("change_password", "old=wrong&new=turquoise+ladder+seven"),
        ] {
            let reply = program.call(function, fields).await;
            let is_allowed =
                scope == KeyScope::Manage || (scope, function) == (KeyScope::Write, "set_time_zone");
            let expected = match (is_allowed, function) {
                (false, _) => (403, "forbidden"),
                (true, "change_password") => (403, "wrong_password"),
                (true, _) => (200, ""),
            };
            let code = if reply.status == 200 { "" } else { error_of(&reply).code() };
            assert_eq!((reply.status, code), expected, "{scope:?} {function}");
        }
        let export = program.json("GET", "/api/account", &json!({})).await.status;
        assert_eq!(export, if scope == KeyScope::Manage { 200 } else { 403 }, "{scope:?}");
    }
}

#[tokio::test]
async fn expired_key_is_refused() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let made = owner.call("new_api_key", "label=report&scope=read&days=30").await.ok().json();
    assert_eq!(
        (&made["listed"]["scope"], &made["listed"]["expiresAt"]),
        (&"read".into(), &(app.now() + 30 * DAY).into())
    );
    let mut program = Browser::new(&app).with_key(made["key"].as_str().expect("a key"));
    app.advance_ms(30 * DAY - 1);
    program.json("GET", "/api/documents", &json!({})).await.ok();
    app.advance_ms(1);
    program.json("GET", "/api/documents", &json!({})).await.refused(401, "wrong_api_key");
}

#[tokio::test]
async fn last_use_of_a_key_is_listed() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let mut program = Browser::new(&app).with_key(&app.api_key);
    let used = async |owner: &mut Browser<'_>| read(owner, "api_keys").await[0]["usedAt"].as_i64();
    assert_eq!(used(&mut owner).await, None);
    let began = app.now();
    for (minutes, noted) in [(0, began), (59, began), (1, began + 60 * 60_000)] {
        app.advance(minutes);
        program.json("GET", "/api/documents", &json!({})).await.ok();
        assert_eq!(used(&mut owner).await, Some(noted), "{minutes}");
    }
}

#[tokio::test]
async fn key_is_made_without_script_and_shown_once() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let reply = owner.form("new_api_key", "label=Nightly+report&scope=read&days=90").await;
    assert_eq!((reply.header("location"), reply.header("cache-control")), ("/settings", "no-store"));
    let set = set_cookies(&reply.headers).join("\n");
    let page = owner.get("/settings").await;
    assert_eq!(page.header("cache-control"), "no-store");
    let html = page.ok().text();
    let shown = html.split("data-testid=\"new-api-key\"").nth(1).expect("the key");
    let key = shown.split('>').nth(1).and_then(|rest| rest.split('<').next()).expect("a text").to_owned();
    assert!(key.starts_with("sl_") && key.len() == 55, "{key}");
    assert!(set.contains("flash-") && !set.contains(&key[3..]), "the cookie is encrypted: {set}");
    Browser::new(&app).with_key(&key).json("GET", "/api/documents", &json!({})).await.ok();
    let html = owner.get("/settings").await.ok().text();
    assert!(html.contains("Nightly report") && !html.contains(&key), "{html}");
}

#[tokio::test]
async fn key_of_an_earlier_version_changes_documents_only() {
    let app = TestApp::with_own_redis().await;
    let all: Vec<String> = app.redis.query("HKEYS send:api-keys:{accounts}");
    let _: u32 =
        app.redis.query(&format!("HSET send:api-keys:{{accounts}} {} {}", all[0], app.owner.owner_id));
    let mut program = Browser::new(&app).with_key(&app.api_key);
    program.json("PATCH", &format!("/api/links/{}", app.link), &json!({ "label": "x" })).await.ok();
    assert_eq!(program.call("new_api_key", "label=another").await.status, 403);
    let listed = read(&mut program, "api_keys").await;
    assert_eq!((&listed[0]["scope"], &listed[0]["usedAt"]), (&"write".into(), &app.now().into()));
}

#[tokio::test]
async fn wrong_rights_are_told_beside_their_field() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    for (fields, field) in [
        ("label=x&scope=all", "scope"),
        ("label=x&days=-1", "days"),
        ("label=x&days=4000", "days"),
        ("label=", "label"),
    ] {
        let reply = owner.call("new_api_key", fields).await;
        assert_eq!(reply.status, 400, "{fields}");
        assert!(reply.text().contains(field), "{fields}: {reply}");
    }
}
