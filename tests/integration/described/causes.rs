//! What causes each status of an operation.

use axum::{body::Body, http::Method};
use serde_json::json;
use sightline::{
    model::{CorrectionState, DocumentId, KeyId, LinkId},
    server::store::{
        corrections::{CorrectionName, StoredCorrection},
        made_once::{Kept, Known},
    },
};

use crate::{
    authorization::Resources,
    support::{
        browser::Browser,
        described::{Operation, Takes},
        pdf::Pdf,
        redis_server::RedisServer,
        reply::Reply,
        test_app::TestApp,
    },
};

/// Answers that take a flood, a slow line, a full disk or a broken file: the beginning of `STATUS METHOD PATH`, and the
/// tests that give them. They pass the same check there.
pub const ELSEWHERE: &[(&str, &str)] = &[
    ("408 ", "unit tests in body_pace.rs: a body that takes half a minute"),
    ("429 GET /v/{link}/pages/{page}", "counting.rs: 10,000 pictures"),
    ("429 GET /api/send/realtime/{link}/events", "live.rs: 100 streams"),
    ("429 GET /api/documents/events", "live.rs: the same limit"),
    ("429 GET /api/documents/{document}/events", "live.rs: the same limit"),
    ("429 GET /api/notices/events", "live.rs: the same limit"),
    ("429 GET /embed/{token}/events", "badges.rs: 100 streams of one badge"),
    ("429 POST /api/documents", "unit tests in rate_limits/uploads.rs: a fifth upload while four run"),
    ("429 PUT /api/documents/{document}/file", "unit tests in rate_limits/uploads.rs: the same limit"),
    ("500 ", "documents/: files whose pages cannot be drawn"),
    ("507 ", "full_disk.rs"),
];

/// The apps that requests are sent to.
pub struct Causes {
    app: TestApp,
    /// Requires two-factor sign-in, which its owner has not set up.
    strict: TestApp,
    /// Lets one reader in.
    narrow: TestApp,
    /// Its Redis has stopped.
    away: TestApp,
}

/// What a request acts on.
struct Target {
    document: String,
    link: String,
    visit: String,
    reader: String,
    key: String,
    badge: String,
    correction: String,
    token: String,
    webhook: String,
    delivery: String,
}

impl Causes {
    /// Each app is made in a box: together they take more than the stack of a test has.
    pub async fn new() -> Self {
        let away = Box::pin(TestApp::with_own_redis()).await;
        away.redis.stop();
        let app = Box::pin(app_with_mail()).await;
        let strict = Box::pin(TestApp::with_config(|config| config.require_second_factor = true)).await;
        let narrow = Box::pin(TestApp::with_config(|config| config.max_viewers = 1)).await;
        Self { app, strict, narrow, away }
    }

    /// Sends a request that the operation has to answer so; returns the status of its answer.
    pub async fn provoke(&self, operation: &Operation, status: u16) -> u16 {
        match status {
            401 => {
                send(
                    operation,
                    &Box::pin(existing(&self.app)).await,
                    Browser::new(&self.app).with_key("no-such-key"),
                    &[],
                    None,
                )
                .await
            }
            403 => Box::pin(self.forbidden(operation)).await,
            404 => send(operation, &unknown(), owner(&self.app).await, &[], None).await,
            400 => Box::pin(self.invalid(operation)).await,
            409 => Box::pin(self.taken(operation)).await,
            410 => Box::pin(self.closed(operation)).await,
            413 => Box::pin(self.too_large(operation)).await,
            422 => Box::pin(self.refused(operation)).await,
            429 => {
                self.narrow.join("only").await;
                let body = json!({ "action": "join", "sessionId": "another" }).to_string();
                send(operation, &of_app(&self.narrow), Browser::new(&self.narrow), &[], Some(body.into()))
                    .await
            }
            503 => {
                let who = Browser::new(&self.away).with_key(&self.away.api_key);
                send(operation, &of_app(&self.away), who, &[], None).await
            }
            304 => Box::pin(self.unchanged(operation)).await,
            _ => {
                let target = Box::pin(existing(&self.app)).await;
                // A reader of their own: the owner's visits do not count.
                let is_visit = operation.path == "/api/send/realtime/{link}" && operation.method == "POST";
                let who = if is_visit { Browser::new(&self.app) } else { owner(&self.app).await };
                send(operation, &target, who, &[], None).await
            }
        }
    }

