//! Who may ask what: every address there is, asked by everybody there can be.

pub mod routes;

use axum::body::Body;
use serde_json::json;
use sightline::{
    error::AppError,
    model::{DocumentId, KeyId, LinkId, NewLink, Owner},
};

use self::routes::{Answer, Content, Row, rows};
use crate::support::{
    browser::Browser,
    pdf::Pdf,
    reply::Reply,
    test_app::{PASSWORD, TestApp},
};

/// Those who ask, in the order of [`Answer::Everybody`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    OtherOwner,
    Owner,
    ApiKey,
    RevokedKey,
}

const EVERYBODY: [Who; 5] = [Who::Nobody, Who::OtherOwner, Who::Owner, Who::ApiKey, Who::RevokedKey];

/// One thing of each kind, which nobody else touches.
struct Things {
    document: DocumentId,
    link: LinkId,
    key: KeyId,
}

impl Things {
    /// A copy of the app's document: to check a file again and again would take most of the time.
    async fn fresh(app: &TestApp, name: &str) -> Self {
        let mut document = app.state.catalogue.document(&app.document).await.expect("the app's document");
        document.id = name.parse().expect("a document's id");
        let files = app.data_dir().join("files");
        let (from, to) = (files.join(app.document.as_str()), files.join(name));
        std::fs::create_dir_all(&to).expect("a folder");
        let version = &document.file.version;
        std::fs::copy(from.join(version), to.join(version)).expect("a copy");
        app.state.catalogue.add_document(&document).await.expect("a document");
        let mut link = NewLink::default();
        link.settings.download = Some(true);
        let link = app.state.make_link(&document, link).await.expect("a link").id;
        let key = app.state.accounts.new_key(&app.owner.owner_id, "to be revoked").await.expect("a key");
        Self { document: document.id, link, key: key.listed.key_id }
    }

    /// What there is of them, to see that nothing changed.
    async fn as_they_are(&self, app: &TestApp) -> String {
        let document = app.state.catalogue.document(&self.document).await;
        let link = app.state.catalogue.link(&self.link).await;
        let keys = app.state.accounts.keys(&app.owner.owner_id).await.expect("keys");
        let has_key = keys.iter().any(|key| key.key_id == self.key);
        format!("{document:?} {link:?} {has_key}")
    }

    fn filled_in(&self, text: &str) -> String {
        text.replace("{document}", self.document.as_str())
            .replace("{link}", self.link.as_str())
            .replace("{key}", self.key.as_str())
            .replace("{token}", "no-such-token")
            .replace("{page}", "1")
    }
}

/// An app with a second owner, and a key that holds no more.
struct Case {
    app: TestApp,
    other: Owner,
    revoked: String,
}

impl Case {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let accounts = &app.state.accounts;
        let other = accounts.add(&format!("other-{}", app.owner.email), PASSWORD).await.expect("an owner");
        let made = accounts.new_key(&app.owner.owner_id, "revoked").await.expect("a key");
        accounts.revoke_key(&app.owner.owner_id, &made.listed.key_id).await.expect("it goes");
        Self { app, other, revoked: made.key }
    }

    async fn browser(&self, who: Who) -> Browser<'_> {
        let new = Browser::new(&self.app);
        match who {
            Who::Nobody => new,
            Who::OtherOwner => Browser::signed_in(&self.app, &self.other.owner_id).await,
            Who::Owner => Browser::signed_in(&self.app, &self.app.owner.owner_id).await,
            Who::ApiKey => new.with_key(&self.app.api_key),
            Who::RevokedKey => new.with_key(&self.revoked),
        }
    }

    async fn send(&self, row: &Row, things: &Things, who: Who) -> (u16, Option<Reply>) {
        let path = things.filled_in(row.path) + row.query;
        let mut browser = self.browser(who).await;
        if path.ends_with("/events") {
            // One that is let in has no end.
            return (browser.stream(&path).await.0, None);
        }
        let (kind, body) = match row.content {
            Content::Nothing => ("text/plain", Body::empty()),
            Content::Json(text) => ("application/json", Body::from(things.filled_in(text))),
            Content::Form(text) => ("application/x-www-form-urlencoded", Body::from(things.filled_in(text))),
            Content::File => ("application/pdf", Body::from(Pdf::with_box("[0 0 10 10]").bytes())),
        };
        let reply = browser.send(row.method, &path, &[("content-type", kind)], body).await;
        (reply.status, Some(reply))
    }
}

