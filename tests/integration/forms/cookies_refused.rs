//! A browser that refuses cookies is told so, where a form is useless without one.

use crate::support::{
    browser::Browser,
    test_app::{PASSWORD, TestApp},
};

const SENTENCE: &str = "Your browser refused the cookie";

/// Sends a form, follows its redirects without keeping a cookie, and returns the last address and page.
async fn without_cookies(app: &TestApp, function: &str, fields: &str) -> (String, String) {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
    let path = format!("/sfn/{function}");
    let reply = Browser::new(app).send("POST", &path, &headers, fields.to_owned()).await;
    let address = reply.header("location").to_owned();
    let page = Browser::new(app).get(&address).await;
    assert_eq!(page.header("location"), "", "{page}");
    (address, page.text())
}

async fn password_link(app: &TestApp) -> String {
    let mut owner = Browser::signed_in(app, &app.owner.owner_id).await;
    let fields = "settings[enabled]=on&settings[password]=open+sesame";
    owner.form("change_link", &format!("link_id={}&{fields}", app.link)).await;
    format!("link_id={}", app.link)
}

#[tokio::test]
async fn gate_and_sign_in_say_that_cookies_are_refused() {
    let app = TestApp::new().await;
    let link = password_link(&app).await;
    let email = app.owner.email.replace('@', "%40");
    let password = PASSWORD.replace(' ', "+");
    for (function, fields, address) in [
        ("pass_gate", format!("{link}&password=open+sesame"), format!("/v/{}?cookie-check", app.link)),
        ("pass_gate", format!("{link}&password=wrong"), format!("/v/{}?cookie-check", app.link)),
        ("sign_in", format!("email={email}&password={password}"), "/?cookie-check".to_owned()),
        ("sign_in", format!("email={email}&password=wrong"), "/sign-in?next=%2F&cookie-check".to_owned()),
    ] {
        let (at, html) = without_cookies(&app, function, &fields).await;
        assert!(html.contains(SENTENCE) && html.contains("<form"), "{function} {fields}: {html}");
        assert_eq!(at, address, "{function} {fields}");
    }
}

#[tokio::test]
async fn set_up_says_that_cookies_are_refused() {
    let app = TestApp::with_own_redis().await;
    app.state.stores.accounts.remove(&app.owner.owner_id).await.expect("it goes");
    let token = app.state.stores.accounts.offer_setup().await.expect("Redis answers").expect("no owner");
    let fields = format!("token={token}&email=a%40b.c&password=short");
    let (_, html) = without_cookies(&app, "set_up", &fields).await;
    assert!(html.contains(SENTENCE), "{html}");
}

#[tokio::test]
async fn cookie_check_leaves_no_trace_where_cookies_are_kept() {
    let app = TestApp::new().await;
    let link = password_link(&app).await;
    let page = format!("/v/{}", app.link);
    let mut browser = Browser::new(&app);
    assert!(!browser.get(&page).await.ok().text().contains(SENTENCE));
    for (password, shown) in [("wrong", "The password is wrong."), ("open+sesame", "Twelve pages")] {
        let reply = browser.form("pass_gate", &format!("{link}&password={password}")).await;
        assert_eq!((reply.status, reply.header("location")), (302, &*page));
        let html = browser.get(&page).await.ok().text();
        assert!(html.contains(shown) && !html.contains(SENTENCE), "{html}");
    }
}

#[tokio::test]
async fn cookie_check_never_leads_to_another_site() {
    let app = TestApp::new().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    for path in ["//evil.example?cookie-check", "/%2Fevil.example?cookie-check&a=b"] {
        let reply = browser.get(path).await;
        let location = reply.header("location");
        assert!(!location.starts_with("//") && !location.contains("://"), "{path}: {location}");
    }
}