    /// By a page of another site; a GET by an owner who first has to set up two-factor sign-in, or at a closed gate.
    async fn forbidden(&self, operation: &Operation) -> u16 {
        if operation.method != "GET" {
            let headers = [("sec-fetch-site", "cross-site")];
            return send(
                operation,
                &Box::pin(existing(&self.app)).await,
                Browser::new(&self.app),
                &headers,
                None,
            )
            .await;
        }
        if operation.codes(403).contains(&"forbidden") {
            let target = of_app(&self.strict);
            return send(operation, &target, owner(&self.strict).await, &[], None).await;
        }
        let target = Box::pin(existing(&self.app)).await;
        self.change(&target, json!({ "password": "open sesame" })).await;
        send(operation, &target, Browser::new(&self.app), &[], None).await
    }

    /// With a wrong body, or else a wrong parameter.
    async fn invalid(&self, operation: &Operation) -> u16 {
        let target = Box::pin(existing(&self.app)).await;
        if operation.takes == Takes::Json {
            let body = Some("nonsense".into());
            return send(operation, &target, owner(&self.app).await, &[], body).await;
        }
        if operation.path == "/api/corrections/{correction}" {
            self.interrupt(&target).await;
            return send(operation, &target, owner(&self.app).await, &[], None).await;
        }
        let many = "of=/&".repeat(51);
        let wrong = [
            ("of", &*many),
            ("range", "range=never"),
            ("limit", "limit=0"),
            ("width", "v=1&v=2"),
            ("after", "after=nothing"),
            ("page", "page=0"),
            ("session", "session=a&session=b"),
            ("last", "last=a&last=b"),
            ("title", "title=a&title=b"),
            ("theme", "theme=dark&theme=light"),
        ];
        let has =
            |name: &str| operation.parameters.iter().any(|(place, known)| place == "query" && known == name);
        let (_, query) = wrong.iter().find(|(name, _)| has(name)).expect("a parameter");
        let path = format!("{}?{query}", target.fill_in(&operation.path));
        request(operation, &path, owner(&self.app).await, &[], None).await.status
    }

    /// An address that is taken, or a request with the same key that runs.
    async fn taken(&self, operation: &Operation) -> u16 {
        let target = Box::pin(existing(&self.app)).await;
        if operation.codes(409).contains(&"taken") {
            let body = json!({ "linkId": target.link }).to_string();
            return send(operation, &target, owner(&self.app).await, &[], Some(body.into())).await;
        }
        let made_once = &self.app.state.stores.made_once;
        made_once.begin(&self.app.owner.owner_id, &target.link).await.expect("Redis answers");
        send(operation, &target, owner(&self.app).await, &[("idempotency-key", &target.link)], None).await
    }

    /// With a file that is none, or with a key of another request.
    async fn refused(&self, operation: &Operation) -> u16 {
        let target = Box::pin(existing(&self.app)).await;
        if operation.codes(422).contains(&"file_refused") {
            let body = Some("no file".into());
            return send(operation, &target, owner(&self.app).await, &[], body).await;
        }
        let made_once = &self.app.state.stores.made_once;
        let begun = made_once.begin(&self.app.owner.owner_id, &target.link).await.expect("Redis answers");
        let Known::Nothing(run) = begun else { panic!("a new key") };
        let another = Kept { fingerprint: "of another request".to_owned(), answer: None };
        made_once.end(&run, Some(&another)).await.expect("Redis answers");
        send(operation, &target, owner(&self.app).await, &[("idempotency-key", &target.link)], None).await
    }

