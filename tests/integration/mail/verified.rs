//! Verified e-mail addresses: the code at the gate, and what the owner is shown.

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::LinkId;

use super::{app_with_limits, app_with_mail};
use crate::support::{
    browser::{Browser, error_of},
    reply::Reply,
    smtp::SmtpServer,
    test_app::TestApp,
};

const ADA: &str = "ada@example.org";
const MINUTE: i64 = 60_000;
/// What the server writes around text that a program might change.
const MARKER: &str = "<!>";

async fn set(app: &TestApp, settings: Value) {
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), settings.to_string()).await.ok();
}

/// An app whose link verifies the address of its visitors.
async fn verifying_app() -> (TestApp, SmtpServer) {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    set(&app, json!({ "email": "required", "verifyEmail": true })).await;
    (app, smtp)
}

fn encoded(text: &str) -> String {
    sightline::model::address::encode(text)
}

async fn enter(browser: &mut Browser<'_>, link: &LinkId, email: &str) -> Reply {
    browser.call("pass_gate", &format!("link_id={link}&email={}", encoded(email))).await
}

async fn give(browser: &mut Browser<'_>, link: &LinkId, code: &str) -> (u16, String) {
    let reply = browser.call("confirm_email", &format!("link_id={link}&code={}", encoded(code))).await;
    let said = if reply.status == 200 { String::new() } else { error_of(&reply).to_string() };
    (reply.status, said)
}

/// The code of the next mail.
async fn code(smtp: &SmtpServer) -> String {
    let subject = smtp.next().await.subject();
    subject.strip_prefix("Your code is ").unwrap_or_else(|| panic!("{subject}")).to_owned()
}

/// Another code than this.
fn wrong(code: &str) -> String {
    let last = if code.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &code[..5])
}

async fn opens(browser: &mut Browser<'_>, link: &LinkId) -> bool {
    match browser.get(&format!("/v/{link}/pages/1")).await.status {
        200 => true,
        403 => false,
        status => panic!("{status}"),
    }
}

