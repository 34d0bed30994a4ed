//! How visitors pass a gate, and what the owner learns of them.

use axum::http::Method;
use axum_extra::extract::cookie::{Cookie, SignedCookieJar};
use serde_json::json;

use super::{DAY, Grant, Kind, SECRET, answers, change, every_action, expected};
use crate::support::{
    browser::{Browser, error_of, set_cookies},
    test_app::TestApp,
};

#[tokio::test]
async fn forged_grant_does_not_open_the_gate() {
    let app = TestApp::new().await;
    let stranger = TestApp::new().await;
    let link = Kind::Password.make_link(&app).await;
    let mut passed = Browser::new(&app);
    passed.call("pass_gate", &answers(&link)).await.ok();
    let real = passed.cookie("sightline-grant-").expect("a grant").to_owned();
    let gate = app.state.stores.catalogue.link(&link).await.expect("the link").link.gate.clone();
    let foreign = sightline::server::http::cookies::set_grant(
        &stranger.cookie_key,
        &SignedCookieJar::new(stranger.cookie_key.clone()),
        &link,
        &sightline::server::services::gate::Grant {
            ends_at: app.now() + DAY,
            gate,
            email: None,
            is_verified: false,
        },
        false,
    );
    let mut strangers = Browser::new(&app);
    strangers.store_cookie(foreign[0].to_str().expect("text"));
    let foreign = strangers.cookie("sightline-grant-").expect("a grant").to_owned();
    let signed = decoded(&real);
    let (signature, text) = signed.split_at(SIGNATURE_LENGTH);
    let ends_at = app.now() + DAY;
    let longer = text.replace(&ends_at.to_string(), &(ends_at + DAY).to_string());
    assert_ne!(longer, text);
    for (what, value, status) in [
        ("nothing", String::new(), 403),
        ("no signature", text.to_owned(), 403),
        ("a longer life, no signature", longer.clone(), 403),
        ("a longer life, the old signature", format!("{signature}{longer}"), 403),
        ("a signature of zeros", format!("{}={text}", "A".repeat(SIGNATURE_LENGTH - 1)), 403),
        ("another server's signature", decoded(&foreign), 403),
        ("the real grant", signed.clone(), 200),
    ] {
        let mut browser = Browser::new(&app);
        browser.add_cookie(&format!("sightline-grant-{link}"), &encoded(&value), "/");
        let reply = browser.get(&format!("/v/{link}/pages/1")).await;
        assert_eq!(reply.status, status, "{what}: {reply}");
    }
}

