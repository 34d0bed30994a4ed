//! The allow and block lists of a link: who is let in, and what is said to those who are not.

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::{EmailGate, LinkChange, LinkId};

use super::{change, make_link};
use crate::support::{
    browser::{Browser, error_of},
    redis_server::RedisServer,
    reply::Reply,
    test_app::TestApp,
};

fn entries(entries: &[&str]) -> Option<Vec<String>> {
    Some(entries.iter().map(|&entry| entry.to_owned()).collect())
}

async fn link_with(app: &TestApp, allow: &[&str], block: &[&str]) -> LinkId {
    let (allow, block) = (entries(allow), entries(block));
    make_link(app, LinkChange { email: Some(EmailGate::Required), allow, block, ..LinkChange::default() })
        .await
}

async fn give(browser: &mut Browser<'_>, link: &LinkId, email: &str) -> Reply {
    let email: String = email.bytes().map(|byte| format!("%{byte:02x}")).collect();
    browser.call("pass_gate", &format!("link_id={link}&email={email}&password=open+sesame")).await
}

#[tokio::test]
async fn only_listed_addresses_are_let_in() {
    let app = TestApp::new().await;
    let link =
        link_with(&app, &["ada@example.org", "example.com", "*.example.net"], &["eve@example.com"]).await;
    for (email, status) in [
        ("ada@example.org", 200),
        ("ADA@EXAMPLE.ORG", 200),
        ("bob@example.com", 200),
        ("bob@sub.example.net", 200),
        ("eve@example.com", 403),
        ("Eve+news@Example.com", 403),
        ("bob@example.org", 403),
        ("ada+x@example.org", 403),
        ("bob@example.net", 403),
        ("bob@sub.example.com", 403),
        ("bob@ex\u{430}mple.com", 403),
        ("bob@example.com.", 400),
        ("", 400),
    ] {
        let mut browser = Browser::new(&app);
        let reply = give(&mut browser, &link, email).await;
        assert_eq!(reply.status, status, "{email}: {reply}");
        let page = browser.get(&format!("/v/{link}/pages/1")).await;
        assert_eq!(page.status, if status == 200 { 200 } else { 403 }, "{email}");
    }
}

#[tokio::test]
async fn refusal_does_not_reveal_the_lists() {
    let app = TestApp::new().await;
    let link = link_with(&app, &["example.com"], &["eve@example.com"]).await;
    let mut said = Vec::new();
    for email in ["eve@example.com", "bob@example.org"] {
        let mut browser = Browser::new(&app);
        let fields = format!("link_id={link}&email={}", email.replace('@', "%40"));
        let reply = browser.form("pass_gate", &fields).await;
        assert_eq!(reply.status, 302, "{reply}");
        let html = browser.get(reply.header("location")).await.ok().text();
        let notice = html.split("id=\"email-problem\"").nth(1).expect("a problem beside the field");
        said.push(notice.split("</p>").next().expect("its end").to_owned());
        assert!(html.contains(&format!("value=\"{email}\"")), "what was typed is kept: {html}");
    }
    assert_eq!(said[0], said[1], "blocked and not allowed read alike");
    assert!(!said[0].contains("example.com") && !said[0].contains("block"), "{}", said[0]);
}

#[tokio::test]
async fn lists_are_compared_after_the_password() {
    let app = TestApp::new().await;
    let link = link_with(&app, &["example.com"], &[]).await;
    change(&app, &link, json!({ "password": "another secret" })).await;
    for email in ["ada@example.com", "bob@example.org"] {
        let reply = give(&mut Browser::new(&app), &link, email).await;
        assert_eq!(error_of(&reply).code(), "wrong_password", "{email}: {reply}");
    }
}

#[tokio::test]
async fn trying_addresses_is_limited_like_passwords() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    let link = link_with(&app, &["example.com"], &[]).await;
    for attempt in 0..10 {
        let reply = give(&mut Browser::new(&app), &link, &format!("bob{attempt}@example.org")).await;
        assert_eq!(error_of(&reply).code(), "forbidden", "{attempt}");
    }
    let reply = give(&mut Browser::new(&app), &link, "ada@example.com").await;
    assert_eq!(error_of(&reply).code(), "too_many_attempts", "{reply}");
}