#[tokio::test]
async fn code_from_the_mail_opens_the_link_without_script() {
    let (app, smtp) = verifying_app().await;
    let page = format!("/v/{}", app.link);
    let mut browser = Browser::new(&app);
    let fields = format!("link_id={}&email={}&page=3", app.link, encoded(ADA));
    let reply = browser.form("pass_gate", &fields).await;
    assert_eq!((reply.status, reply.header("location")), (302, &*format!("{page}?p=3")), "{reply}");
    assert!(!opens(&mut browser, &app.link).await, "the address alone opens nothing");
    let html = browser.get(&format!("{page}?p=3")).await.ok().text().replace(MARKER, "");
    for part in [
        "action=\"/sfn/confirm_email\"",
        "one-time-code",
        "<bdi>ada@example.org</bdi>",
        "name=\"page\" value=\"3\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let mail = smtp.next().await;
    assert_eq!(mail.to, [ADA]);
    let code = mail.subject().replace("Your code is ", "");
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
    assert!(mail.text().contains("Twelve pages") && mail.text().contains(&code), "{}", mail.text());
    let reply =
        browser.form("confirm_email", &format!("link_id={}&code={}&page=3", app.link, wrong(&code))).await;
    let html = browser.get(reply.header("location")).await.ok().text().replace(MARKER, "");
    assert!(html.contains("The code is wrong.") && !html.contains(&wrong(&code)), "{html}");
    let spaced = format!("+{}+{}", &code[..3], &code[3..]);
    let reply = browser.form("confirm_email", &format!("link_id={}&code={spaced}&page=3", app.link)).await;
    assert_eq!((reply.status, reply.header("location")), (302, &*format!("{page}?p=3")), "{reply}");
    assert!(opens(&mut browser, &app.link).await);
}

#[tokio::test]
async fn each_code_works_once_in_its_browser() {
    let (app, smtp) = verifying_app().await;
    let mut browser = Browser::new(&app);
    enter(&mut browser, &app.link, ADA).await.ok();
    let code = code(&smtp).await;
    let mut stranger = Browser::new(&app);
    assert_eq!(give(&mut stranger, &app.link, &code).await.0, 403, "a browser that did not ask");
    let mut other = Browser::new(&app);
    enter(&mut other, &app.link, "eve@example.org").await.ok();
    self::code(&smtp).await;
    assert_eq!(give(&mut other, &app.link, &code).await.0, 400, "the code of another address");
    let mut twin = browser.clone();
    assert_eq!(give(&mut browser, &app.link, &code).await.0, 200);
    let (status, said) = give(&mut twin, &app.link, &code).await;
    assert!(status == 400 && said.contains("no longer valid"), "{said}");
    assert!(!opens(&mut twin, &app.link).await);
}

#[tokio::test]
async fn five_wrong_tries_need_another_code() {
    let (app, smtp) = verifying_app().await;
    let mut browser = Browser::new(&app);
    enter(&mut browser, &app.link, ADA).await.ok();
    let first = code(&smtp).await;
    for attempt in 0..5 {
        let (status, said) = give(&mut browser, &app.link, &wrong(&first)).await;
        assert!(status == 400 && said.contains("is wrong"), "{attempt}: {said}");
    }
    let (status, said) = give(&mut browser, &app.link, &first).await;
    assert!(status == 400 && said.contains("no longer valid"), "the right one comes too late: {said}");
    browser.call("send_another_code", &format!("link_id={}", app.link)).await.ok();
    let second = code(&smtp).await;
    if first != second {
        assert_eq!(give(&mut browser, &app.link, &first).await.0, 400, "the first code");
    }
    assert_eq!(give(&mut browser, &app.link, &second).await.0, 200);
    assert!(opens(&mut browser, &app.link).await);
}

#[tokio::test]
async fn tries_at_once_are_counted_one_by_one() {
    let (app, smtp) = verifying_app().await;
    let mut browser = Browser::new(&app);
    enter(&mut browser, &app.link, ADA).await.ok();
    let code = code(&smtp).await;
    let tries = (0..20).map(async |n| {
        let mut twin = browser.clone();
        let guess = if n < 15 { wrong(&code) } else { code.clone() };
        give(&mut twin, &app.link, &guess).await
    });
    let said = futures::future::join_all(tries).await;
    let right = said.iter().filter(|(status, _)| *status == 200).count();
    let wrong = said.iter().filter(|(_, said)| said.contains("is wrong")).count();
    assert!(right <= 1 && right + wrong <= 5, "{said:?}");
}

#[tokio::test]
async fn code_ends_after_ten_minutes_and_with_the_gate() {
    let (app, smtp) = verifying_app().await;
    let mut browser = Browser::new(&app);
    enter(&mut browser, &app.link, ADA).await.ok();
    let code = code(&smtp).await;
    app.set_clock(app.now() + 10 * MINUTE - 1);
    let mut in_time = browser.clone();
    app.set_clock(app.now() + 1);
    assert_eq!(give(&mut browser, &app.link, &code).await.0, 403, "after ten minutes");
    app.set_clock(app.now() - 1);
    set(&app, json!({ "password": "open sesame" })).await;
    assert_eq!(give(&mut in_time, &app.link, &code).await.0, 403, "the gate has changed");
    set(&app, json!({ "password": null })).await;
    enter(&mut in_time, &app.link, ADA).await.ok();
    let code = self::code(&smtp).await;
    set(&app, json!({ "block": [ADA] })).await;
    let (status, said) = give(&mut in_time, &app.link, &code).await;
    assert!(status == 403 && said.contains("not shared with this e-mail address"), "{said}");
}

#[tokio::test]
async fn owner_sees_that_an_address_is_verified() {
    let (app, smtp) = verifying_app().await;
    let mut verified = Browser::new(&app);
    enter(&mut verified, &app.link, ADA).await.ok();
    give(&mut verified, &app.link, &code(&smtp).await).await;
    verified.act(&app.link, "join", json!({ "sessionId": "v", "email": "liar@example.org" })).await.ok();
    set(&app, json!({ "verifyEmail": false })).await;
    let mut claimed = Browser::new(&app);
    enter(&mut claimed, &app.link, "bob@example.org").await.ok();
    claimed.act(&app.link, "join", json!({ "sessionId": "c" })).await.ok();

    let known = |list: &Value| -> Vec<(String, bool)> {
        let entry = |entry: &Value| {
            (entry["email"].as_str().expect("an address").to_owned(), entry["emailVerified"] == true)
        };
        let mut known: Vec<_> = list.as_array().expect("a list").iter().map(entry).collect();
        known.sort();
        known
    };
    let expected = [(ADA.to_owned(), true), ("bob@example.org".to_owned(), false)];
    let live = app.get(&app.api()).await.ok().json();
    assert_eq!(known(&live["activeViewers"]), expected);
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let html = owner.get(&format!("/dashboard/{}", app.link)).await.ok().text().replace(MARKER, "");
    assert!(html.contains(">verified</span>") && html.contains(">not verified</span>"), "{html}");

    // A resumed visit keeps it.
    verified.act(&app.link, "leave", json!({ "sessionId": "v" })).await.ok();
    verified.act(&app.link, "join", json!({ "sessionId": "v" })).await.ok();
    for (browser, session) in [(&mut verified, "v"), (&mut claimed, "c")] {
        browser.act(&app.link, "leave", json!({ "sessionId": session })).await.ok();
    }
    let path = format!("/api/links/{}/visits", app.link);
    assert_eq!(known(&app.get(&path).await.ok().json()["visits"]), expected);
    let csv = app.get(&format!("{path}.csv")).await.ok().text();
    let head = csv.lines().next().expect("a head");
    assert!(head.trim_end().ends_with(",printed,email_verified"), "{head}");
    let of =
        |email: &str| csv.lines().find(|line| line.contains(email)).expect("a row").trim_end().to_owned();
    assert!(of(ADA).ends_with(",true") && of("bob@").ends_with(",false"), "{csv}");
    let visits = app.visits().await;
    for visit in &visits {
        let html = owner
            .get(&format!("/links/{}/visits/{}", app.link, visit.id))
            .await
            .ok()
            .text()
            .replace(MARKER, "");
        let words = if visit.email_verified { ">verified</span>" } else { ">not verified</span>" };
        assert!(html.contains(words), "{html}");
    }
    let html = owner.get(&format!("/readers/{ADA}")).await.ok().text().replace(MARKER, "");
    assert!(html.contains(">verified</span>") && !html.contains("not verified"), "{html}");
}

#[tokio::test]
async fn verifying_closes_unverified_grants_alone() {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    set(&app, json!({ "email": "optional" })).await;
    let (mut claimed, mut silent) = (Browser::new(&app), Browser::new(&app));
    enter(&mut claimed, &app.link, ADA).await.ok();
    enter(&mut silent, &app.link, "").await.ok();
    set(&app, json!({ "verifyEmail": true })).await;
    assert!(!opens(&mut claimed, &app.link).await && opens(&mut silent, &app.link).await);
    enter(&mut claimed, &app.link, ADA).await.ok();
    let code = code(&smtp).await;
    assert_eq!(give(&mut claimed, &app.link, &code).await.0, 200);
    set(&app, json!({ "label": "another" })).await;
    assert!(opens(&mut claimed, &app.link).await);
}

#[tokio::test]
async fn no_mailbox_is_flooded_with_codes() {
    let (app, smtp) = app_with_limits(true).await;
    set(&app, json!({ "email": "required", "verifyEmail": true })).await;
    // Three for one mailbox, whichever browser, link and spelling.
    for attempt in 0..5 {
        let email = if attempt % 2 == 0 { ADA.to_owned() } else { ADA.to_uppercase() };
        let reply = enter(&mut Browser::new(&app), &app.link, &email).await;
        let code = if reply.status == 200 { String::new() } else { error_of(&reply).code().to_owned() };
        assert_eq!(code, if attempt < 3 { "" } else { "too_many_attempts" }, "{attempt}: {reply}");
    }
    while app.send_mail().await > 0 {}
    assert_eq!(smtp.received().len(), 3);
    // A client has a limit of its own, over all mailboxes.
    let mut refused = None;
    for n in 0..200 {
        let reply = enter(&mut Browser::new(&app), &app.link, &format!("reader-{n}@example.org")).await;
        if reply.status != 200 {
            refused = Some((n, error_of(&reply).code().to_owned()));
            break;
        }
    }
    let (n, code) = refused.expect("a limit");
    assert!((50..150).contains(&n) && code == "too_many_requests", "{n} {code}");
}

#[tokio::test]
async fn hostile_addresses_get_no_mail() {
    let (app, smtp) = verifying_app().await;
    for email in [
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "\"a b\"@example.org",
        "<ada@example.org>",
        "ada@localhost",
        "ada@[127.0.0.1]",
        "ada\u{200b}@example.org",
        "ada@example..org",
        "",
    ] {
        let reply = enter(&mut Browser::new(&app), &app.link, email).await;
        assert_eq!((reply.status, error_of(&reply).code()), (400, "invalid_field"), "{email:?}: {reply}");
    }
    assert_eq!((smtp.received().len(), app.queued_mails().await), (0, 0));
}

#[tokio::test]
async fn codes_need_a_server_that_sends_mail() {
    let app = TestApp::new().await;
    let body = json!({ "email": "required", "verifyEmail": true }).to_string();
    let reply = app.send(Method::PATCH, &format!("/api/links/{}", app.link), body).await;
    assert!(reply.refused(400, "invalid_field").contains("sends mail"), "{reply}");
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let page = format!("/links/{}", app.link);
    assert!(!owner.get(&page).await.ok().text().contains("settings[verify_email]"));
    let (with_mail, _smtp) = app_with_mail().await;
    let mut owner = Browser::signed_in(&with_mail, &with_mail.owner.owner_id).await;
    assert!(
        owner.get(&format!("/links/{}", with_mail.link)).await.ok().text().contains("settings[verify_email]")
    );
    // Mail was switched off since: no visitor is let in unverified.
    let key = format!("send:link:{{{}}}", app.link);
    let _: i64 = app.redis.command(&["HSET", &key, "verify", "1", "email", "required", "version", "other"]);
    let second = app.second_server();
    let reply = enter(&mut Browser::new(&second), &app.link, ADA).await;
    assert!(reply.status == 403 && error_of(&reply).to_string().contains("cannot be sent"), "{reply}");
}

#[tokio::test]
async fn code_is_encrypted_in_redis() {
    let (app, smtp) = verifying_app().await;
    enter(&mut Browser::new(&app), &app.link, ADA).await.ok();
    let code = code(&smtp).await;
    let keys: Vec<String> = app.redis.command(&["KEYS", "send:gate-code:*"]);
    assert_eq!(keys.len(), 1);
    let record: Vec<String> = app.redis.command(&["HVALS", &keys[0]]);
    assert!(record.iter().all(|value| !value.contains(&code) && !value.contains("ada")), "{record:?}");
    let life: i64 = app.redis.command(&["TTL", &keys[0]]);
    assert!((1..=600).contains(&life), "{life}");
}