    async fn closed(&self, operation: &Operation) -> u16 {
        let target = Box::pin(existing(&self.app)).await;
        self.change(&target, json!({ "enabled": false })).await;
        send(operation, &target, Browser::new(&self.app), &[], None).await
    }

    /// A body over 4 KiB, or a file that says it has a gigabyte.
    async fn too_large(&self, operation: &Operation) -> u16 {
        let (headers, body) = match operation.takes {
            Takes::File => (vec![("content-length", "1000000000")], Body::empty()),
            _ => (Vec::new(), "x".repeat(200_000).into()),
        };
        let target = Box::pin(existing(&self.app)).await;
        send(operation, &target, owner(&self.app).await, &headers, Some(body)).await
    }

    /// Asked again with the tag of the answer behind a gate.
    async fn unchanged(&self, operation: &Operation) -> u16 {
        let target = Box::pin(existing(&self.app)).await;
        self.change(&target, json!({ "password": "open sesame" })).await;
        let mut reader = Browser::new(&self.app);
        let form = format!("link_id={}&password=open+sesame", target.link);
        reader.call("pass_gate", &form).await.ok();
        let document =
            self.app.state.stores.catalogue.document(&self.app.document).await.expect("a document");
        let path = format!("{}?v={}", target.fill_in(&operation.path), document.file.version);
        let tag = reader.get(&path).await.header("etag").to_owned();
        reader.send("GET", &path, &[("if-none-match", &tag)], "").await.status
    }

    /// Makes the correction one that is not done.
    async fn interrupt(&self, target: &Target) {
        let corrections = &self.app.state.stores.corrections;
        let id = target.correction.parse().expect("an id");
        let name = CorrectionName { owner: self.app.owner.owner_id.clone(), id };
        let record = corrections.get(&name).await.expect("Redis answers").expect("a correction");
        let record = StoredCorrection { state: CorrectionState::LeavingOut, ..record };
        corrections.begin(&name, &record).await.expect("Redis answers");
    }

    async fn change(&self, target: &Target, change: serde_json::Value) {
        let path = format!("/api/links/{}", target.link);
        self.app.send(Method::PATCH, &path, change.to_string()).await.ok();
    }
}

impl Target {
    fn fill_in(&self, path: &str) -> String {
        path.replace("{document}", &self.document)
            .replace("{link}", &self.link)
            .replace("{visit}", &self.visit)
            .replace("{reader}", &self.reader)
            .replace("{key}", &self.key)
            .replace("{badge}", &self.badge)
            .replace("{correction}", &self.correction)
            .replace("{token}", &self.token)
            .replace("{webhook}", &self.webhook)
            .replace("{delivery}", &self.delivery)
            .replace("{page}", "1")
    }
}

/// An app that sends mail: to no server, as nothing sends what waits here.
async fn app_with_mail() -> TestApp {
    TestApp::with_redis(RedisServer::start(), |config| {
        config.smtp_url = Some("smtp://127.0.0.1:1".to_owned());
        config.mail_from = Some("notes@read.example".to_owned());
        config.public_url = Some("http://read.example".to_owned());
    })
    .await
}

