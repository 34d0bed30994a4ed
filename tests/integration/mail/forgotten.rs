//! A forgotten password: who gets a link, what it does, and how often.

use sightline::model::address;
use totp_rs::{Builder, Secret};

use super::{app_with_limits, app_with_mail};
use crate::support::{
    browser::{Browser, error_of},
    smtp::{Received, SmtpServer},
    test_app::{PASSWORD, TestApp},
};

const NEW: &str = "plum anchor violet seventeen";
const MINUTE: i64 = 60_000;

fn encoded(text: &str) -> String {
    address::encode(text)
}

/// The code of an authenticator app at the app's time.
fn code(app: &TestApp, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).expect("Base32");
    Builder::new()
        .with_secret(secret)
        .build()
        .expect("a secret")
        .generate(app.now() as u64 / 1_000)
        .to_string()
}

async fn forget(app: &TestApp, email: &str) {
    let mut browser = Browser::new(app);
    browser.call("forgot_password", &format!("email={}", encoded(email))).await.ok();
}

/// The token of the next mail.
async fn token(smtp: &SmtpServer) -> String {
    let mail: Received = smtp.next().await;
    assert_eq!(mail.subject(), "Set a new password");
    mail.path("http://read.example/reset/").rsplit('/').next().expect("a token").to_owned()
}

async fn reset(app: &TestApp, token: &str, password: &str) -> (u16, String) {
    let fields = format!("token={token}&new={}", encoded(password));
    let reply = Browser::new(app).call("reset_password", &fields).await;
    let code = if reply.status == 200 { String::new() } else { error_of(&reply).code().to_owned() };
    (reply.status, code)
}

async fn sign_in(app: &TestApp, password: &str) -> u16 {
    let fields = format!("email={}&password={}", encoded(&app.owner.email), encoded(password));
    Browser::new(app).call("sign_in", &fields).await.status
}

#[tokio::test]
async fn link_in_the_mail_sets_a_password_once() {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    let mut session = Browser::signed_in(&app, &app.owner.owner_id).await;
    forget(&app, &app.owner.email.to_uppercase()).await;
    let mail = smtp.next().await;
    assert_eq!(mail.to, std::slice::from_ref(&app.owner.email), "the account's own spelling");
    let path = mail.path("http://read.example/reset/").replace("http://read.example", "");
    let token = path.rsplit('/').next().expect("a token").to_owned();
    let keys: Vec<String> = app.redis.command(&["KEYS", "send:reset:*"]);
    assert_eq!(keys.len(), 1);
    let record: String = app.redis.command(&["GET", &keys[0]]);
    assert!(!keys[0].contains(&token) && !record.contains(&token), "{keys:?} {record}");

    let page = Browser::new(&app).get(&path).await.ok();
    assert!(
        page.text().contains("Set a new password") && page.header("cache-control") == "no-store",
        "{page}"
    );
    for weak in ["short", "password1234", &app.owner.email] {
        assert_eq!(reset(&app, &token, weak).await, (400, "invalid_field".to_owned()), "{weak}");
    }
    assert_eq!(session.get("/settings").await.status, 200, "a refused password ends nothing");
    assert_eq!(reset(&app, &token, NEW).await.0, 200);
    assert_eq!(session.get("/settings").await.status, 401, "all sessions have ended");
    assert_eq!((sign_in(&app, PASSWORD).await, sign_in(&app, NEW).await), (401, 200));
    assert_eq!(
        reset(&app, &token, "another battery staple").await,
        (404, "not_found".to_owned()),
        "it works once"
    );
    assert_eq!(Browser::new(&app).get(&path).await.status, 404);
    assert_eq!(smtp.next().await.subject(), "Your password was changed");
    let events = app.get("/api/account/events").await.ok().text();
    assert!(events.contains("password_forgotten") && events.contains("password_reset"), "{events}");
}

#[tokio::test]
async fn wrong_and_late_tokens_set_nothing() {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    forget(&app, &app.owner.email).await;
    let token = token(&smtp).await;
    let mut changed = token.clone();
    changed.replace_range(..1, if token.starts_with('a') { "b" } else { "a" });
    for wrong in ["", "x", &changed, &token[..51], &format!("{token}a"), &token.to_uppercase()] {
        assert_eq!(reset(&app, wrong, NEW).await, (404, "not_found".to_owned()), "{wrong}");
    }
    app.set_clock(app.now() + 30 * MINUTE);
    assert_eq!(reset(&app, &token, NEW).await.0, 404, "after 30 minutes");
    app.set_clock(app.now() - 1);
    assert_eq!(reset(&app, &token, NEW).await.0, 200, "a moment before");
}

#[tokio::test]
async fn one_of_two_tokens_ends_the_other() {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    forget(&app, &app.owner.email).await;
    let first = token(&smtp).await;
    forget(&app, &app.owner.email).await;
    let second = token(&smtp).await;
    assert_ne!(first, second);
    assert_eq!(reset(&app, &first, NEW).await.0, 200);
    assert_eq!(reset(&app, &second, "another battery staple").await.0, 404);
    assert_eq!(smtp.next().await.subject(), "Your password was changed");
    forget(&app, &app.owner.email).await;
    let third = token(&smtp).await;
    app.state.stores.accounts.set_password(&app.owner.owner_id, PASSWORD).await.expect("it is set");
    assert_eq!(reset(&app, &third, NEW).await.0, 404, "a change by another way ends it too");
}

