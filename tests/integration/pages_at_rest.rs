//! What browsers keep of pages, and for how long they may show it.

use axum::http::Method;
use serde_json::json;
use sightline::model::address;

use crate::support::{browser::Browser, test_app::TestApp};

#[tokio::test]
async fn owner_pages_are_not_kept_and_sign_out_clears() {
    let app = TestApp::new().await;
    for function in ["sign_out", "sign_out_everywhere"] {
        let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
        for path in [
            address::HOME.to_owned(),
            address::SETTINGS.to_owned(),
            address::ANALYTICS.to_owned(),
            address::document(&app.document),
            address::link(&app.link),
            address::dashboard(&app.link),
        ] {
            assert_eq!(browser.get(&path).await.ok().header("cache-control"), "no-store", "{path}");
        }
        let page = browser.get(&address::viewer(&app.link)).await.ok();
        assert_eq!(page.header("cache-control"), "private, no-cache", "readers may go back");
        let signed_out = browser.form(function, "").await;
        assert_eq!(signed_out.header("clear-site-data"), "\"cache\"", "{function}: {signed_out}");
    }
}

#[tokio::test]
async fn browser_is_told_to_stay_on_https() {
    let proxied = TestApp::with_config(|config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    });
    let proxied = proxied.await;
    let public =
        TestApp::with_config(|config| config.public_url = Some("https://read.example".to_owned())).await;
    for (app, proto, expected) in [
        (&proxied, "https", "max-age=31536000"),
        (&proxied, "http", ""),
        (&public, "http", "max-age=31536000"),
    ] {
        for path in [address::viewer(&app.link), "/api/nothing".to_owned(), "/robots.txt".to_owned()] {
            let mut browser = Browser::new(app).with_header("x-forwarded-proto", proto);
            let answer = browser.get(&path).await;
            assert_eq!(answer.header("strict-transport-security"), expected, "{proto} {path}");
        }
    }
}

/// A browser that keeps pictures asks again before it shows one from behind a gate.
#[tokio::test]
async fn picture_behind_a_gate_is_asked_for_again() {
    let app = TestApp::new().await;
    let version = app.state.stores.catalogue.document(&app.document).await.expect("it is there").file.version;
    let paths = [
        format!("/v/{}/pages/1?v={version}", app.link),
        format!("/api/links/{}/pages/1/text?v={version}", app.link),
        format!("/api/links/{}/outline?v={version}", app.link),
    ];
    let mut reader = Browser::new(&app);
    for path in &paths {
        assert!(reader.get(path).await.ok().header("cache-control").contains("immutable"), "{path}: no gate");
    }
    let link = format!("/api/links/{}", app.link);
    let change = async |change: serde_json::Value| {
        app.send(Method::PATCH, &link, change.to_string()).await.ok();
    };
    change(json!({ "password": "open sesame" })).await;
    let form = format!("link_id={}&password=open+sesame", app.link);
    reader.call("pass_gate", &form).await.ok();
    let mut tags = Vec::new();
    for path in &paths {
        let answer = reader.get(path).await.ok();
        assert_eq!(answer.header("cache-control"), "private, no-cache", "{path}");
        let tag = answer.header("etag").to_owned();
        let again = reader.send("GET", path, &[("if-none-match", &tag), ("accept", "*/*")], "").await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{path}");
        tags.push(tag);
    }
    for (what, status) in [
        (json!({ "enabled": false }), 410),
        (json!({ "enabled": true, "expiresAt": 1 }), 410),
        (json!({ "expiresAt": null, "password": "another one" }), 403),
    ] {
        change(what.clone()).await;
        for (path, tag) in paths.iter().zip(&tags) {
            let again = reader.send("GET", path, &[("if-none-match", tag)], "").await;
            assert_eq!(again.status, status, "{what} {path}: {again}");
        }
    }
}

#[tokio::test]
async fn filtered_requests_are_limited_like_joins() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    let mut preview = Browser::new(&app).with_header("user-agent", "Slackbot-LinkExpanding 1.0");
    let filtered = async || app.snapshot().await.filtered;
    preview.get(&address::viewer(&app.link)).await.ok();
    assert_eq!(filtered().await, 1);
    // One join is free again every 50 ms: a preview right behind a refused join is not counted, unless that time lies
    // between them.
    for _ in 0..20 {
        while app.act("join", "s1", json!({})).await.status != 429 {}
        let before = filtered().await;
        while app.act("join", "s1", json!({})).await.status != 429 {}
        preview.get(&address::viewer(&app.link)).await.ok();
        if filtered().await == before {
            return;
        }
    }
    panic!("every preview is counted");
}