/// A document, a link and a key of their own, and a visit by a reader.
async fn existing(app: &TestApp) -> Target {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let Resources { document, link, key, webhook } =
        Box::pin(Resources::create(app, &format!("described-{}-{number}", app.link))).await;
    let reader = format!("reader-{number}@example.com");
    let path = format!("/api/send/realtime/{link}");
    for body in [
        json!({ "action": "join", "sessionId": "s", "email": reader, "currentPage": 1 }),
        json!({ "action": "leave", "sessionId": "s" }),
    ] {
        app.send(Method::POST, &path, body.to_string()).await.ok();
    }
    let visits = app.get(&format!("/api/links/{link}/visits")).await.ok().json();
    let visit = visits["visits"][0]["id"].as_str().expect("a visit").to_owned();
    let new = r#"{"sites":["https://example.org"],"live":true}"#;
    let made = app.send(Method::POST, &format!("/api/links/{link}/badges"), new).await.json();
    let text = |name: &str| made["badge"][name].as_str().expect(name).to_owned();
    let token = text("url").rsplit('/').next().expect("a token").to_owned();
    let webhook = webhook.to_string();
    let tested = app.send(Method::POST, &format!("/api/webhooks/{webhook}/test"), "").await.json();
    let delivery = tested["deliveryId"].as_str().expect("a delivery").to_owned();
    let (badge, token) = (text("badgeId"), token + ".json");
    let asked = format!("/api/corrections?of=link:{link}");
    let made = app.send(Method::POST, &asked, "").await.json();
    let correction = made["correction"]["correctionId"].as_str().expect("a correction").to_owned();
    // One more visit, for another correction.
    for action in ["join", "leave"] {
        let body = json!({ "action": action, "sessionId": "another" }).to_string();
        app.send(Method::POST, &path, body).await.ok();
    }
    Target { badge, correction, token, webhook, delivery, ..target(document, link, visit, reader, key) }
}

/// The document and the link of the app itself.
fn of_app(app: &TestApp) -> Target {
    let key = "no-such-key".parse().expect("a key id");
    target(app.document.clone(), app.link.clone(), "1-0".to_owned(), "unknown@example.com".to_owned(), key)
}

fn unknown() -> Target {
    let name = "no-such";
    let [document, link, key] = [name; 3];
    let (document, link) = (document.parse().expect("an id"), link.parse().expect("an id"));
    target(document, link, "1-0".to_owned(), "unknown@example.com".to_owned(), key.parse().expect("an id"))
}

fn target(document: DocumentId, link: LinkId, visit: String, reader: String, key: KeyId) -> Target {
    let [document, link, key] = [String::from(document), link.into(), key.into()];
    let [badge, correction, token, webhook, delivery] =
        ["none", "none", "no-such-token", "none", "none"].map(str::to_owned);
    let reader = reader.replace('@', "%40");
    Target { document, link, visit, reader, key, badge, correction, token, webhook, delivery }
}

async fn owner(app: &TestApp) -> Browser<'_> {
    Browser::signed_in(app, &app.owner.owner_id).await
}

/// Sends the operation's usual request, or one with this body.
/// Boxed: the futures of whole requests are large, and a test's stack is small.
async fn send(
    operation: &Operation,
    target: &Target,
    who: Browser<'_>,
    headers: &[(&str, &str)],
    body: Option<Body>,
) -> u16 {
    let mut path = target.fill_in(&operation.path).replace(".json/events", "/events");
    if operation.takes == Takes::File && operation.method == "POST" {
        path += "?title=A%20document";
    }
    if path == "/api/corrections/preview" || (path == "/api/corrections" && operation.method == "POST") {
        path += &format!("?of=link:{}", target.link);
    }
    // A stream has no end.
    if path.ends_with("/events") && !path.contains("/account/") {
        return who.stream(&path).await.0;
    }
    Box::pin(request(operation, &path, who, headers, body)).await.status
}

async fn request(
    operation: &Operation,
    path: &str,
    who: Browser<'_>,
    headers: &[(&str, &str)],
    body: Option<Body>,
) -> Reply {
    let body = body.unwrap_or_else(|| usual_body(operation));
    who.with_header("accept", "application/json").send(&operation.method, path, headers, body).await
}

fn usual_body(operation: &Operation) -> Body {
    if operation.takes == Takes::File {
        return Pdf::with_box("[0 0 10 10]").bytes().into();
    }
    let json = match &*operation.path {
        "/api/send/realtime/{link}" => json!({ "action": "join", "sessionId": "s" }),
        "/api/webhooks" => json!({ "url": "https://example.org/" }),
        "/api/keys" => json!({ "label": "another" }),
        "/api/documents/{document}" => json!({ "title": "Another title" }),
        "/api/links/{link}/visits/{visit}" => json!({ "archived": true }),
        _ => json!({}),
    };
    if operation.takes == Takes::Json { json.to_string().into() } else { Body::empty() }
}
