//! The gate of a link: which visitors it lets through, and that a closed gate reveals nothing of the document.

mod grants;
mod limits;
mod lists;
mod passing;

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::{EmailGate, LinkChange, LinkId, NewLink};

use crate::support::{browser::Browser, reply::Reply, test_app::TestApp};

const DAY: i64 = 24 * 60 * 60 * 1_000;
const SECRET: &str = "open sesame";

/// The kinds of links that an owner can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    None,
    EmailOptional,
    EmailRequired,
    Password,
    Both,
    Expired,
    Off,
    Deleted,
}

const KINDS: [Kind; 8] = [
    Kind::None,
    Kind::EmailOptional,
    Kind::EmailRequired,
    Kind::Password,
    Kind::Both,
    Kind::Expired,
    Kind::Off,
    Kind::Deleted,
];

impl Kind {
    fn has_password(self) -> bool {
        matches!(self, Self::Password | Self::Both)
    }

    fn has_gate(self) -> bool {
        self.has_password() || matches!(self, Self::EmailOptional | Self::EmailRequired)
    }

    /// A link of this kind, still open, so that its gate can be passed.
    async fn make_link(self, app: &TestApp) -> LinkId {
        let email = match self {
            Self::EmailOptional => EmailGate::Optional,
            Self::EmailRequired | Self::Both => EmailGate::Required,
            _ => EmailGate::None,
        };
        let settings = LinkChange {
            email: Some(email),
            password: self.has_password().then(|| Some(SECRET.to_owned())),
            download: Some(true),
            ..LinkChange::default()
        };
        make_link(app, settings).await
    }

    /// What the owner does to the link afterwards.
    async fn close(self, app: &TestApp, link: &LinkId) {
        match self {
            Self::Expired => change(app, link, json!({ "expiresAt": app.now() - 1 })).await,
            Self::Off => change(app, link, json!({ "enabled": false })).await,
            Self::Deleted => {
                app.send(Method::DELETE, &format!("/api/links/{link}"), "").await.ok();
            }
            _ => {}
        }
    }
}

async fn make_link(app: &TestApp, settings: LinkChange) -> LinkId {
    let document = app.state.stores.catalogue.document(&app.document).await.expect("the app's document");
    app.state
        .services
        .library
        .make_link(&document, NewLink { link_id: None, settings })
        .await
        .expect("a link")
        .id
}

async fn change(app: &TestApp, link: &LinkId, change: Value) {
    app.send(Method::PATCH, &format!("/api/links/{link}"), change.to_string()).await.ok();
}

/// The form of a gate, with an answer to everything that a gate can ask for.
fn answers(link: &LinkId) -> String {
    format!("link_id={link}&email=reader%40example.com&password=open+sesame")
}

/// The grant in a visitor's browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grant {
    Missing,
    Valid,
    OtherLink,
    BeforePasswordChange,
    Expired,
}

const GRANTS: [Grant; 5] =
    [Grant::Missing, Grant::Valid, Grant::OtherLink, Grant::BeforePasswordChange, Grant::Expired];

async fn visitor<'a>(app: &'a TestApp, link: &LinkId, kind: Kind, grant: Grant) -> Browser<'a> {
    let mut browser = Browser::new(app);
    match grant {
        Grant::Missing => {}
        Grant::Valid => {
            browser.call("pass_gate", &answers(link)).await.ok();
        }
        Grant::OtherLink => {
            let another = kind.make_link(app).await;
            browser.call("pass_gate", &answers(&another)).await.ok();
            // Under its own name, and under this link's.
            let value = browser.cookie("sightline-grant-").expect("a grant").to_owned();
            browser.add_cookie(&format!("sightline-grant-{link}"), &value, "/");
        }
        Grant::BeforePasswordChange => {
            browser.call("pass_gate", &answers(link)).await.ok();
            if kind.has_gate() {
                change(app, link, json!({ "password": "another secret" })).await;
            }
        }
        Grant::Expired => {
            browser.call("pass_gate", &answers(link)).await.ok();
            app.set_clock(app.now() + DAY);
        }
    }
    browser
}

/// Everything that a visitor can do, in this order.
async fn every_action(browser: &mut Browser<'_>, link: &LinkId) -> [(&'static str, Reply); 6] {
    [
        ("html", browser.get(&format!("/v/{link}")).await),
        ("page", browser.get(&format!("/v/{link}/pages/1")).await),
        ("download", browser.get(&format!("/v/{link}/download")).await),
        ("join", browser.act(link, "join", json!({})).await),
        ("heartbeat", browser.act(link, "heartbeat", json!({ "currentPage": 2 })).await),
        ("leave", browser.act(link, "leave", json!({})).await),
    ]
}

/// The expected status and, for an error, its code.
fn expected(kind: Kind, grant: Grant, action: &str) -> (u16, &'static str) {
    match kind {
        Kind::Deleted => (404, "link_not_found"),
        Kind::Expired | Kind::Off if action == "leave" => (200, ""),
        Kind::Expired => (410, "link_expired"),
        Kind::Off => (410, "link_off"),
        // The page of a closed gate has status 200.
        _ if kind.has_gate() && grant != Grant::Valid && action != "html" => (403, "gate_closed"),
        _ => (200, ""),
    }
}

#[tokio::test]
async fn only_a_valid_grant_opens_a_gate() {
    let app = TestApp::new().await;
    for kind in KINDS {
        for grant in GRANTS {
            let link = kind.make_link(&app).await;
            let mut browser = visitor(&app, &link, kind, grant).await;
            kind.close(&app, &link).await;
            let is_closed = kind.has_gate() && grant != Grant::Valid;
            for (action, reply) in every_action(&mut browser, &link).await {
                let what = format!("{kind:?}, {grant:?}, {action}");
                let (status, code) = expected(kind, grant, action);
                assert_eq!(reply.status, status, "{what}: {reply}");
                let is_page = reply.header("content-type").starts_with("text/html");
                assert_eq!(is_page, action == "html", "{what}: {reply}");
                if !code.is_empty() && !is_page {
                    reply.refused(status, code);
                }
                if status != 200 || (is_closed && action == "html") {
                    assert_reveals_nothing(&reply, kind, &what);
                }
                if action == "html" && status == 200 {
                    assert_eq!(reply.text().contains("data-testid=\"gate\""), is_closed, "{what}");
                }
            }
        }
    }
}

/// Fails if an answer contains a picture, the file, the number of pages or their addresses; or the title, unless the
/// gate asks for nothing but an e-mail address.
fn assert_reveals_nothing(reply: &Reply, kind: Kind, what: &str) {
    for start in [b"\x89PNG".as_slice(), b"%PDF"] {
        assert!(!reply.body.windows(4).any(|window| window == start), "{what}: {start:?}");
    }
    let text = reply.text();
    for word in ["/pages/", "pageCount", "12 pages", "og:image", "og:description"] {
        assert!(!text.contains(word), "{what}: {word} in {text}");
    }
    let title_is_public = matches!(kind, Kind::EmailOptional | Kind::EmailRequired);
    assert!(title_is_public || !text.contains("Twelve pages"), "{what}: the title in {text}");
}