#[tokio::test]
async fn two_uses_at_once_set_one_password() {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    forget(&app, &app.owner.email).await;
    let token = token(&smtp).await;
    let other = "another battery staple";
    let (one, two) = tokio::join!(reset(&app, &token, NEW), reset(&app, &token, other));
    assert_eq!([one.0, two.0].iter().filter(|status| **status == 200).count(), 1, "{one:?} {two:?}");
    let signed_in = (sign_in(&app, NEW).await, sign_in(&app, other).await);
    assert_eq!(signed_in, if one.0 == 200 { (200, 401) } else { (401, 200) });
}

#[tokio::test]
async fn answer_is_the_same_with_and_without_account() {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    let mut answers = Vec::new();
    for email in ["unknown@example.com", &app.owner.email] {
        let mut browser = Browser::new(&app);
        let reply = browser.form("forgot_password", &format!("email={}", encoded(email))).await;
        let html = browser.get(reply.header("location")).await.ok().text();
        let notice = html.split("role=\"status\"").nth(1).and_then(|rest| rest.split("</div>").next());
        answers.push((
            reply.status,
            reply.header("location").to_owned(),
            notice.expect("a notice").to_owned(),
        ));
    }
    assert_eq!(answers[0], answers[1]);
    // The known address asked last: its mail is the first and only one.
    assert_eq!(smtp.next().await.to, std::slice::from_ref(&app.owner.email));
    assert_eq!(smtp.received().len(), 1);
    let keys: Vec<String> = app.redis.command(&["KEYS", "send:reset:*"]);
    assert_eq!(keys.len(), 1);
}

#[tokio::test]
async fn forgetting_is_limited_by_address_and_client() {
    let (app, smtp) = app_with_limits(true).await;
    for attempt in 0..10 {
        let email =
            if attempt < 5 { app.owner.email.clone() } else { format!("unknown-{attempt}@example.com") };
        let reply = Browser::new(&app).call("forgot_password", &format!("email={}", encoded(&email))).await;
        assert_eq!(reply.status, 200, "{attempt}: {reply}");
    }
    let reply = Browser::new(&app).call("forgot_password", "email=other%40example.com").await;
    assert_eq!((reply.status, error_of(&reply).code()), (429, "too_many_requests"), "{reply}");
    app.send_mail_always();
    for _ in 0..3 {
        token(&smtp).await;
    }
    // Half an hour later the client and the address may ask again: no fourth mail was left from before.
    app.set_clock(app.now() + 30 * MINUTE);
    forget(&app, &app.owner.email).await;
    token(&smtp).await;
    assert_eq!(smtp.received().len(), 4);
}

#[tokio::test]
async fn second_factor_is_still_asked_for() {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    let (accounts, owner) = (&app.state.stores.accounts, &app.owner.owner_id);
    accounts.offer_second_factor(owner).await.expect("it is offered");
    let offer = accounts.second_factor_offer(owner).await.expect("Redis answers").expect("an offer");
    let code = code(&app, &offer.secret);
    assert!(accounts.confirm_second_factor(owner, &code).await.expect("Redis answers"));
    forget(&app, &app.owner.email).await;
    let token = token(&smtp).await;
    let fields = format!("token={token}&new={}", encoded(NEW));
    let mut browser = Browser::new(&app);
    let reply = browser.form("reset_password", &fields).await;
    assert_eq!((reply.status, reply.header("location")), (302, "/sign-in"), "{reply}");
    assert!(browser.cookie("sightline-session").is_none(), "no session is opened");
    assert!(browser.get("/sign-in").await.ok().text().contains("The password is changed."));
    assert_eq!(sign_in(&app, NEW).await, 403, "a code has to follow");
}

#[tokio::test]
async fn without_mail_nothing_can_be_forgotten() {
    let app = TestApp::new().await;
    let mut browser = Browser::new(&app);
    assert!(!browser.get("/sign-in").await.ok().text().contains("/forgot"));
    for path in ["/forgot", "/reset/abc"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    let reply = browser.call("forgot_password", "email=a%40example.com").await;
    assert_eq!(error_of(&reply).code(), "not_found", "{reply}");
    let (with_mail, _smtp) = app_with_mail().await;
    assert!(Browser::new(&with_mail).get("/sign-in").await.ok().text().contains("href=\"/forgot\""));
}

#[tokio::test]
async fn mails_lead_to_the_configured_host_alone() {
    let (app, smtp) = app_with_mail().await;
    app.send_mail_always();
    let mut browser = Browser::new(&app)
        .with_header("host", "evil.example")
        .with_header("x-forwarded-host", "evil.example");
    browser.call("forgot_password", &format!("email={}", encoded(&app.owner.email))).await.ok();
    let mail = smtp.next().await;
    let text = String::from_utf8_lossy(&mail.data).into_owned() + &mail.text();
    assert!(text.contains("http://read.example/reset/") && !text.contains("evil.example"), "{text}");
}
