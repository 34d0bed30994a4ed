//! Stopping mails by the address in one of them: at once by a program of mail, and on a page by a person.

use serde_json::json;

use super::{app_with_mail, visits::subjects};
use crate::support::{browser::Browser, smtp::SmtpServer, test_app::TestApp};

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
const FORM: &str = "application/x-www-form-urlencoded";
/// What the server writes around text that a program might change.
const MARKER: &str = "<!>";

/// An app that has sent a mail, and the path in its header.
async fn app_with_address() -> (TestApp, SmtpServer, String) {
    let (app, smtp) = app_with_mail().await;
    app.mail_me("every").await;
    app.visit(1, "ada@example.org").await;
    app.tell_by_mail().await;
    let path = stop_path(&smtp).await;
    (app, smtp, path)
}

async fn stop_path(smtp: &SmtpServer) -> String {
    let mail = smtp.next().await;
    let header = mail.message().header_raw("List-Unsubscribe").unwrap_or_default().trim().to_owned();
    let address = header.trim_matches(['<', '>']);
    address.strip_prefix("http://read.example").unwrap_or_else(|| panic!("{address}")).to_owned()
}

async fn setting(app: &TestApp) -> String {
    let link = app.send(axum::http::Method::GET, &format!("/api/links/{}", app.link), "").await.json();
    link["link"]["mail"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn one_click_stops_its_link_only() {
    let (app, smtp, path) = app_with_address().await;
    // As mail services send it: from no page, without a cookie.
    let reply = Browser::new(&app).send("POST", &path, &[("content-type", FORM)], ONE_CLICK).await;
    assert_eq!((reply.status, reply.header("location")), (200, ""), "{reply}");
    assert_eq!(setting(&app).await, "off");
    app.visit(2, "bob@example.org").await;
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp).len(), 1);
    let other =
        app.send(axum::http::Method::POST, &format!("/api/documents/{}/links", app.document), "{}").await;
    let other = other.json()["link"]["linkId"].as_str().expect("a link").parse().expect("a link id");
    Browser::new(&app).act(&other, "join", json!({ "email": "cleo@example.org" })).await.ok();
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp).len(), 2, "another link goes on");
    // As one of several parts, and again.
    let parts =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    assert_eq!(Browser::new(&app).send("POST", &path, &headers, parts).await.status, 200);
}

#[tokio::test]
async fn nothing_else_stops_mails() {
    let (app, _smtp, path) = app_with_address().await;
    let changed = format!("{}x", &path[..path.len() - 1]);
    for (method, path, headers, body, status) in [
        ("GET", &path, &[][..], "", 200),
        ("HEAD", &path, &[], "", 200),
        ("POST", &path, &[("origin", "https://evil.example")], ONE_CLICK, 403),
        ("POST", &path, &[("sec-fetch-site", "cross-site")], ONE_CLICK, 403),
        ("POST", &path, &[("origin", "null")], ONE_CLICK, 403),
        ("POST", &path, &[], "", 400),
        ("POST", &path, &[], "confirm=yes", 400),
        ("POST", &changed, &[], ONE_CLICK, 404),
        ("PUT", &path, &[], ONE_CLICK, 405),
    ] {
        let reply = Browser::new(&app).send(method, path, headers, body).await;
        assert_eq!(reply.status, status, "{method} {path} {headers:?} {body}: {reply}");
        assert_eq!(setting(&app).await, "every", "{method} {path} {headers:?} {body}");
    }
}

#[tokio::test]
async fn page_offers_this_link_and_all() {
    let (app, smtp, path) = app_with_address().await;
    let token = path.strip_prefix("/stop-mails/").expect("a token").to_owned();
    let mut browser = Browser::new(&app);
    let page = browser.get(&path).await.ok().text().replace(MARKER, "");
    for part in
        ["Stop mails about this link", "Stop mails about all my links", "<bdi>Twelve pages</bdi>", "noindex"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    let reply = browser.form("stop_mails", &format!("token={token}&all=")).await;
    assert_eq!((reply.status, reply.header("location")), (302, &*path), "{reply}");
    let page = browser.get(&path).await.ok().text().replace(MARKER, "");
    assert!(page.contains("Stopped.") && page.contains(&format!("href=\"/links/{}\"", app.link)), "{page}");
    assert!(
        !page.contains("Stop mails about this link") && page.contains("Stop mails about all my links"),
        "{page}"
    );
    assert_eq!(setting(&app).await, "off");
    browser.form("stop_mails", &format!("token={token}&all=on")).await;
    let page = browser.get(&path).await.ok().text().replace(MARKER, "");
    assert!(
        page.contains("href=\"/settings/notices\"") && !page.contains("Stop mails about all my links"),
        "{page}"
    );
    // What the links say waits until mails are switched on again.
    app.mail_me("every").await;
    app.visit(2, "bob@example.org").await;
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp).len(), 1);
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let html = owner.get("/settings/notices").await.ok().text();
    assert!(html.contains("name=\"on\"") && !html.contains("name=\"on\" checked"), "{html}");
    owner.form("set_mails", "on=on&new_links=first").await;
    app.visit(3, "cleo@example.org").await;
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp).len(), 2);
    let events = app.state.stores.accounts.events(&app.owner.owner_id, 10).await.expect("events");
    let told: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
    assert!(told.contains(&"mails_changed") && told.contains(&"link_changed"), "{told:?}");
}

#[tokio::test]
async fn address_in_a_digest_stops_all() {
    let (app, smtp) = app_with_mail().await;
    app.mail_me("daily").await;
    app.join("s1").await;
    app.leave("s1").await;
    app.tell_by_mail().await;
    app.advance(20 * 60);
    app.tell_by_mail().await;
    let path = stop_path(&smtp).await;
    Browser::new(&app).send("POST", &path, &[], ONE_CLICK).await.ok();
    assert_eq!(setting(&app).await, "daily", "the link waits");
    app.join("s2").await;
    app.tell_by_mail().await;
    app.advance(24 * 60);
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp).len(), 1);
}

#[tokio::test]
async fn address_of_a_gone_owner_is_not_valid() {
    let (app, _smtp, path) = app_with_address().await;
    app.state.stores.accounts.remove(&app.owner.owner_id).await.expect("they are removed");
    assert_eq!(Browser::new(&app).send("POST", &path, &[], ONE_CLICK).await.status, 404);
    let page = Browser::new(&app).get(&path).await;
    assert!(page.status == 404 && page.text().contains("This link is not valid"), "{page}");
}
