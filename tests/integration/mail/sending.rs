//! Sending: the queue, further attempts, and what a crash leaves.

use std::time::Duration;

use sightline::server::services::mail::{Letter, mail_address};

use super::{ORIGIN, app_with_mail};
use crate::support::test_app::TestApp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: i64 = 1_000;

async fn post(app: &TestApp, to: &str, life: Duration) {
    let letter = Letter::password_changed(format!("{ORIGIN}/forgot"));
    let to = mail_address(to).expect("an address");
    app.state.services.mailer.post(&to, &letter, life).await.expect("it is queued");
}

/// Moves the test clock on.
fn pass(app: &TestApp, seconds: i64) {
    app.set_clock(app.now() + seconds * SECOND);
}

#[tokio::test]
async fn mail_arrives_whole_with_its_envelope() {
    let (app, smtp) = app_with_mail().await;
    post(&app, "ada@m\u{fc}ller.example", DAY).await;
    assert_eq!((app.send_mail().await, app.queued_mails().await), (1, 0));
    let mail = smtp.next().await;
    assert_eq!(
        (mail.from.as_str(), &mail.to[..]),
        ("notes@read.example", &["ada@xn--mller-kva.example".to_owned()][..])
    );
    assert_eq!(mail.credentials, Some(("ada".to_owned(), "p@ss".to_owned())));
    let message = mail.message();
    assert_eq!(message.subject(), Some("Your password was changed"));
    assert_eq!(message.date().map(|date| date.to_timestamp() * SECOND), Some(app.now() / SECOND * SECOND));
    assert!(
        message.message_id().is_some_and(|id| id.ends_with("@read.example")),
        "{:?}",
        message.message_id()
    );
    assert!(mail.text().contains("http://read.example/forgot"), "{}", mail.text());
    assert!(message.body_html(0).is_some_and(|html| html.contains("href=\"http://read.example/forgot\"")));
    assert_eq!(app.send_mail().await, 0, "nothing is sent twice");
}

#[tokio::test]
async fn temporary_refusal_is_tried_again_later() {
    let (app, smtp) = app_with_mail().await;
    for (command, reply, wait) in [
        ("CONNECT", "421 too busy", 30),
        ("RCPT", "450 mailbox busy", 120),
        ("SENT", "451 later", 480),
        // A wrong password is the operator's to mend, and no reason to drop mail.
        ("AUTH", "535 no", 1_920),
        ("MAIL", "421 closing", 3_600),
        ("MAIL", "452 full", 3_600),
    ] {
        if command == "CONNECT" {
            post(&app, "ada@example.org", DAY).await;
        }
        smtp.reply_once(command, reply);
        assert_eq!((app.send_mail().await, app.queued_mails().await), (1, 1), "{reply}");
        pass(&app, wait - 1);
        assert_eq!(app.send_mail().await, 0, "{reply}: not before {wait} s");
        pass(&app, wait / 10 + 2);
    }
    assert_eq!((app.send_mail().await, app.queued_mails().await), (1, 0));
    assert_eq!(smtp.received().len(), 1);
}

#[tokio::test]
async fn permanent_refusal_drops_the_mail() {
    let (app, smtp) = app_with_mail().await;
    for (command, reply) in [
        ("RCPT", "550 no such mailbox"),
        ("RCPT", "553 bad name"),
        ("MAIL", "552 too large"),
        ("SENT", "554 no spam"),
    ] {
        post(&app, "ada@example.org", DAY).await;
        smtp.reply_once(command, reply);
        assert_eq!((app.send_mail().await, app.queued_mails().await), (1, 0), "{reply}");
    }
    assert!(smtp.received().is_empty());
}

#[tokio::test]
async fn late_mail_is_given_up() {
    let (app, smtp) = app_with_mail().await;
    post(&app, "ada@example.org", Duration::from_secs(60)).await;
    smtp.reply_once("RCPT", "450 later");
    assert_eq!((app.send_mail().await, app.queued_mails().await), (1, 1));
    pass(&app, 60);
    assert_eq!((app.send_mail().await, app.queued_mails().await), (1, 0));
    assert!(smtp.received().is_empty());
}

#[tokio::test]
async fn mail_survives_the_crash_of_its_server() {
    let (app, smtp) = app_with_mail().await;
    post(&app, "ada@example.org", DAY).await;
    // A server takes it, and is killed before it is sent.
    let taken = app.state.stores.mails.take(app.now(), 10).await.expect("Redis answers");
    assert_eq!(taken.len(), 1);
    assert_eq!(app.send_mail().await, 0, "the other server has a lease");
    pass(&app, 5 * 60);
    assert_eq!((app.send_mail().await, app.queued_mails().await), (1, 0));
    let id = format!("{}@read.example", taken[0].id);
    assert_eq!(smtp.next().await.message().message_id(), Some(id.as_str()), "repeated, it has the same id");
}

#[tokio::test]
async fn queued_mail_is_encrypted_in_redis() {
    let (app, _smtp) = app_with_mail().await;
    post(&app, "ada@example.org", DAY).await;
    let records: Vec<String> = app.redis.command(&["HVALS", "send:mails:{mail}"]);
    assert_eq!(records.len(), 1);
    for word in ["ada", "password", "read.example", "subject"] {
        assert!(!records[0].contains(word), "{word} in {}", records[0]);
    }
}

#[tokio::test]
async fn queue_is_bounded_and_says_so() {
    let (app, _smtp) = app_with_mail().await;
    let mut fill = vec!["HSET".to_owned(), "send:mails:{mail}".to_owned()];
    fill.extend((0..10_000).flat_map(|n| [format!("m{n}"), "x".to_owned()]));
    let fill: Vec<&str> = fill.iter().map(String::as_str).collect();
    let _: i64 = app.redis.command(&fill);
    let letter = Letter::password_changed(String::new());
    let to = mail_address("ada@example.org").expect("an address");
    let refused = app.state.services.mailer.post(&to, &letter, DAY).await.expect_err("it is full");
    assert_eq!(refused.code(), "full");
}

#[tokio::test]
async fn nothing_is_sent_where_tls_is_missing() {
    let (app, smtp) = app_with_mail().await;
    let url = format!("{}?tls=required", smtp.url("ada:sesame@"));
    let strict = sightline::server::store::mail::Smtp::new(&url, "notes@read.example").expect("settings");
    post(&app, "ada@example.org", DAY).await;
    let queued = app.state.stores.mails.take(app.now(), 1).await.expect("Redis answers");
    strict.send(&queued[0]).await.expect_err("the server offers no TLS");
    assert!(
        smtp.commands().iter().all(|command| command != "AUTH" && command != "MAIL"),
        "{:?}",
        smtp.commands()
    );
}

#[tokio::test]
async fn long_trouble_is_told_to_owners() {
    let (app, smtp) = app_with_mail().await;
    post(&app, "ada@example.org", DAY).await;
    smtp.reply_once("CONNECT", "421 too busy");
    app.send_mail().await;
    let notice = || app.state.services.mailer.notice();
    assert_eq!(notice(), None);
    pass(&app, 10 * 60);
    assert!(notice().is_some_and(|notice| notice.contains("Mail cannot be sent")));
    app.send_mail().await;
    assert_eq!(notice(), None, "it is sent by now");
}
