//! The grants of many links in one browser.

use serde_json::json;

use super::{Kind, answers};
use crate::support::{browser::Browser, test_app::TestApp};

/// The longest line of a request's head that nginx takes by default
/// ([large_client_header_buffers](https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers)).
const LONGEST_LINE: usize = 8_000;
/// The most cookies that a browser keeps of a site, whichever browser.
const COOKIES_KEPT: usize = 150;

#[tokio::test]
async fn two_hundred_gates_a_day_fit_the_headers() {
    let app = TestApp::new().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let mut links = Vec::new();
    for _ in 0..200 {
        let link = Kind::EmailRequired.make_link(&app).await;
        let mut visitor = browser.clone();
        visitor.call("pass_gate", &answers(&link)).await.ok();
        browser = visitor;
        for address in [
            "/sfn/pass_gate".to_owned(),
            format!("/v/{link}"),
            format!("/v/{link}/pages/1"),
            format!("/api/links/{link}/outline"),
            format!("/api/send/realtime/{link}"),
        ] {
            let sent = browser.cookie_header(&address);
            assert!(sent.len() < LONGEST_LINE, "{address}: {} bytes", sent.len());
        }
        links.push(link);
    }
    assert!(browser.cookies.len() < COOKIES_KEPT, "{} cookies", browser.cookies.len());
    // Signed out, the browser is a visitor.
    browser.call("sign_out", "").await.ok();
    let (dropped, kept) = links.split_at(160);
    for (links, status) in [(kept, 200), (dropped, 403)] {
        for link in links {
            assert_eq!(browser.get(&format!("/v/{link}/pages/1")).await.status, status, "{link}");
        }
    }
    let link = &kept[0];
    browser.get(&format!("/api/links/{link}/pages/1/text")).await.ok();
    browser.act(link, "join", json!({})).await.ok();
}
