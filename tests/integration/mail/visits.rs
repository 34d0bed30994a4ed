//! Mails about visits: which settings send which, what they say, to whom, and once each.

use axum::http::Method;
use serde_json::json;
use sightline::model::NewLink;

use super::{app_with_mail, second_with_mail};
use crate::support::{browser::Browser, receiver::WebhookReceiver, smtp::SmtpServer, test_app::TestApp};

const ADA: &str = "ada@example.org";

impl TestApp {
    /// Sets of which visits of the link its owner is told.
    pub(super) async fn mail_me(&self, mails: &str) {
        let path = format!("/api/links/{}", self.link);
        self.send(Method::PATCH, &path, json!({ "mail": mails }).to_string()).await.ok();
    }

    /// Has a server do all that is due now: tell, and send.
    pub(super) async fn tell_by_mail(&self) {
        self.state.teller().tell().await.expect("Redis answers");
        while self.send_mail().await > 0 {}
    }

    /// A visit of a reader; `n` is its session.
    pub(super) async fn visit(&self, n: u32, email: &str) {
        self.join_with(&format!("s{n}"), json!({ "email": email })).await;
    }

    fn has_outbox(&self) -> bool {
        self.stored::<u64>("XLEN", "outbox", "") > 0
    }
}

/// The subjects of all mails that arrived.
pub(super) fn subjects(smtp: &SmtpServer) -> Vec<String> {
    smtp.received().iter().map(|mail| mail.subject()).collect()
}

#[tokio::test]
async fn each_setting_mails_its_visits() {
    let opened = |who: &str| format!("{who} opened Twelve pages");
    let bob = "bob@example.org";
    for (setting, expected) in [
        ("off", vec![]),
        ("first", vec![opened(ADA), opened(bob), opened("Someone"), opened("Someone")]),
        ("every", vec![opened(ADA), opened(ADA), opened(bob), opened("Someone"), opened("Someone")]),
        ("daily", vec![]),
    ] {
        let (app, smtp) = app_with_mail().await;
        // What a link begins with is not written again.
        if setting != "first" {
            app.mail_me(setting).await;
        }
        for (n, email) in [(1, ADA), (2, "Ada@example.org"), (3, bob)] {
            app.join_with(&format!("s{n}"), json!({ "email": email })).await;
        }
        // Of one who cannot be recognised every visit may be the first.
        app.join("s4").await;
        app.join("s5").await;
        app.tell_by_mail().await;
        let mut told: Vec<String> =
            subjects(&smtp).iter().map(|subject| subject.replace("Ada@", "ada@")).collect();
        // Several are sent at a time.
        told.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(told, expected, "{setting}");
    }
}

#[tokio::test]
async fn mail_says_who_what_when_and_where() {
    let (app, smtp) = app_with_mail().await;
    let owner = &app.owner.owner_id;
    app.state.stores.accounts.set_zone(owner, "Europe/Berlin", true).await.expect("a zone");
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), r#"{"label":"Größe <b>"}"#).await.ok();
    app.visit(1, ADA).await;
    app.tell_by_mail().await;
    let mail = smtp.next().await;
    assert_eq!(mail.to, std::slice::from_ref(&app.owner.email));
    let text = mail.text();
    for part in [
        "ada@example.org (not verified) is reading for the first time: Twelve pages, by the link \u{2068}Größe <b>\u{2069}.",
        "Wed 18 Mar 2026, 13:00 CET",
        &format!("http://read.example/dashboard/{}?range=all&who=ada%40example.org#analytics", app.link),
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let message = mail.message();
    let html = message.body_html(0).expect("HTML");
    assert!(html.contains("<bdi>Größe &lt;b&gt;</bdi>") && !html.contains("<b>"), "{html}");
    let header = |name: &str| message.header_raw(name).unwrap_or_default().trim().to_owned();
    let stop = mail.path("http://read.example/stop-mails/");
    assert_eq!(header("List-Unsubscribe"), format!("<{stop}>"));
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
}

#[tokio::test]
async fn mail_says_that_an_address_is_verified() {
    let (app, smtp) = app_with_mail().await;
    let settings = json!({ "email": "required", "verifyEmail": true }).to_string();
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), settings).await.ok();
    let mut browser = Browser::new(&app);
    browser.call("pass_gate", &format!("link_id={}&email=ada%40example.org", app.link)).await.ok();
    app.send_mail().await;
    let code = smtp.next().await.subject().replace("Your code is ", "");
    browser.call("confirm_email", &format!("link_id={}&code={code}", app.link)).await.ok();
    browser.act(&app.link, "join", json!({})).await.ok();
    app.tell_by_mail().await;
    let text = smtp.next().await.text();
    assert!(text.contains("ada@example.org (verified) is reading"), "{text}");
}