#[tokio::test]
async fn changed_list_ends_the_grants_it_refuses() {
    let app = TestApp::new().await;
    let link = link_with(&app, &[], &[]).await;
    let mut readers = Vec::new();
    for email in ["ada@example.com", "bob@example.org"] {
        let mut browser = Browser::new(&app);
        give(&mut browser, &link, email).await.ok();
        browser.act(&link, "join", json!({})).await.ok();
        readers.push(browser);
    }
    for (lists, expected) in [
        (json!({ "block": ["bob@example.org"] }), [200, 403]),
        (json!({ "block": [], "allow": ["example.com"] }), [200, 403]),
        (json!({ "allow": ["example.org"] }), [403, 200]),
        (json!({ "allow": [] }), [200, 200]),
    ] {
        change(&app, &link, lists.clone()).await;
        for (browser, expected) in readers.iter_mut().zip(expected) {
            assert_eq!(browser.get(&format!("/v/{link}/pages/1")).await.status, expected, "{lists}");
            let heartbeat = browser.act(&link, "heartbeat", json!({ "currentPage": 1 })).await;
            assert_eq!(heartbeat.status, expected, "{lists}: {heartbeat}");
            let shows_gate = browser.get(&format!("/v/{link}")).await.text().contains("data-testid=\"gate\"");
            assert_eq!(shows_gate, expected == 403, "{lists}");
        }
    }
}

#[tokio::test]
async fn lists_require_the_email_address() {
    let app = TestApp::new().await;
    let path = format!("/api/links/{}", app.link);
    let patch = async |body: Value| app.send(Method::PATCH, &path, body.to_string()).await;
    for refused in [json!({ "allow": ["a.example"] }), json!({ "block": ["a.example"], "email": "optional" })]
    {
        let reply = patch(refused.clone()).await;
        assert!(reply.text().contains("email must be required"), "{refused}: {reply}");
    }
    patch(json!({ "allow": ["a.example"], "email": "required" })).await.ok();
    patch(json!({ "email": "none" })).await.refused(400, "invalid_field");
    patch(json!({ "allow": ["nonsense"] })).await.refused(400, "invalid_field");
    let link = app.get(&path).await.ok().json();
    assert_eq!((&link["link"]["allow"], &link["link"]["block"]), (&json!(["a.example"]), &json!([])));
}

#[tokio::test]
async fn program_without_lists_cannot_open_them() {
    let app = TestApp::with_redis(RedisServer::start(), |_| {}).await;
    let link = link_with(&app, &["example.com"], &[]).await;
    // A program that knows no lists writes the record with them, and asks for no address.
    let key = format!("send:link:{{{link}}}");
    let _: i64 = app.redis.command(&["HSET", &key, "email", "none", "version", "other"]);
    let second = app.second_server();
    let mut browser = Browser::new(&second);
    assert!(browser.get(&format!("/v/{link}")).await.ok().text().contains("data-testid=\"gate\""));
    let refused = give(&mut browser, &link, "bob@example.org").await;
    assert_eq!(error_of(&refused).code(), "forbidden", "{refused}");
    give(&mut browser, &link, "ada@example.com").await.ok();
    browser.get(&format!("/v/{link}/pages/1")).await.ok();
}

#[tokio::test]
async fn settings_form_keeps_lists_of_many_entries() {
    let app = TestApp::new().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let page = format!("/links/{}", app.link);
    let many: String = (0..200).map(|n| format!("someone-{n}%40partner-{n}.example%0D%0A")).collect();
    let fields = |allow: &str| {
        format!("link_id={}&settings[enabled]=on&settings[email]=required&settings[allow]={allow}", app.link)
    };
    assert!(fields(&many).len() > 4_096, "more than other bodies may have");
    assert_eq!(owner.form("change_link", &fields(&many)).await.header("location"), page);
    let html = owner.get(&page).await.ok().text();
    assert!(html.contains("Saved.") && html.contains("someone-0@partner-0.example\nsomeone-1@"), "{html}");
    owner.form("change_link", &fields("ada")).await;
    let html = owner.get(&page).await.ok().text();
    assert!(html.contains("The allow list must have addresses and domains, and “ada” is neither."), "{html}");
    // Too long for the cookie that brings it back: the saved list is shown, and not an empty one.
    owner.form("change_link", &fields(&format!("{many}ada"))).await;
    let html = owner.get(&page).await.ok().text();
    assert!(html.contains("is neither.") && html.contains("someone-199@partner-199.example"), "{html}");
    let body = json!({ "allow": vec!["a.example"; 4_000] }).to_string();
    let reply = app.send(Method::PATCH, &format!("/api/links/{}", app.link), body).await;
    assert_eq!((reply.status, reply.text().contains("32768")), (413, true), "{reply}");
}
