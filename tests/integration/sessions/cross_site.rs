//! Requests that another site's page makes in the name of an owner or visitor.

use serde_json::json;

use crate::{
    authorization::routes::{Content, rows},
    support::{browser::Browser, test_app::TestApp},
};

/// The headers of browsers for a request from another site's page.
const CROSS_SITE: [&[(&str, &str)]; 4] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://evil.read.example")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
];
const SAME_ORIGIN: [&[(&str, &str)]; 3] = [
    &[("sec-fetch-site", "same-origin"), ("origin", "https://read.example")],
    &[("origin", "https://read.example")],
    &[("sec-fetch-site", "none")],
];

/// Every request that could change something: method, path, content type, body.
fn changes(app: &TestApp) -> Vec<(&'static str, String, &'static str, String)> {
    let fill_in = |text: &str| {
        text.replace("{document}", app.document.as_str())
            .replace("{link}", app.link.as_str())
            .replace("{key}", "no-such-key")
    };
    let rows = rows().into_iter().filter(|row| row.method != "GET");
    rows.map(|row| {
        let (kind, body) = match row.content {
            Content::Json(text) => ("application/json", fill_in(text)),
            Content::Form(text) => ("application/x-www-form-urlencoded", fill_in(text)),
            Content::File | Content::Nothing => ("text/plain", String::new()),
        };
        (row.method, fill_in(row.path) + row.query, kind, body)
    })
    .collect()
}

/// The app's records in Redis, except sessions, whose expiry moves with use.
async fn stored_state(app: &TestApp) -> String {
    let document = app.state.stores.catalogue.document(&app.document).await;
    let documents = app.state.stores.catalogue.documents_of(Some(&app.owner.owner_id)).await;
    let keys = app.state.stores.accounts.keys(&app.owner.owner_id).await;
    let link = app.state.stores.catalogue.link(&app.link).await;
    format!("{document:?} {documents:?} {keys:?} {link:?} {:?}", app.dump())
}

#[tokio::test]
async fn cross_site_changes_are_refused() {
    let app = TestApp::new().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await.with_header("host", "read.example");
    let before = stored_state(&app).await;
    let changes = changes(&app);
    assert!(changes.len() > 30, "every route that changes something");
    for (method, path, kind, body) in changes {
        for headers in CROSS_SITE {
            let headers = [headers, &[("content-type", kind), ("accept", "text/html")]].concat();
            let reply = owner.send(method, &path, &headers, body.clone()).await;
            reply.refused(403, "cross_site");
            assert!(reply.headers.get("set-cookie").is_none(), "{method} {path}");
        }
    }
    assert_eq!(stored_state(&app).await, before);
    assert_eq!(owner.get("/").await.status, 200, "the session has not ended");
}

#[tokio::test]
async fn same_origin_changes_are_allowed() {
    let app = TestApp::new().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await.with_header("host", "read.example");
    let path = format!("/api/documents/{}", app.document);
    for (number, headers) in SAME_ORIGIN.into_iter().enumerate() {
        let title = format!("{{\"title\":\"Title {number}\"}}");
        let reply = owner.send("PATCH", &path, headers, title).await.ok();
        assert_eq!(reply.json()["document"]["title"], format!("Title {number}"));
    }
    for (method, path, kind, body) in changes(&app) {
        for headers in SAME_ORIGIN {
            let headers = [headers, &[("content-type", kind)]].concat();
            let mut owner =
                Browser::signed_in(&app, &app.owner.owner_id).await.with_header("host", "read.example");
            let reply = owner.send(method, &path, &headers, body.clone()).await;
            assert!(!reply.text().contains("cross_site"), "{method} {path}: {reply}");
            assert!(!reply.text().contains("CrossSite"), "{method} {path}: {reply}");
        }
    }
}

#[tokio::test]
async fn other_sites_may_link_to_pages() {
    let app = TestApp::new().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    for path in ["/".to_owned(), format!("/v/{}", app.link), format!("/dashboard/{}", app.link)] {
        let headers = [("sec-fetch-site", "cross-site"), ("accept", "text/html")];
        owner.send("GET", &path, &headers, "").await.ok();
    }
}

/// A browser over plain http, behind a proxy that asks for `app:3000`.
fn behind_proxy<'a>(app: &'a TestApp, more: &[(&'static str, &str)]) -> Browser<'a> {
    let page = format!("http://read.example/v/{}", app.link);
    let browser = Browser::new(app)
        .with_header("host", "app:3000")
        .with_header("origin", "http://read.example")
        .with_header("referer", page)
        .with_header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    more.iter().fold(browser, |browser, (name, value)| browser.with_header(name, *value))
}

#[tokio::test]
async fn forwarded_host_of_a_trusted_proxy_is_believed() {
    let trusted = TestApp::with_config(|config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")]
    });
    let (trusted, untrusted) = (trusted.await, TestApp::new().await);
    let forwarded = [("x-forwarded-host", "read.example"), ("x-forwarded-for", "192.0.2.7")];
    behind_proxy(&trusted, &forwarded).act(&trusted.link, "join", json!({})).await.ok();
    let evil = [("x-forwarded-host", "other.example"), ("x-forwarded-for", "192.0.2.7")];
    behind_proxy(&trusted, &evil).act(&trusted.link, "join", json!({})).await.refused(403, "cross_site");
    let refused = behind_proxy(&untrusted, &forwarded).act(&untrusted.link, "join", json!({})).await;
    refused.refused(403, "cross_site");
}

#[tokio::test]
async fn owner_is_told_of_visits_refused_by_mistake() {
    let app = TestApp::new().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let told = "Visits are being refused";
    let evil = [("referer", "http://evil.example/v/x"), ("origin", "http://evil.example")];
    Browser::new(&app)
        .with_header("host", "app:3000")
        .send("POST", &app.api(), &evil, "")
        .await
        .refused(403, "cross_site");
    assert!(!owner.get("/").await.ok().text().contains(told));
    behind_proxy(&app, &[]).act(&app.link, "join", json!({})).await.refused(403, "cross_site");
    let html = owner.get("/").await.ok().text();
    for part in [told, "read.example", "app:3000", "SIGHTLINE_PUBLIC_URL"] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
}
