//! Every route, asked by every kind of requester.

pub mod routes;

use axum::body::Body;
use serde_json::json;
use sightline::{
    error::AppError,
    model::{DocumentId, KeyId, LinkId, NewLink, NoticeKind, Owner, WebhookId, WebhookKind},
    server::store::channels::{Channel, ChannelName},
};

use self::routes::{Answer, Content, Row, rows};
use crate::support::{
    browser::Browser,
    pdf::Pdf,
    reply::Reply,
    test_app::{PASSWORD, TestApp},
};

/// The kinds of requesters, in the order of [`Answer::ByRequester`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requester {
    Anonymous,
    OtherOwner,
    Owner,
    ApiKey,
    RevokedKey,
}

const REQUESTERS: [Requester; 5] =
    [Requester::Anonymous, Requester::OtherOwner, Requester::Owner, Requester::ApiKey, Requester::RevokedKey];

/// A document, a link and an API key for one request to act on.
pub struct Resources {
    pub document: DocumentId,
    pub link: LinkId,
    pub key: KeyId,
    pub webhook: WebhookId,
}

impl Resources {
    /// Copies the app's document: uploading it for each request would take most of the test's time.
    pub async fn create(app: &TestApp, name: &str) -> Self {
        let mut document =
            app.state.stores.catalogue.document(&app.document).await.expect("the app's document");
        document.id = name.parse().expect("a document's id");
        let files = app.data_dir().join("files");
        let (from, to) = (files.join(app.document.as_str()), files.join(name));
        std::fs::create_dir_all(&to).expect("a folder");
        let version = &document.file.version;
        std::fs::copy(from.join(version), to.join(version)).expect("a copy");
        app.state.stores.catalogue.add_document(&document).await.expect("a document");
        let mut link = NewLink::default();
        link.settings.download = Some(true);
        let link = app.state.services.library.make_link(&document, link).await.expect("a link").id;
        let key = app
            .state
            .stores
            .accounts
            .new_key(&app.owner.owner_id, "to be revoked", Default::default())
            .await
            .expect("a key");
        let webhook = Channel::new(
            name.parse().expect("an id"),
            WebhookKind::Webhook,
            "https://example.org/".to_owned(),
            vec![NoticeKind::LinkBusy],
            None,
            app.now(),
        );
        app.state.stores.channels.add(&app.owner.owner_id, &webhook).await.expect("a webhook");
        Self { document: document.id, link, key: key.listed.key_id, webhook: webhook.id }
    }

    /// Their stored state, to show that nothing changed.
    async fn state(&self, app: &TestApp) -> String {
        let document = app.state.stores.catalogue.document(&self.document).await;
        let link = app.state.stores.catalogue.link(&self.link).await;
        let keys = app.state.stores.accounts.keys(&app.owner.owner_id).await.expect("keys");
        let has_key = keys.iter().any(|key| key.key_id == self.key);
        let name = ChannelName { owner: app.owner.owner_id.clone(), channel: self.webhook.clone() };
        let webhook = app.state.stores.channels.channel(&name).await;
        format!("{document:?} {link:?} {has_key} {webhook:?}")
    }

    fn fill_in(&self, text: &str) -> String {
        text.replace("{document}", self.document.as_str())
            .replace("{link}", self.link.as_str())
            .replace("{key}", self.key.as_str())
            .replace("{webhook}", self.webhook.as_str())
            .replace("{delivery}", "none")
            .replace("{token}", "no-such-token")
            .replace("{badge}", "none")
            .replace("{page}", "1")
            .replace("{correction}", "none")
            .replace("{visit}", "1-0")
            .replace("{reader}", "unknown%40example.com")
    }
}

/// An app with a second owner and a revoked API key.
struct Case {
    app: TestApp,
    other: Owner,
    revoked: String,
}

impl Case {
    async fn new() -> Self {
        // Its owner runs the server; theirs do not.
        let _older = TestApp::new().await;
        let app = TestApp::new().await;
        let accounts = &app.state.stores.accounts;
        let other = accounts.add(&format!("other-{}", app.owner.email), PASSWORD).await.expect("an owner");
        let made = accounts.new_key(&app.owner.owner_id, "revoked", Default::default()).await.expect("a key");
        accounts.revoke_key(&app.owner.owner_id, &made.listed.key_id).await.expect("the key is revoked");
        Self { app, other, revoked: made.key }
    }

