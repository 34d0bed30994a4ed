//! The app as the tests use it: the real router over a real Redis. Its methods are what people do.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::connect_info::MockConnectInfo,
    http::{Method, Request, Response, request::Builder},
};
use futures::TryStreamExt;
use ipnet::IpNet;
use redis::FromRedisValue;
use serde_json::{Value, json};
use sightline::{
    error::AppError,
    model::{DocumentId, LinkId, NewLink, Owner, Snapshot},
    server::{AppState, catalogue::Document, config::Config, documents::StoredFile, router},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_util::{io::StreamReader, sync::CancellationToken};
use tower::ServiceExt;

use super::{
    PROGRAM,
    events::Events,
    pdf::Pdf,
    redis_server::RedisServer,
    reply::{Reply, retry_slow},
    storage::{Storage, chunks},
    utc,
};

/// The pages of the document that every [`TestApp`] shares.
pub const PAGES: u32 = 12;

/// The password of the owner of every [`TestApp`].
pub const PASSWORD: &str = "correct horse battery";

/// One process may share many links in one Redis; each app takes the next number.
static LINKS: AtomicU32 = AtomicU32::new(1);
/// The document as the app stored it: checking it anew for each test would take most of the tests' time.
static STORED: OnceCell<(StoredFile, Vec<u8>)> = OnceCell::const_new();

/// What can be different from test to test.
pub struct Setup {
    /// A server of the test's own; otherwise the shared one.
    pub redis: Option<Arc<RedisServer>>,
    /// Another address than the server's plain one.
    pub redis_url: Option<String>,
    /// Event streams in all; otherwise 100.
    pub max_streams: Option<usize>,
    /// Event streams of one address; otherwise 50.
    pub max_streams_per_address: Option<usize>,
    /// Seconds; otherwise five minutes.
    pub inactive_after: Option<u64>,
    /// Seconds; otherwise ten minutes.
    pub resume_within: Option<u64>,
    /// What reads PDF files; otherwise the real program.
    pub program: Option<PathBuf>,
    /// Redis' own clock in place of one that is set by hand.
    pub real_clock: bool,
    /// Rate limits as they are for everybody; otherwise none.
    pub limits: bool,
    /// Proxies whose forwarding headers are believed; otherwise none.
    pub trusted_proxies: Vec<IpNet>,
    /// Otherwise a hundred thousand.
    pub max_viewers: Option<u64>,
    /// Otherwise unset.
    pub public_url: Option<String>,
    /// Where all requests come from; otherwise from this machine.
    pub peer: SocketAddr,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            redis: None,
            redis_url: None,
            max_streams: None,
            max_streams_per_address: None,
            inactive_after: None,
            resume_within: None,
            program: None,
            real_clock: false,
            limits: false,
            trusted_proxies: Vec::new(),
            max_viewers: None,
            public_url: None,
            peer: ([127, 0, 0, 1], 3_000).into(),
        }
    }
}

/// One app server with one shared document, at noon on Wednesday, 18 March 2026.
pub struct TestApp {
    pub state: AppState,
    pub redis: Arc<RedisServer>,
    pub link: LinkId,
    pub document: DocumentId,
    pub owner: Owner,
    /// An API key of the owner.
    pub api_key: String,
    folder: Arc<TempDir>,
    router: Router,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    /// With a redis-server that the test may stop and configure.
    pub async fn with_own_redis() -> Self {
        Self::with(Setup { redis: Some(RedisServer::start()), ..Setup::default() }).await
    }

    pub async fn with(setup: Setup) -> Self {
        let redis = setup.redis.clone().unwrap_or_else(RedisServer::shared);
        let folder = tempfile::tempdir().expect("a data folder");
        let number = format!("{}-{}", std::process::id(), LINKS.fetch_add(1, Relaxed));
        let (app, config) = Self::serving(setup, redis, &number, Arc::new(folder));
        app.state.analytics.load_scripts().await.ok();
        let mut app = app;
        let name = format!("owner-{number}@example.com");
        app.owner = retry_unavailable(async || app.state.accounts.add(&name, PASSWORD).await).await;
        let id = app.owner.owner_id.clone();
        app.api_key = retry_unavailable(async || app.state.accounts.new_key(&id, "tests").await).await.key;
        let (file, bytes) = STORED.get_or_init(store).await;
        let home = config.data_dir.join("files").join(app.document.as_str());
        std::fs::create_dir_all(&home).expect("a document's folder");
        std::fs::write(home.join(&file.version), bytes).expect("a document's file");
        let document = Document {
            id: app.document.clone(),
            owner: Some(id),
            title: "Twelve pages".to_owned(),
            file: file.clone(),
            previous: None,
            created_at: app.now(),
        };
        retry_unavailable(async || app.state.catalogue.add_document(&document).await).await;
        let link = NewLink { link_id: Some(app.link.clone()), ..NewLink::default() };
        retry_unavailable(async || app.state.make_link(&document, link.clone()).await).await;
        app
    }

