//! The pages as the server sends them: complete, safe, and with the right status.

use axum::http::Method;
use serde_json::json;

use crate::support::{pdf::Pdf, reply::Reply, test_app::TestApp};

/// The value of an attribute in the first tag that contains `tag`.
fn attribute<'a>(html: &'a str, tag: &str, name: &str) -> Option<&'a str> {
    let tag = &html[html.find(tag)?..];
    let tag = &tag[..tag.find('>')?];
    let value = &tag[tag.find(&format!(" {name}=\""))? + name.len() + 3..];
    value.split('"').next()
}

/// The attributes of all tags of one name.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!("<{name}")).skip(1).map(|rest| rest.split('>').next().unwrap_or_default()).collect()
}

/// Fails unless a page has the security headers, its nonces, and no inline style or script.
fn assert_safe_page(reply: &Reply, what: &str) {
    assert!(reply.header("content-type").starts_with("text/html"), "{what}: {reply}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", if what.starts_with("/v/") { "private, no-cache" } else { "no-store" }),
    ] {
        assert_eq!(reply.header(name), value, "{what}: {name}");
    }
    assert!(reply.header("permissions-policy").contains("camera=()"), "{what}");
    let policy = reply.header("content-security-policy");
    for rule in ["default-src 'none'", "style-src 'self';", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{what}: {rule} is not in {policy:?}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next());
    let nonce = nonce.unwrap_or_else(|| panic!("{what}: no nonce in {policy}"));
    assert!(nonce.len() >= 16, "{what}: {nonce}");
    let html = reply.text();
    let scripts = tags(&html, "script");
    assert!(!scripts.is_empty(), "{what} has scripts");
    for script in scripts {
        assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{what}: <script{script}>");
    }
    assert!(!html.contains("<style") && !html.contains(" style="), "{what}: no inline style");
    assert!(!html.contains(" onclick=") && !html.contains("javascript:"), "{what}: no inline script");
}

#[tokio::test]
async fn every_page_has_its_status_and_nonce_policy() {
    let app = TestApp::new().await;
    for (path, status) in [
        ("/".to_owned(), 200),
        (format!("/v/{}", app.link), 200),
        (format!("/v/{}?p=3", app.link), 200),
        (format!("/v/{}?p=99999", app.link), 200),
        (format!("/v/{}?p=<script>", app.link), 200),
        (format!("/dashboard/{}", app.link), 200),
        ("/v/unknown".to_owned(), 404),
        ("/v/a%20b".to_owned(), 404),
        ("/v/%3Cscript".to_owned(), 404),
        (format!("/v/{}", "x".repeat(65)), 404),
        ("/dashboard/unknown".to_owned(), 404),
        ("/dashboard/%FFa".to_owned(), 404),
        ("/v/%FFa".to_owned(), 404),
        ("/v".to_owned(), 404),
        ("/dashboard".to_owned(), 404),
        ("/nothing/here".to_owned(), 404),
        ("/..%2fCargo.toml".to_owned(), 404),
    ] {
        let path = path.replace('<', "%3C").replace('>', "%3E");
        let reply = app.get(&path).await;
        assert_eq!(reply.status, status, "{path}: {reply}");
        assert_safe_page(&reply, &path);
    }
}

/// Each is what a program makes of an address in a text, or a person who types it.
#[tokio::test]
async fn damaged_addresses_lead_to_their_page() {
    let app = TestApp::new().await;
    for path in [
        format!("/v/{}", app.link),
        format!("/dashboard/{}", app.link),
        format!("/documents/{}", app.document),
        "/settings".to_owned(),
        "/robots.txt".to_owned(),
    ] {
        for junk in ["/", "//", ".", ",", ")", "%29.", "%3E", "%22", "%E2%80%9D", "%20", ";", "!", "*", "%0A"]
        {
            for query in ["", "?p=2"] {
                let damaged = format!("{path}{junk}{query}");
                let reply = app.get(&damaged).await;
                assert_eq!(reply.status, 308, "{damaged}: {reply}");
                assert_eq!(reply.header("location"), format!("{path}{query}"), "{damaged}");
            }
        }
        assert_eq!(app.get(&path).await.status, 200, "{path}");
    }
    let reply = app.get("//evil.example/").await;
    assert_eq!((reply.status, reply.header("location")), (308, "/"));
    let posted = app.send(Method::POST, &format!("/api/send/realtime/{}/", app.link), "{}").await;
    assert_ne!(posted.status, 308, "what changes something is not sent again");
}

#[tokio::test]
async fn nonce_differs_for_every_page() {
    let app = TestApp::new().await;
    let policy = async || app.get("/").await.header("content-security-policy").to_owned();
    assert_ne!(policy().await, policy().await);
}