    async fn browser(&self, requester: Requester) -> Browser<'_> {
        let new = Browser::new(&self.app);
        match requester {
            Requester::Anonymous => new,
            Requester::OtherOwner => Browser::signed_in(&self.app, &self.other.owner_id).await,
            Requester::Owner => Browser::signed_in(&self.app, &self.app.owner.owner_id).await,
            Requester::ApiKey => new.with_key(&self.app.api_key),
            Requester::RevokedKey => new.with_key(&self.revoked),
        }
    }

    async fn send(&self, row: &Row, resources: &Resources, requester: Requester) -> (u16, Option<Reply>) {
        let path = resources.fill_in(row.path) + row.query;
        let mut browser = self.browser(requester).await;
        if path.ends_with("/events") {
            // An accepted stream has no end.
            return (browser.stream(&path).await.0, None);
        }
        let (kind, body) = match row.content {
            Content::Nothing => ("text/plain", Body::empty()),
            Content::Json(text) => ("application/json", Body::from(resources.fill_in(text))),
            Content::Form(text) => ("application/x-www-form-urlencoded", Body::from(resources.fill_in(text))),
            Content::File => ("application/pdf", Body::from(Pdf::with_box("[0 0 10 10]").bytes())),
        };
        let reply = browser.send(row.method, &path, &[("content-type", kind)], body).await;
        (reply.status, Some(reply))
    }
}

/// The code of an error from REST or a server function; `None` for a page.
fn code(row: &Row, reply: &Reply) -> Option<String> {
    if row.path.starts_with("/sfn/") {
        let error: AppError = serde_json::from_slice(&reply.body).expect("an error");
        return Some(error.code().to_owned());
    }
    let is_page = reply.header("content-type").starts_with("text/html");
    (!is_page).then(|| reply.json()["code"].as_str().expect("a code").to_owned())
}

/// The expected status and, for an error, its code.
fn expected(row: &Row, requester: Requester) -> (u16, &'static str) {
    match (row.answer, requester) {
        (Answer::ByRequester(statuses), _) => (statuses[requester as usize], ""),
        (_, Requester::Anonymous) => (401, "sign_in_required"),
        (_, Requester::RevokedKey) => (401, "wrong_api_key"),
        (Answer::OwnersOf(code), Requester::OtherOwner) => (404, code),
        (Answer::Account, Requester::ApiKey) => (403, "forbidden"),
        (Answer::Owners | Answer::OwnersOf(_) | Answer::Account, _) => (200, ""),
    }
}

#[tokio::test]
async fn every_route_enforces_its_access_rule() {
    let case = Case::new().await;
    for (number, row) in rows().iter().enumerate() {
        for requester in REQUESTERS {
            let what = format!("{} {} by {requester:?}", row.method, row.path);
            let resources =
                Resources::create(&case.app, &format!("{}-{number}-{}", case.app.link, requester as u8))
                    .await;
            let before = resources.state(&case.app).await;
            let (status, reply) = case.send(row, &resources, requester).await;
            let told = reply.as_ref().map(Reply::to_string).unwrap_or_default();
            let (right, right_code) = expected(row, requester);
            let is_right = if right == 200 { (200..300).contains(&status) } else { status == right };
            assert!(is_right, "{what}: {status} instead of {right}: {told}");
            if right < 400 {
                continue;
            }
            assert_eq!(resources.state(&case.app).await, before, "{what} changed something");
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
    let mut other = case.browser(Requester::OtherOwner).await;
    for (method, path) in [("GET", "/"), ("GET", "/api/documents"), ("POST", "/sfn/documents")] {
        let reply = other.json(method, path, &json!({})).await.ok();
        assert!(!reply.text().contains("Twelve pages"), "{path}: {reply}");
        let reply = case.browser(Requester::Owner).await.json(method, path, &json!({})).await.ok();
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
    let mut both = case.browser(Requester::OtherOwner).await.with_key(&case.app.api_key);
    let mine = both.json("POST", "/sfn/who_am_i", &json!({})).await.ok().json();
    assert_eq!(mine["email"], case.app.owner.email.as_str());
    for header in ["Bearer", "Bearer ", "bearer nonsense", "Bearer sl_\u{e4}"] {
        let mut browser = case.browser(Requester::Owner).await.with_header("authorization", header);
        browser.json("GET", "/api/documents", &json!({})).await.refused(401, "wrong_api_key");
    }
    let mut basic = case.browser(Requester::Owner).await.with_header("authorization", "Basic YTpi");
    basic.json("GET", "/api/documents", &json!({})).await.ok();
}