    /// A second app server on the same Redis and the same documents, with the same time.
    pub fn second_server(&self) -> Self {
        let (mut twin, _) = Self::serving(Setup::default(), self.redis.clone(), "twin", self.folder.clone());
        (twin.link, twin.document) = (self.link.clone(), self.document.clone());
        (twin.owner, twin.api_key) = (self.owner.clone(), self.api_key.clone());
        twin.set_clock(self.now());
        twin
    }

    fn serving(setup: Setup, redis: Arc<RedisServer>, number: &str, folder: Arc<TempDir>) -> (Self, Config) {
        let addr: SocketAddr = "127.0.0.1:3000".parse().expect("an address");
        let config = Config {
            addr,
            data_dir: folder.path().to_owned(),
            redis_url: None,
            storage: None,
            page_cache_mb: 1_024,
            secret_file: None,
            trusted_proxies: setup.trusted_proxies,
            max_viewers: setup.max_viewers.unwrap_or(100_000),
            public_url: setup.public_url,
            inactive_after: setup.inactive_after.unwrap_or(300),
            resume_within: setup.resume_within.unwrap_or(600),
            max_streams: setup.max_streams.unwrap_or(100),
            max_streams_per_address: setup.max_streams_per_address.unwrap_or(50),
            sample: false,
            site_root: "public".into(),
            program: Some(setup.program.unwrap_or_else(|| PROGRAM.into())),
            test_clock: !setup.real_clock,
            no_limits: !setup.limits,
        };
        let url = setup.redis_url.unwrap_or_else(|| redis.url());
        let state = AppState::new(config.clone(), addr, &url, CancellationToken::new())
            .expect("the parts fit together");
        let router = router(state.clone()).expect("the settings are good").layer(MockConnectInfo(setup.peer));
        tokio::spawn(state.announcements.clone().keep_listening());
        let nobody = Owner { owner_id: "nobody".parse().expect("an id"), email: String::new() };
        let app = Self {
            state,
            redis,
            link: format!("link-{number}").parse().expect("a link id"),
            document: format!("document-{number}").parse().expect("a document's id"),
            owner: nobody,
            api_key: String::new(),
            folder,
            router,
        };
        app.set_clock(utc((2026, 3, 18), (12, 0, 0, 0)));
        (app, config)
    }

    /// The folder of everything that the app keeps, Redis aside.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    // Time

    pub fn now(&self) -> i64 {
        self.state.analytics.clock().now()
    }

    /// Without effect on Redis' own clock.
    pub fn set_clock(&self, now: i64) {
        self.state.analytics.clock().set(now);
    }

    pub fn advance(&self, minutes: i64) {
        self.advance_ms(minutes * 60_000);
    }

    pub fn advance_ms(&self, ms: i64) {
        self.set_clock(self.now() + ms);
    }

    // What visitors and owners do; each fails unless it is answered with 200.

    pub async fn join(&self, session: &str) {
        self.join_with(session, json!({})).await;
    }

    /// With further fields of the contract.
    pub async fn join_with(&self, session: &str, more: Value) {
        self.act_with_retry("join", session, more).await.ok();
    }

    pub async fn heartbeat(&self, session: &str, page: u32) {
        self.act_with_retry("heartbeat", session, json!({ "currentPage": page })).await.ok();
    }

    /// The tab goes into the background, or comes back.
    pub async fn set_visible(&self, session: &str, visible: bool) {
        self.act_with_retry("heartbeat", session, json!({ "visible": visible })).await.ok();
    }

    pub async fn leave(&self, session: &str) {
        self.leave_with(session, json!({})).await;
    }

    pub async fn leave_with(&self, session: &str, more: Value) {
        self.act_with_retry("leave", session, more).await.ok();
    }

    /// Any of the three, again where the machine was too busy for an answer in time.
    pub async fn act_with_retry(&self, action: &str, session: &str, more: Value) -> Reply {
        retry_slow(async || self.act(action, session, more.clone()).await).await
    }

    /// Any of the three, whatever comes of it.
    pub async fn act(&self, action: &str, session: &str, more: Value) -> Reply {
        let mut body = json!({ "action": action, "sessionId": session });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        self.post(body.to_string()).await
    }

    pub async fn snapshot(&self) -> Snapshot {
        self.snapshot_with_limit(100).await
    }

    pub async fn snapshot_with_limit(&self, limit: u16) -> Snapshot {
        let path = format!("{}?limit={limit}", self.api());
        let reply = retry_slow(async || self.get(&path).await).await.ok();
        serde_json::from_slice(&reply.body).expect("a snapshot")
    }

    /// The sessions of a snapshot, as they are listed.
    pub async fn listed(&self, limit: u16) -> Vec<String> {
        let viewers = self.snapshot_with_limit(limit).await.active_viewers;
        viewers.into_iter().map(|viewer| viewer.session_id.into()).collect()
    }

    /// What the background sweeper does every half minute.
    pub async fn sweep(&self) -> u32 {
        self.state.analytics.sweep(&self.link).await.expect("Redis answers")
    }

    /// Shares a file of the owner's at a random link.
    pub async fn share(&self, bytes: Vec<u8>) -> LinkId {
        self.share_as("A document", bytes).await
    }