#[tokio::test]
async fn outbox_is_written_only_for_wanted_mail() {
    let (app, _smtp) = app_with_mail().await;
    app.mail_me("off").await;
    app.visit(1, ADA).await;
    assert!(!app.has_outbox(), "the link is off");
    // As a link that is older than mail.
    app.redis.query::<u64>(&format!("HDEL send:link:{{{}}} mail", app.link));
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    owner.call("set_mails", "new_links=first").await.ok();
    app.visit(2, ADA).await;
    assert!(!app.has_outbox(), "all mails are off");
    owner.call("set_mails", "on=on&new_links=first").await.ok();
    app.visit(3, ADA).await;
    assert!(app.has_outbox(), "what links begin with reaches those that exist");
    let without = TestApp::with_own_redis().await;
    without.join("s1").await;
    assert!(!without.has_outbox(), "the server sends no mail");
}

#[tokio::test]
async fn new_links_begin_as_their_owner_chose() {
    let (app, _smtp) = app_with_mail().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    owner.call("set_mails", "on=on&new_links=daily").await.ok();
    let made = app.send(Method::POST, &format!("/api/documents/{}/links", app.document), "{}").await.json();
    assert_eq!(made["link"]["mail"], "daily");
    let own = r#"{"mail":"every"}"#;
    let made = app.send(Method::POST, &format!("/api/documents/{}/links", app.document), own).await.json();
    assert_eq!(made["link"]["mail"], "every");
    let link = app.send(Method::GET, &format!("/api/links/{}", app.link), "").await.json();
    assert_eq!(link["link"]["mail"], "first", "links that exist stay as they are");
    let page = owner.get(&format!("/documents/{}", app.document)).await.ok().text();
    assert!(page.contains("<option value=\"daily\" selected>"), "{page}");
}

#[tokio::test]
async fn setting_is_checked_and_needs_mail() {
    let (app, _smtp) = app_with_mail().await;
    let path = format!("/api/links/{}", app.link);
    let refused = app.send(Method::PATCH, &path, r#"{"mail":"always"}"#).await;
    assert_eq!(refused.status, 400, "{refused}");
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let page = owner.get(&format!("/links/{}", app.link)).await.ok().text();
    assert!(page.contains("name=\"settings[mail]\""), "{page}");
    owner.form("change_link", &format!("link_id={}&settings[mail]=every", app.link)).await;
    assert_eq!(app.send(Method::GET, &path, "").await.json()["link"]["mail"], "every");
    // A form without the field, as one of a server without mail, changes nothing.
    owner.form("change_link", &format!("link_id={}", app.link)).await;
    assert_eq!(app.send(Method::GET, &path, "").await.json()["link"]["mail"], "every");
    let without = TestApp::new().await;
    let path = format!("/api/links/{}", without.link);
    let said = without.send(Method::PATCH, &path, r#"{"mail":"daily"}"#).await.refused(400, "invalid_field");
    assert!(said.contains("mail"), "{said}");
    without.send(Method::PATCH, &path, r#"{"mail":"off"}"#).await.ok();
    let mut owner = Browser::signed_in(&without, &without.owner.owner_id).await;
    let page = owner.get(&format!("/links/{}", without.link)).await.ok().text();
    assert!(!page.contains("settings[mail]"), "{page}");
    assert!(!owner.get("/settings/notices").await.ok().text().contains("By mail"));
}

/// What ends the wish for a mail between its visit and its sending.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Link,
    Document,
    Owner,
    Switched,
    AllSwitched,
}

async fn end(app: &TestApp, end: End) {
    match end {
        End::Link => drop(app.send(Method::DELETE, &format!("/api/links/{}", app.link), "").await.ok()),
        End::Document => {
            drop(app.send(Method::DELETE, &format!("/api/documents/{}", app.document), "").await.ok());
        }
        End::Owner => {
            app.state.stores.accounts.remove(&app.owner.owner_id).await.expect("they are removed");
        }
        End::Switched => app.mail_me("off").await,
        End::AllSwitched => {
            let mut owner = Browser::signed_in(app, &app.owner.owner_id).await;
            owner.call("set_mails", "new_links=first").await.ok();
        }
    }
}

#[tokio::test]
async fn mail_no_longer_wanted_is_not_sent() {
    for how in [End::Link, End::Document, End::Owner, End::Switched, End::AllSwitched] {
        for is_queued in [false, true] {
            let (app, smtp) = app_with_mail().await;
            app.visit(1, ADA).await;
            if is_queued {
                app.state.teller().tell().await.expect("Redis answers");
                assert_eq!(app.queued_mails().await, 1);
            }
            end(&app, how).await;
            app.tell_by_mail().await;
            assert_eq!(subjects(&smtp), [""; 0], "{how:?}, queued: {is_queued}");
            assert_eq!(app.queued_mails().await, 0, "{how:?}");
        }
    }
}

#[tokio::test]
async fn mail_goes_to_the_new_address_of_its_owner() {
    let (app, smtp) = app_with_mail().await;
    app.visit(1, ADA).await;
    app.state.teller().tell().await.expect("Redis answers");
    let (owner, new) = (&app.owner.owner_id, "moved@example.org");
    let password = crate::support::test_app::PASSWORD;
    app.state.stores.accounts.change_email(owner, new, password).await.expect("it is changed");
    app.tell_by_mail().await;
    assert_eq!(smtp.next().await.to, [new]);
}

#[tokio::test]
async fn crash_between_visit_and_mail_loses_and_doubles_none() {
    let (app, smtp) = app_with_mail().await;
    app.mail_me("every").await;
    app.visit(1, ADA).await;
    let outbox = app.redis_key("outbox");
    app.redis.query::<u64>(&format!("COPY {outbox} kept:{outbox}"));
    for moment in ["the mail is queued", "the mail is sent"] {
        // The server died before it removed the event: another one reads it again.
        app.state.teller().tell().await.expect("Redis answers");
        if moment == "the mail is sent" {
            app.send_mail().await;
        }
        app.redis.query::<u64>(&format!("COPY kept:{outbox} {outbox} REPLACE"));
        app.state.stores.outboxes.links.note_at_latest(app.link.as_str(), app.now()).await.expect("noted");
    }
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp), ["ada@example.org opened Twelve pages"]);
    assert!(!app.has_outbox());
}

