//! Fields that come twice, fields that are not the sender's to set, and headers that tell too much.

use axum::http::Method;
use serde_json::json;

use crate::support::{
    browser::Browser,
    test_app::{PASSWORD, TestApp},
};

#[tokio::test]
async fn field_that_comes_twice_is_refused() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let before = app.snapshot().await;
    let email = sightline::model::address::encode(&app.owner.email);
    let password = sightline::model::address::encode(PASSWORD);
    let reply = app.get(&format!("{}?limit=1&limit=2", app.api())).await;
    assert_eq!(reply.status, 400, "{reply}");
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    for (function, fields) in [
        ("sign_in", format!("email={email}&email=a%40b.c&password={password}")),
        ("sign_in", format!("email={email}&password={password}&password=other")),
        ("rename_document", format!("document_id={}&title=one&title=two", app.document)),
        ("change_link", format!("link_id={}&link_id=other&settings[enabled]=on", app.link)),
    ] {
        let reply = owner.call(function, &fields).await;
        assert_eq!(reply.status, 400, "{function} {fields}: {reply}");
    }
    assert_eq!(app.snapshot().await.active_viewers.len(), before.active_viewers.len());
    let title = app.state.stores.catalogue.document(&app.document).await.expect("a document").title;
    assert_eq!(title, "Twelve pages");
}

#[tokio::test]
async fn fields_of_the_server_cannot_be_sent() {
    let app = TestApp::new().await;
    let other = app.state.stores.accounts.add("thief@example.org", PASSWORD).await;
    // The name is shared by all tests on this Redis.
    let thief = match other {
        Ok(owner) => owner.owner_id,
        Err(_) => {
            app.state.stores.accounts.find("thief@example.org").await.expect("Redis").expect("one").owner_id
        }
    };
    let thief = thief.as_str();
    let (document, link) = (format!("/api/documents/{}", app.document), format!("/api/links/{}", app.link));
    for (path, body) in [
        (
            &document,
            json!({ "title": "Mine", "owner": thief, "ownerId": thief, "pageCount": 1, "createdAt": 0 }),
        ),
        (
            &link,
            json!({ "label": "Mine", "owner": thief, "documentId": "other", "linkId": "other", "views": 9 }),
        ),
    ] {
        let reply = app.send(Method::PATCH, path, body.to_string()).await;
        assert!([200, 400].contains(&reply.status), "{path}: {reply}");
    }
    let kept = app.state.stores.catalogue.link(&app.link).await.expect("a link");
    assert_eq!(kept.document.owner.as_ref(), Some(&app.owner.owner_id));
    assert_eq!((&kept.document.id, kept.document.file.pages.len()), (&app.document, 12));
    assert_eq!(app.snapshot().await.metrics.total_views, 0);
}

#[tokio::test]
async fn answers_do_not_tell_what_serves_them() {
    let app = TestApp::new().await;
    let page = format!("/v/{}", app.link);
    for path in
        [page.as_str(), "/sign-in", "/nothing", "/healthz", "/api/nothing", "/favicon.svg", &app.api()]
    {
        let mut browser = Browser::new(&app).with_header("origin", "https://other.example");
        let reply = browser.get(path).await;
        for name in ["server", "x-powered-by", "via", "access-control-allow-origin"] {
            assert!(!reply.headers.contains_key(name), "{path}: {name}");
        }
    }
}