#[tokio::test]
async fn first_page_is_readable_without_javascript() {
    let app = TestApp::new().await;
    let html = app.get(&format!("/v/{}", app.link)).await.ok().text();
    let pages = html.split("</template>").nth(2).expect("pages behind both templates");
    let picture = attribute(pages, "<img", "src").expect("a picture").replace("&amp;", "&");
    assert!(picture.starts_with(&format!("/v/{}/pages/1?v=", app.link)), "{picture}");
    assert_eq!(app.get(&picture).await.ok().header("content-type"), "image/png");
    assert!(html.contains("Twelve pages"));
}

#[tokio::test]
async fn fetching_a_page_is_no_view() {
    let app = TestApp::new().await;
    app.get(&format!("/v/{}", app.link)).await.ok();
    app.send(Method::HEAD, &format!("/v/{}", app.link), "").await;
    assert_eq!(app.snapshot().await.metrics.total_views, 0, "only a join counts a view");
}

#[tokio::test]
async fn dashboard_html_contains_its_numbers() {
    let app = TestApp::new().await;
    for n in 0..7 {
        app.join_with(
            &format!("s{n}"),
            json!({ "email": format!("reader{n}@example.com"), "currentPage": 3 }),
        )
        .await;
    }
    let html = app.get(&format!("/dashboard/{}", app.link)).await.ok().text();
    assert!(html.contains("Twelve pages"), "the title");
    assert!(html.contains(&format!("/v/{}", app.link)), "the link to copy");
    for id in
        ["realtime-widget", "live-badge", "metric-active-now", "metric-total-views", "metric-peak-viewers"]
    {
        assert!(html.contains(&format!(r#"data-testid="{id}""#)), "{id}");
    }
    for n in 2..7 {
        assert!(html.contains(&format!("reader{n}@example.com")), "reader {n} is one of the newest five");
    }
    let number = html.split(r#"data-testid="metric-total-views""#).nth(1).expect("a number");
    assert!(number.split('>').nth(1).is_some_and(|text| text.starts_with('7')), "{}", &number[..60]);
}

#[tokio::test]
async fn names_and_titles_are_escaped_on_every_page() {
    let app = TestApp::new().await;
    let evil = r#"</title><script>alert("1")</script><img src=x onerror=alert(1)>"#;
    let pdf = Pdf::with_box("[0 0 10 10]").bytes();
    let link = app.share_as(evil, pdf).await;
    let email = "<script>alert(2)</script>@example.com";
    let join = json!({ "action": "join", "sessionId": "s", "email": email }).to_string();
    app.send(Method::POST, &format!("/api/send/realtime/{link}"), join).await.ok();
    for path in ["/".to_owned(), format!("/v/{link}"), format!("/dashboard/{link}")] {
        let reply = app.get(&path).await.ok();
        let html = reply.text();
        assert_safe_page(&reply, &path);
        assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{path}: {html}");
        assert!(html.contains("alert("), "{path} shows it as text");
    }
}

#[tokio::test]
async fn without_redis_pages_show_errors_not_zeros() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.redis.stop();
    // Viewers can read on; the owner gets an error.
    app.get(&format!("/v/{}", app.link)).await.ok();
    app.get(&format!("/v/{}/pages/1", app.link)).await.ok();
    for path in ["/".to_owned(), format!("/dashboard/{}", app.link), format!("/documents/{}", app.document)] {
        let page = app.get(&path).await;
        assert_eq!(page.status, 503, "{page}");
        assert_safe_page(&page, &path);
        let html = page.text();
        assert!(html.contains("out of reach") && !html.contains("metric-total-views"), "{page}");
    }
}

#[tokio::test]
async fn only_public_files_are_served() {
    let app = TestApp::new().await;
    assert!(app.get("/favicon.svg").await.ok().header("content-type").starts_with("image/svg+xml"));
    assert_eq!(app.get("/robots.txt").await.ok().header("cache-control"), "no-cache");
    for path in ["/pkg/none.js", "/%2e%2e/Cargo.toml", "/pkg/..%2f..%2fCargo.toml", "/documents"] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn configured_windows_reach_the_browser() {
    let app = TestApp::with_config(|config| (config.inactive_after, config.resume_within) = (120, 0)).await;
    let html = app.get(&format!("/dashboard/{}", app.link)).await.ok().text();
    assert!(html.contains("active in the last 2 minutes") && !html.contains("5 minutes"), "{html}");
    let html = app.get(&format!("/v/{}", app.link)).await.ok().text();
    let props = html.replace("&quot;", "\"");
    assert!(props.contains(r#"{"inactiveAfter":120,"resumeWithin":0}"#), "{html}");
}