    /// With a title of its own.
    pub async fn share_as(&self, title: &str, bytes: Vec<u8>) -> LinkId {
        let owner = Some(&self.owner.owner_id);
        let document = self.state.take_in(owner, title.to_owned(), chunks(bytes)).await.expect("a good file");
        self.state.make_link(&document, NewLink::default()).await.expect("a link").id
    }

    // Requests

    /// The address of the link's analytics.
    pub fn api(&self) -> String {
        format!("/api/send/realtime/{}", self.link)
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Vec::new()).await
    }

    /// A body to the link's analytics.
    pub async fn post(&self, body: impl Into<Vec<u8>>) -> Reply {
        self.send(Method::POST, &self.api(), body).await
    }

    /// As whoever may: the owner's API key goes along to what only owners may ask.
    pub async fn send(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        let request = self.request_builder(method, path).header("content-type", "application/json");
        self.request(request.body(Body::from(body.into())).expect("a request")).await
    }

    fn request_builder(&self, method: Method, path: &str) -> Builder {
        let is_owner_only = is_owner_only(method.as_str(), path);
        let request = Request::builder().method(method).uri(path);
        if is_owner_only {
            request.header("authorization", format!("Bearer {}", self.api_key))
        } else {
            request
        }
    }

    /// The answer with a body that may have no end.
    pub async fn response(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("the router can not fail")
    }

    pub async fn request(&self, request: Request<Body>) -> Reply {
        let response = self.response(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        Reply::new(parts.status, parts.headers, body.to_vec())
    }

    // Streams

    /// Opens a dashboard on the link.
    pub async fn events(&self) -> Events {
        self.stream(&format!("{}/events", self.api())).await
    }

    /// Opens the list of documents.
    pub async fn document_events(&self) -> Events {
        self.stream("/api/documents/events").await
    }

    async fn stream(&self, path: &str) -> Events {
        let request = self.request_builder(Method::GET, path).body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router can not fail");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events::read(StreamReader::new(
            response.into_body().into_data_stream().map_err(std::io::Error::other),
        ))
    }

    // What Redis holds

    /// The name of a key: `views`, or `daily:2026-03-18`.
    pub fn redis_key(&self, noun: &str) -> String {
        match noun.split_once(':') {
            Some((noun, label)) => format!("send:{noun}:{{{}}}:{label}", self.link),
            None => format!("send:{noun}:{{{}}}", self.link),
        }
    }

    /// Runs a command on one of the link's keys: `stored("LRANGE", "duration", "0 -1")`.
    pub fn stored<T: FromRedisValue>(&self, command: &str, noun: &str, rest: &str) -> T {
        self.redis.query(&format!("{command} {} {rest}", self.redis_key(noun)))
    }

    /// The recorded durations, the newest first.
    pub fn durations(&self) -> Vec<u64> {
        self.stored("LRANGE", "duration", "0 -1")
    }

    /// The finished visits, the oldest first.
    pub fn visits(&self) -> Vec<HashMap<String, String>> {
        let entries: Vec<(String, HashMap<String, String>)> = self.stored("XRANGE", "visits", "- +");
        entries.into_iter().map(|(_id, fields)| fields).collect()
    }

    /// Visible milliseconds and entries of each page: `3:ms`, `3:entries`.
    pub fn pages(&self) -> BTreeMap<String, u64> {
        self.stored("HGETALL", "pages", "")
    }

    /// Everything that Redis holds of the link, to see that nothing changed.
    pub fn dump(&self) -> Vec<(String, Vec<u8>)> {
        let mut keys: Vec<String> = self.redis.query(&format!("KEYS send:*:{{{}}}*", self.link));
        keys.sort();
        keys.into_iter()
            .map(|key| {
                let content = self.redis.query(&format!("DUMP {key}"));
                (key, content)
            })
            .collect()
    }
}

/// Asks again where the machine was too busy for an answer in time, or a cluster is still finding itself.
async fn retry_unavailable<T>(make: impl AsyncFn() -> Result<T, AppError>) -> T {
    for _ in 0..100 {
        match make().await {
            Err(AppError::Unavailable) => tokio::time::sleep(Duration::from_millis(50)).await,
            made => return made.expect("it can be made"),
        }
    }
    panic!("Redis does not answer")
}

/// Lets the app check a document once, and takes what it stored.
async fn store() -> (StoredFile, Vec<u8>) {
    let storage = Storage::new();
    let file = storage.upload_valid(Pdf::with_pages(PAGES as usize).bytes()).await;
    let bytes = storage.original(&file).await;
    (file, bytes)
}

/// Whether an address is one that only owners may ask at.
pub fn is_owner_only(method: &str, path: &str) -> bool {
    const PAGES: [&str; 5] = ["/dashboard", "/documents", "/links", "/settings", "/api/"];
    const OPEN: [&str; 4] = ["/sfn/join", "/sfn/heartbeat", "/sfn/leave", "/sfn/open_link"];
    let is_action = method == "POST" && path.starts_with("/api/send/realtime/");
    let is_function = path.starts_with("/sfn/") && !OPEN.contains(&path);
    path == "/" || is_function || (PAGES.iter().any(|page| path.starts_with(page)) && !is_action)
}
