//! The app as the tests use it: the real router over a real Redis. Its methods are what people do.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::connect_info::MockConnectInfo,
    http::{Method, Request},
};
use futures::TryStreamExt;
use redis::FromRedisValue;
use serde_json::{Value, json};
use sightline::{
    model::{LinkId, Snapshot},
    server::{AppState, config::Config, documents::Documents, router},
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
    reply::{Reply, patiently},
    utc,
};

/// The pages of the document that every [`TestApp`] shares.
pub const PAGES: u32 = 12;

/// One process may share many links in one Redis; each app takes the next number.
static LINKS: AtomicU32 = AtomicU32::new(1);
/// The document as the app stored it: checking it anew for each test would take most of the tests' time.
static STORED: OnceCell<[(&str, Vec<u8>); 2]> = OnceCell::const_new();

/// What can be different from test to test.
#[derive(Default)]
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
}

/// One app server with one shared document, at noon on Wednesday, 18 March 2026.
pub struct TestApp {
    pub state: AppState,
    pub redis: Arc<RedisServer>,
    pub link: LinkId,
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
        let link = format!("link-{}-{}", std::process::id(), LINKS.fetch_add(1, Relaxed));
        let home = folder.path().join("documents").join(&link);
        std::fs::create_dir_all(&home).expect("a document's folder");
        for (name, bytes) in STORED.get_or_init(store).await {
            std::fs::write(home.join(name), bytes).expect("a document's file");
        }
        Self::serving(setup, redis, link.parse().expect("a link id"), Arc::new(folder))
    }

    /// A second app server on the same Redis and the same documents, with the same time.
    pub fn another(&self) -> Self {
        let twin =
            Self::serving(Setup::default(), self.redis.clone(), self.link.clone(), self.folder.clone());
        twin.set_clock(self.now());
        twin
    }

    fn serving(setup: Setup, redis: Arc<RedisServer>, link: LinkId, folder: Arc<TempDir>) -> Self {
        let addr: SocketAddr = "127.0.0.1:3000".parse().expect("an address");
        let config = Config {
            addr,
            data_dir: folder.path().to_owned(),
            redis_url: None,
            storage: None,
            page_cache_mb: 1_024,
            secret_file: None,
            trusted_proxies: Vec::new(),
            max_viewers: 100_000,
            public_url: None,
            inactive_after: setup.inactive_after.unwrap_or(300),
            resume_within: setup.resume_within.unwrap_or(600),
            max_streams: setup.max_streams.unwrap_or(100),
            max_streams_per_address: setup.max_streams_per_address.unwrap_or(50),
            sample: false,
            site_root: "public".into(),
            program: Some(setup.program.unwrap_or_else(|| PROGRAM.into())),
            test_clock: !setup.real_clock,
            no_limits: false,
        };
        let url = setup.redis_url.unwrap_or_else(|| redis.url());
        let state =
            AppState::new(config, addr, &url, CancellationToken::new()).expect("the parts fit together");
        let router = router(state.clone()).layer(MockConnectInfo(addr));
        tokio::spawn(state.announcements.clone().keep_listening());
        let app = Self { state, redis, link, folder, router };
        app.set_clock(utc((2026, 3, 18), (12, 0, 0, 0)));
        app
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
        self.insist("join", session, more).await.ok();
    }

    pub async fn beat(&self, session: &str, page: u32) {
        self.insist("heartbeat", session, json!({ "currentPage": page })).await.ok();
    }

    /// The tab goes into the background, or comes back.
    pub async fn show(&self, session: &str, visible: bool) {
        self.insist("heartbeat", session, json!({ "visible": visible })).await.ok();
    }

    pub async fn leave(&self, session: &str) {
        self.leave_with(session, json!({})).await;
    }

    pub async fn leave_with(&self, session: &str, more: Value) {
        self.insist("leave", session, more).await.ok();
    }

    /// Any of the three, again where the machine was too busy for an answer in time.
    pub async fn insist(&self, action: &str, session: &str, more: Value) -> Reply {
        patiently(async || self.act(action, session, more.clone()).await).await
    }

    /// Any of the three, whatever comes of it.
    pub async fn act(&self, action: &str, session: &str, more: Value) -> Reply {
        let mut body = json!({ "action": action, "sessionId": session });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        self.post(body.to_string()).await
    }

    pub async fn snapshot(&self) -> Snapshot {
        self.snapshot_of(100).await
    }

    pub async fn snapshot_of(&self, limit: u16) -> Snapshot {
        let path = format!("{}?limit={limit}", self.api());
        let reply = patiently(async || self.get(&path).await).await.ok();
        serde_json::from_slice(&reply.body).expect("a snapshot")
    }

    /// The sessions of a snapshot, as they are listed.
    pub async fn listed(&self, limit: u16) -> Vec<String> {
        let viewers = self.snapshot_of(limit).await.active_viewers;
        viewers.into_iter().map(|viewer| viewer.session_id.into()).collect()
    }

    /// What the background sweeper does every half minute.
    pub async fn sweep(&self) -> u32 {
        self.state.analytics.sweep(&self.link).await.expect("Redis answers")
    }

    /// Shares a PDF at a random link.
    pub async fn share(&self, pdf: Vec<u8>) -> LinkId {
        self.state.documents.share(pdf, None, "A document".to_owned()).await.expect("a good PDF")
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

    pub async fn send(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        self.request(request.body(Body::from(body.into())).expect("a request")).await
    }

    pub async fn request(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.expect("the router can not fail");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        Reply::new(parts.status, parts.headers, body.to_vec())
    }

    // Streams

    /// Opens a dashboard on the link.
    pub async fn events(&self) -> Events {
        self.stream(&format!("{}/events", self.api())).await
    }

    /// Opens the list of links.
    pub async fn events_of_links(&self) -> Events {
        self.stream("/api/send/links/events").await
    }

    async fn stream(&self, path: &str) -> Events {
        let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router can not fail");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events::read(StreamReader::new(
            response.into_body().into_data_stream().map_err(std::io::Error::other),
        ))
    }

    // What Redis holds

    /// The name of a key: `views`, or `daily:2026-03-18`.
    pub fn key(&self, noun: &str) -> String {
        match noun.split_once(':') {
            Some((noun, label)) => format!("send:{noun}:{{{}}}:{label}", self.link),
            None => format!("send:{noun}:{{{}}}", self.link),
        }
    }

    /// Runs a command on one of the link's keys: `stored("LRANGE", "duration", "0 -1")`.
    pub fn stored<T: FromRedisValue>(&self, command: &str, noun: &str, rest: &str) -> T {
        self.redis.ask(&format!("{command} {} {rest}", self.key(noun)))
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
    pub fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let mut keys: Vec<String> = self.redis.ask(&format!("KEYS send:*:{{{}}}*", self.link));
        keys.sort();
        keys.into_iter()
            .map(|key| {
                let content = self.redis.ask(&format!("DUMP {key}"));
                (key, content)
            })
            .collect()
    }
}

/// Lets the app check and store a document once, and takes what it wrote.
async fn store() -> [(&'static str, Vec<u8>); 2] {
    let folder = tempfile::tempdir().expect("a data folder");
    let link: LinkId = "template".parse().expect("a link id");
    let documents = Documents::open(folder.path(), PROGRAM.into());
    let pdf = Pdf::with_pages(PAGES as usize).bytes();
    documents.share(pdf, Some(link), "Twelve pages".to_owned()).await.expect("a good PDF");
    ["document.pdf", "document.json"].map(|name| {
        let file = folder.path().join("documents/template").join(name);
        (name, std::fs::read(file).expect("the app stored it"))
    })
}