#[tokio::test]
async fn two_servers_send_one_mail_of_each_visit() {
    let (app, smtp) = app_with_mail().await;
    app.mail_me("every").await;
    let second = second_with_mail(&app, &smtp);
    for n in 0..9 {
        app.visit(n, &format!("r{n}@example.org")).await;
        tokio::join!(app.tell_by_mail(), second.tell_by_mail());
    }
    let mut told = subjects(&smtp);
    told.sort();
    let expected: Vec<String> = (0..9).map(|n| format!("r{n}@example.org opened Twelve pages")).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn full_queue_delays_the_mail_and_nothing_else() {
    let (app, smtp) = app_with_mail().await;
    let receiver = WebhookReceiver::start().await;
    let hook = json!({ "url": receiver.url(), "events": ["visit.started"] }).to_string();
    app.send(Method::POST, "/api/webhooks", hook).await;
    let mut fill = vec!["HSET".to_owned(), "send:mails:{mail}".to_owned()];
    fill.extend((0..10_000).flat_map(|n| [format!("m{n}"), "x".to_owned()]));
    let fill: Vec<&str> = fill.iter().map(String::as_str).collect();
    let _: i64 = app.redis.command(&fill);
    app.visit(1, ADA).await;
    app.visit(2, "bob@example.org").await;
    app.state.teller().tell().await.expect("Redis answers");
    assert_eq!(receiver.take().len(), 2, "the webhook is told in time");
    assert!(!app.has_outbox());
    // The hour ends while the queue is full, and then there is room again.
    app.advance(60);
    app.state.teller().tell().await.expect("Redis answers");
    app.redis.query::<u64>("DEL send:mails:{mail}");
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp), [""; 0], "it is tried again when its lease ends");
    app.advance(1);
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp), ["2 visits since Wed 18 Mar 2026, 12:00 UTC"]);
}

#[tokio::test]
async fn reader_of_another_link_is_not_new() {
    let (app, smtp) = app_with_mail().await;
    let document = app.state.stores.catalogue.document(&app.document).await.expect("the document");
    let second =
        app.state.services.library.make_link(&document, NewLink::default()).await.expect("a link").id;
    app.visit(1, ADA).await;
    app.tell_by_mail().await;
    Browser::new(&app).act(&second, "join", json!({ "email": ADA })).await.ok();
    app.tell_by_mail().await;
    assert_eq!(subjects(&smtp).len(), 1);
}
