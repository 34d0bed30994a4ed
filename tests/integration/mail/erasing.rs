//! A reader is erased while a mail about them waits.

use axum::http::Method;
use serde_json::json;

use super::{app_with_mail, digests::app_after_ten, visits::subjects};
use crate::support::{test_app::TestApp, utc};

const ERASED: &str = "erased@example.org";
const KEPT: &str = "kept@example.org";

/// Where their visit waits to be told.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Outbox,
    Queue,
    Hour,
    QueuedHour,
    QueuedDay,
}

const STAGES: [Stage; 5] = [Stage::Outbox, Stage::Queue, Stage::Hour, Stage::QueuedHour, Stage::QueuedDay];

impl TestApp {
    async fn erase(&self, reader: &str) {
        self.send(Method::DELETE, &format!("/api/readers/{reader}"), "").await.ok();
    }

    async fn finished_visit(&self, session: &str, email: &str) {
        let mark = format!("mark-of-{session}");
        self.join_with(session, json!({ "email": email, "fingerprint": mark, "currentPage": 1 })).await;
        self.leave(session).await;
    }

    async fn tell(&self) {
        self.state.teller().tell().await.expect("Redis answers");
    }

    /// Whether what Redis holds in the open has this text.
    fn redis_holds(&self, text: &str) -> Vec<String> {
        self.redis.query::<String>("CONFIG SET rdbcompression no");
        let mut keys: Vec<String> = self.redis.query("KEYS *");
        keys.retain(|key| {
            let content: Vec<u8> = self.redis.query(&format!("DUMP {key}"));
            content.windows(text.len()).any(|part| part == text.as_bytes())
        });
        keys
    }
}

/// An app where visits of these readers wait at a stage, and what sends them. Boxed by its callers: the futures of whole
/// requests are large, and a test's stack is small.
async fn waiting(stage: Stage, readers: &[&str]) -> (TestApp, crate::support::smtp::SmtpServer) {
    let (app, smtp) = match stage {
        Stage::Hour | Stage::QueuedHour => app_after_ten().await,
        _ => app_with_mail().await,
    };
    app.mail_me(if stage == Stage::QueuedDay { "daily" } else { "every" }).await;
    for reader in readers {
        app.finished_visit(reader.split('@').next().expect("a name"), reader).await;
    }
    if stage != Stage::Outbox {
        app.tell().await;
    }
    match stage {
        Stage::QueuedHour => app.advance(60),
        Stage::QueuedDay => app.set_clock(utc((2026, 3, 19), (8, 0, 0, 0))),
        _ => return (app, smtp),
    }
    app.tell().await;
    assert_eq!(app.queued_mails().await, 1, "{stage:?}");
    (app, smtp)
}

#[tokio::test]
async fn erased_reader_is_in_no_mail() {
    for stage in STAGES {
        let (app, smtp) = Box::pin(waiting(stage, &[ERASED, KEPT])).await;
        let before = smtp.received().len();
        app.erase(ERASED).await;
        assert_eq!(app.redis_holds(ERASED), [""; 0], "{stage:?}");
        app.tell_by_mail().await;
        app.advance(60);
        app.tell_by_mail().await;
        let mails = smtp.received().split_off(before);
        assert_eq!(mails.len(), 1, "{stage:?}");
        let message = mails[0].message();
        let (text, html) = (mails[0].text(), message.body_html(0).expect("HTML").into_owned());
        for body in [&text, &html] {
            assert!(body.contains(KEPT) && !body.contains("erased@"), "{stage:?}: {body}");
        }
        if matches!(stage, Stage::QueuedHour | Stage::QueuedDay) {
            assert!(text.contains("- a visit that was erased since"), "{stage:?}: {text}");
            assert!(mails[0].subject().starts_with("2 visits"), "{stage:?}");
        }
    }
}

#[tokio::test]
async fn mail_about_an_erased_reader_alone_is_dropped() {
    for stage in STAGES {
        let (app, smtp) = Box::pin(waiting(stage, &[ERASED])).await;
        let before = smtp.received().len();
        app.erase(ERASED).await;
        app.tell_by_mail().await;
        app.advance(60);
        app.tell_by_mail().await;
        assert_eq!(subjects(&smtp).split_off(before), [""; 0], "{stage:?}");
        assert_eq!(app.queued_mails().await, 0, "{stage:?}");
    }
}

/// Their visit has the e-mail address, and the owner erases them by the other name.
#[tokio::test]
async fn reader_is_erased_by_any_name() {
    for stage in STAGES {
        let (app, smtp) = Box::pin(waiting(stage, &[ERASED])).await;
        let before = smtp.received().len();
        let mark = app.visits().await.remove(0).reader.expect("a mark");
        app.erase(&mark.to_string()).await;
        app.tell_by_mail().await;
        app.advance(60);
        app.tell_by_mail().await;
        assert_eq!(subjects(&smtp).split_off(before), [""; 0], "{stage:?}");
    }
}

#[tokio::test]
async fn mail_put_back_stays_erased() {
    let (app, smtp) = Box::pin(waiting(Stage::QueuedDay, &[ERASED, KEPT])).await;
    let mails = &app.state.stores.mails;
    // A server takes it, and cannot send it.
    let taken = mails.take(app.now(), 1).await.expect("Redis answers").remove(0);
    app.erase(ERASED).await;
    mails.put_back(&taken, app.now()).await.expect("Redis answers");
    app.send_mail().await;
    let text = smtp.next().await.text();
    assert!(text.contains(KEPT) && !text.contains(ERASED), "{text}");
    // One that tells of no one else stays removed.
    let (app, smtp) = Box::pin(waiting(Stage::Queue, &[ERASED])).await;
    let mails = &app.state.stores.mails;
    let taken = mails.take(app.now(), 1).await.expect("Redis answers").remove(0);
    app.erase(ERASED).await;
    mails.put_back(&taken, app.now()).await.expect("Redis answers");
    assert_eq!(app.send_mail().await, 0);
    assert!(smtp.received().is_empty());
}