#[tokio::test]
async fn page_of_the_address_survives_the_gate() {
    let app = TestApp::new().await;
    let link = Kind::Password.make_link(&app).await;
    let html = Browser::new(&app).get(&format!("/v/{link}?p=7")).await.text();
    assert!(html.contains(r#"name="page" value="7""#), "{html}");
    let form = format!("{}&page=7", answers(&link));
    let reply = Browser::new(&app).form("pass_gate", &form).await;
    assert_eq!(reply.header("location"), format!("/v/{link}?p=7"));
}

/// A signed cookie is its HMAC-SHA256 in base64, then its text; both are percent-encoded on the wire.
const SIGNATURE_LENGTH: usize = 44;

fn decoded(value: &str) -> String {
    let cookie = Cookie::parse_encoded(format!("name={value}")).expect("a cookie");
    cookie.value().to_owned()
}

fn encoded(value: &str) -> String {
    let cookie = Cookie::new("name", value).encoded().to_string();
    cookie.strip_prefix("name=").expect("its name").to_owned()
}

#[tokio::test]
async fn gate_requires_everything_it_asks_for() {
    let app = TestApp::new().await;
    for (kind, fields, code) in [
        (Kind::EmailRequired, "", "invalid_field"),
        (Kind::EmailRequired, "email=no-address", "invalid_field"),
        (Kind::EmailOptional, "email=no-address", "invalid_field"),
        (Kind::Password, "", "wrong_password"),
        (Kind::Password, "password=Open+Sesame", "wrong_password"),
        (Kind::Both, "email=a%40b.c", "wrong_password"),
        (Kind::Both, "password=open+sesame", "invalid_field"),
        (Kind::Both, "email=a%40b.c&password=wrong", "wrong_password"),
    ] {
        let link = kind.make_link(&app).await;
        let mut browser = Browser::new(&app);
        let reply = browser.call("pass_gate", &format!("link_id={link}&{fields}")).await;
        assert_eq!(error_of(&reply).code(), code, "{kind:?} {fields}: {reply}");
        assert!(browser.cookies.is_empty(), "{kind:?} {fields}");
    }
    for kind in [Kind::Expired, Kind::Off, Kind::Deleted] {
        let link = kind.make_link(&app).await;
        kind.close(&app, &link).await;
        let reply = Browser::new(&app).call("pass_gate", &answers(&link)).await;
        assert_eq!(reply.status, expected(kind, Grant::Missing, "html").0, "{kind:?}: {reply}");
    }
}

#[tokio::test]
async fn viewer_email_comes_only_from_the_gate() {
    let app = TestApp::new().await;
    let claimed = json!({ "email": "liar@example.com" });
    for (kind, given, seen) in [
        (Kind::EmailRequired, "reader@example.com", Some("reader@example.com")),
        (Kind::EmailOptional, "reader@example.com", Some("reader@example.com")),
        (Kind::EmailOptional, "", None),
        (Kind::Password, "reader@example.com", None),
    ] {
        let link = kind.make_link(&app).await;
        let mut browser = Browser::new(&app);
        browser.call("pass_gate", &format!("link_id={link}&email={given}&password=open+sesame")).await.ok();
        browser.act(&link, "join", claimed.clone()).await.ok();
        let api = format!("/api/send/realtime/{link}");
        let viewer = app.get(&api).await.ok().json()["activeViewers"][0].take();
        assert_eq!(viewer["email"].as_str(), seen, "{kind:?} {given:?}: {viewer}");
    }
}

#[tokio::test]
async fn passing_the_gate_alone_is_no_view() {
    let app = TestApp::new().await;
    let link = Kind::Both.make_link(&app).await;
    let api = format!("/api/send/realtime/{link}");
    let mut browser = Browser::new(&app);
    every_action(&mut browser, &link).await;
    browser.call("pass_gate", &format!("link_id={link}&email=a%40b.c&password=wrong")).await;
    browser.call("pass_gate", &answers(&link)).await.ok();
    browser.get(&format!("/v/{link}")).await.ok();
    let views = async || app.get(&api).await.ok().json()["metrics"]["totalViews"].as_u64();
    assert_eq!(views().await, Some(0));
    browser.act(&link, "join", json!({})).await.ok();
    assert_eq!(views().await, Some(1));
}

#[tokio::test]
async fn owner_bypasses_the_gate_uncounted() {
    let app = TestApp::new().await;
    for kind in [Kind::None, Kind::EmailRequired, Kind::Password, Kind::Both] {
        let link = kind.make_link(&app).await;
        for mut owner in
            [Browser::signed_in(&app, &app.owner.owner_id).await, Browser::new(&app).with_key(&app.api_key)]
        {
            let html = owner.get(&format!("/v/{link}")).await.ok().text();
            assert!(html.contains("Preview: not counted") && html.contains("Twelve pages"), "{kind:?}");
            owner.get(&format!("/v/{link}/pages/1")).await.ok();
            owner.get(&format!("/v/{link}/download")).await.ok();
            owner.act(&link, "join", json!({})).await.refused(403, "not_counted");
        }
        let numbers = app.get(&format!("/api/send/realtime/{link}")).await.ok().json();
        assert_eq!(numbers["metrics"]["totalViews"], 0, "{kind:?}");
    }
    // A link that is closed to visitors is closed to its owner as well.
    let link = Kind::Off.make_link(&app).await;
    Kind::Off.close(&app, &link).await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    assert_eq!(owner.get(&format!("/v/{link}")).await.status, 410);
}

#[tokio::test]
async fn other_owners_are_ordinary_visitors() {
    let app = TestApp::new().await;
    let name = format!("other-{}", app.owner.email);
    let other = app.state.stores.accounts.add(&name, "correct horse battery").await.expect("an owner");
    let link = Kind::Password.make_link(&app).await;
    let mut browser = Browser::signed_in(&app, &other.owner_id).await;
    browser.get(&format!("/v/{link}/pages/1")).await.refused(403, "gate_closed");
    browser.call("pass_gate", &answers(&link)).await.ok();
    let html = browser.get(&format!("/v/{link}")).await.ok().text();
    assert!(!html.contains("Preview: not counted"));
    browser.act(&link, "join", json!({})).await.ok();
}

#[tokio::test]
async fn download_needs_permission_and_returns_the_original() {
    let app = TestApp::new().await;
    let version =
        app.state.stores.catalogue.document(&app.document).await.expect("the document").file.version;
    let uploaded = app.data_dir().join("files").join(app.document.as_str()).join(version);
    let uploaded = std::fs::read(uploaded).expect("the file");
    let path = format!("/v/{}/download", app.link);
    let mut browser = Browser::new(&app);
    browser.get(&path).await.refused(403, "no_download");
    assert!(!browser.get(&format!("/v/{}", app.link)).await.ok().text().contains("/download"));
    change(&app, &app.link, json!({ "download": true })).await;
    let title = json!({ "title": "A \"b\"; filename=evil.exe \u{e4}/../\\" }).to_string();
    app.send(Method::PATCH, &format!("/api/documents/{}", app.document), title).await.ok();
    let reply = browser.get(&path).await.ok();
    assert!(reply.body == uploaded);
    assert_eq!(
        (reply.header("content-type"), reply.header("content-length").parse().ok()),
        ("application/pdf", Some(uploaded.len()))
    );
    let saved = reply.header("content-disposition");
    assert!(saved.starts_with("attachment; filename=\"A _b_; filename=evil.exe _/../_.pdf\""), "{saved}");
    assert!(saved.ends_with("filename*=UTF-8''A%20%22b%22%3B%20filename%3Devil.exe%20%C3%A4%2F..%2F%5C.pdf"));
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(browser.get(&format!("/v/{}", app.link)).await.ok().text().contains("/download"));
}

#[tokio::test]
async fn gate_form_works_without_script() {
    let app = TestApp::new().await;
    let link = Kind::Both.make_link(&app).await;
    let page = format!("/v/{link}");
    let mut browser = Browser::new(&app);
    let html = browser.get(&page).await.ok().text();
    for part in ["action=\"/sfn/pass_gate\"", "method=\"post\"", "name=\"email\"", "name=\"password\""] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let wrong = format!("link_id={link}&email=a%40b.c&password=wrong");
    let reply = browser.form("pass_gate", &wrong).await;
    assert_eq!((reply.status, reply.header("location")), (302, &*page));
    assert!(!set_cookies(&reply.headers).iter().any(|cookie| cookie.contains("grant")), "{reply}");
    let html = browser.get(reply.header("location")).await.ok().text();
    assert!(html.contains("The password is wrong.") && html.contains("data-testid=\"gate\""));
    let reply = browser.form("pass_gate", &format!("link_id={link}&password=open+sesame")).await;
    assert_eq!(reply.header("location"), page);
    let reply = browser.form("pass_gate", &answers(&link)).await;
    assert_eq!((reply.status, reply.header("location")), (302, &*page));
    let set = set_cookies(&reply.headers);
    // The grant, for each path of the link, and the list of grants.
    assert_eq!(set.len(), 4, "{set:?}");
    for cookie in &set {
        for flag in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=86400"] {
            assert!(cookie.contains(flag), "{flag} in {cookie}");
        }
        assert!(cookie.contains(link.as_str()) && !cookie.contains("Path=/;"), "{cookie}");
    }
    let html = browser.get(&page).await.ok().text();
    assert!(html.contains("Twelve pages") && !html.contains("data-testid=\"gate\""));
}

#[tokio::test]
async fn only_a_stricter_gate_asks_again() {
    let app = TestApp::new().await;
    let link = Kind::EmailRequired.make_link(&app).await;
    let page = format!("/v/{link}/pages/1");
    let mut browser = Browser::new(&app);
    browser.call("pass_gate", &answers(&link)).await.ok();
    for harmless in [json!({ "label": "x" }), json!({ "download": false }), json!({ "email": "required" })] {
        change(&app, &link, harmless.clone()).await;
        assert_eq!(browser.get(&page).await.status, 200, "{harmless}");
    }
    change(&app, &link, json!({ "password": SECRET })).await;
    browser.get(&page).await.refused(403, "gate_closed");
    change(&app, &link, json!({ "password": null, "email": "none" })).await;
    browser.get(&page).await.ok();
}
