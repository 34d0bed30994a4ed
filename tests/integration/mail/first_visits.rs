//! Whose visit is the first, where it is told by mail.

use axum::http::Method;
use serde_json::json;

use super::{app_with_mail, visits::subjects};
use crate::{notices::first_seen::join, support::test_app::TestApp};

/// Since when mail of first visits is wanted.
#[derive(Clone, Copy, Debug)]
enum Since {
    /// The link was off, and is switched on.
    Link,
    /// The owner wanted none, and wants it now.
    Owner,
    /// Another link of the document, where the reader is, stays off.
    OtherLink,
}

async fn set_mail(app: &TestApp, link: &str, mail: &str) {
    app.send(Method::PATCH, &format!("/api/links/{link}"), json!({ "mail": mail }).to_string()).await.ok();
}

async fn switch(app: &TestApp, on: bool) {
    app.send(Method::PATCH, "/api/notices/mails", json!({ "on": on }).to_string()).await.ok();
}

#[tokio::test]
async fn reader_of_a_running_visit_is_not_mailed_as_new() {
    for since in [Since::Link, Since::Owner, Since::OtherLink] {
        let (app, smtp) = app_with_mail().await;
        let second = app.second_link().await;
        let mut first_visit_at = &app.link;
        match since {
            Since::Link => set_mail(&app, app.link.as_str(), "off").await,
            Since::Owner => switch(&app, false).await,
            Since::OtherLink => {
                set_mail(&app, second.as_str(), "off").await;
                first_visit_at = &second;
            }
        }
        let mut expected = Vec::new();
        for round in 0..2 {
            let ada =
                json!({ "email": format!("ada{round}@example.org"), "fingerprint": format!("mark-{round}") });
            join(&app, first_visit_at, &ada).await;
            app.advance_ms(1);
            match since {
                Since::Link => set_mail(&app, app.link.as_str(), "first").await,
                Since::Owner => switch(&app, true).await,
                Since::OtherLink => {}
            }
            let bob = json!({ "email": format!("bob{round}@example.org") });
            for visit in [ada, json!({ "fingerprint": format!("mark-{round}") }), bob] {
                join(&app, &app.link, &visit).await;
                app.tell_by_mail().await;
            }
            expected.push(format!("bob{round}@example.org opened Twelve pages"));
            assert_eq!(subjects(&smtp), expected, "{since:?}");
            match since {
                Since::Link => set_mail(&app, app.link.as_str(), "off").await,
                Since::Owner => switch(&app, false).await,
                Since::OtherLink => {}
            }
        }
    }
}

#[tokio::test]
async fn reader_is_mailed_once_by_all_names() {
    let (app, smtp) = app_with_mail().await;
    let second = app.second_link().await;
    for visit in [
        json!({ "email": "ada@example.org", "fingerprint": "mark-1" }),
        json!({ "fingerprint": "mark-1" }),
        json!({ "email": "ADA@example.org", "fingerprint": "mark-2" }),
        json!({ "fingerprint": "mark-2" }),
    ] {
        join(&app, &second, &visit).await;
        app.tell_by_mail().await;
    }
    assert_eq!(subjects(&smtp), ["ada@example.org opened Twelve pages"]);
}