/// The code of an error, whichever door it came through; `None` for a page.
fn code(row: &Row, reply: &Reply) -> Option<String> {
    if row.path.starts_with("/sfn/") {
        let error: AppError = serde_json::from_slice(&reply.body).expect("an error");
        return Some(error.code().to_owned());
    }
    let is_page = reply.header("content-type").starts_with("text/html");
    (!is_page).then(|| reply.json()["code"].as_str().expect("a code").to_owned())
}

/// What is right, as a status and, for an error, its code.
fn expected(row: &Row, who: Who) -> (u16, &'static str) {
    match (row.answer, who) {
        (Answer::Everybody(statuses), _) => (statuses[who as usize], ""),
        (_, Who::Nobody) => (401, "sign_in_required"),
        (_, Who::RevokedKey) => (401, "wrong_api_key"),
        (Answer::OwnersOf(code), Who::OtherOwner) => (404, code),
        (Answer::Owners | Answer::OwnersOf(_), _) => (200, ""),
    }
}

#[tokio::test]
async fn every_route_enforces_its_access_rule() {
    let case = Case::new().await;
    for (number, row) in rows().iter().enumerate() {
        for who in EVERYBODY {
            let what = format!("{} {} by {who:?}", row.method, row.path);
            let things = Things::fresh(&case.app, &format!("{}-{number}-{}", case.app.link, who as u8)).await;
            let before = things.as_they_are(&case.app).await;
            let (status, reply) = case.send(row, &things, who).await;
            let told = reply.as_ref().map(Reply::to_string).unwrap_or_default();
            let (right, right_code) = expected(row, who);
            let is_right = if right == 200 { (200..300).contains(&status) } else { status == right };
            assert!(is_right, "{what}: {status} in place of {right}: {told}");
            if right < 400 {
                continue;
            }
            assert_eq!(things.as_they_are(&case.app).await, before, "{what} changed something");
            let Some(reply) = reply else { continue };
            assert!(!reply.text().contains("Twelve pages"), "{what}: {told}");
            match code(row, &reply) {
                Some(code) if !right_code.is_empty() => assert_eq!(code, right_code, "{what}: {told}"),
                None if right_code == "sign_in_required" => {
                    assert!(reply.text().contains("action=\"/sfn/sign_in\""), "{what}: no form");
                }
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn lists_show_only_the_owners_own() {
    let case = Case::new().await;
    let mut other = case.browser(Who::OtherOwner).await;
    for (method, path) in [("GET", "/"), ("GET", "/api/documents"), ("POST", "/sfn/documents")] {
        let reply = other.json(method, path, &json!({})).await.ok();
        assert!(!reply.text().contains("Twelve pages"), "{path}: {reply}");
        let reply = case.browser(Who::Owner).await.json(method, path, &json!({})).await.ok();
        assert!(reply.text().contains("Twelve pages"), "{path}: {reply}");
    }
    let (status, mut events) = other.stream("/api/documents/events").await;
    let first = events.next_named("documents").await.data.to_string();
    assert!(status == 200 && !first.contains("Twelve pages"), "{first}");
    let keys = other.json("POST", "/sfn/api_keys", &json!({})).await.ok().json();
    assert_eq!(keys, json!([]));
}

#[tokio::test]
async fn api_key_takes_precedence_over_session_cookie() {
    let case = Case::new().await;
    let mut both = case.browser(Who::OtherOwner).await.with_key(&case.app.api_key);
    let mine = both.json("POST", "/sfn/who_am_i", &json!({})).await.ok().json();
    assert_eq!(mine["email"], case.app.owner.email.as_str());
    for header in ["Bearer", "Bearer ", "bearer nonsense", "Bearer sl_\u{e4}"] {
        let mut browser = case.browser(Who::Owner).await.with_header("authorization", header);
        browser.json("GET", "/api/documents", &json!({})).await.refused(401, "wrong_api_key");
    }
    let mut basic = case.browser(Who::Owner).await.with_header("authorization", "Basic YTpi");
    basic.json("GET", "/api/documents", &json!({})).await.ok();
}
