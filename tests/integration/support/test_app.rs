//! The app under test: the real router over a real Redis. Its methods are what visitors and owners do.

mod requests;
mod stored;

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use axum::Router;
use axum_extra::extract::cookie::Key;
use serde_json::{Value, json};
use sightline::{
    model::{DocumentId, LinkId, NewLink, Owner, Snapshot},
    server::{
        config::Config,
        http::router,
        start::Application,
        store::{analytics::Arrival, catalogue::Document, stored_file::StoredFile},
    },
};
use tempfile::TempDir;
use tokio::{runtime::Handle, sync::OnceCell};
use tokio_util::sync::CancellationToken;

pub use self::requests::is_owner_only;
use super::{
    pdf::Pdf,
    redis_server::RedisServer,
    reply::Reply,
    storage::{Storage, chunks, config},
    utc,
};

/// How many pages the document of every [`TestApp`] has.
pub const PAGES: u32 = 12;

/// The password of the owner of every [`TestApp`].
pub const PASSWORD: &str = "correct horse battery";

/// Apps share one Redis, so each takes the next number for its link.
static LINKS: AtomicU32 = AtomicU32::new(1);
/// The document, stored once: checking it for each test would take most of the tests' time.
static STORED: OnceCell<(StoredFile, Vec<u8>)> = OnceCell::const_new();

/// One app server with an owner, a document of [`PAGES`] pages and a link, at noon on Wednesday, 18 March 2026.
pub struct TestApp {
    pub state: Application,
    pub cookie_key: Key,
    pub redis: Arc<RedisServer>,
    pub link: LinkId,
    pub document: DocumentId,
    pub owner: Owner,
    /// An API key of the owner.
    pub api_key: String,
    /// Where requests come from.
    peer: SocketAddr,
    folder: Arc<TempDir>,
    router: Router,
}

impl TestApp {
    /// An app on the shared redis-server.
    pub async fn new() -> Self {
        Self::with_config(|_| {}).await
    }

    /// An app on the shared redis-server, whose settings differ from those of [`config`].
    pub async fn with_config(set: impl FnOnce(&mut Config)) -> Self {
        Self::with_redis(RedisServer::shared(), set).await
    }

    /// An app with a redis-server that the test may stop and configure.
    pub async fn with_own_redis() -> Self {
        Self::with_redis(RedisServer::start(), |_| {}).await
    }

    /// An app on this redis-server, unless `set` gives another `redis_url`.
    pub async fn with_redis(redis: Arc<RedisServer>, set: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a data folder");
        let number = format!("{}-{}", std::process::id(), LINKS.fetch_add(1, Relaxed));
        let mut app = Self::serve(redis, &number, Arc::new(folder), set);
        app.state.stores.analytics.load_scripts().await.ok();
        let name = format!("owner-{number}@example.com");
        app.owner = app.state.stores.accounts.add(&name, PASSWORD).await.expect("an owner");
        let id = app.owner.owner_id.clone();
        app.api_key =
            app.state.stores.accounts.new_key(&id, "tests", Default::default()).await.expect("a key").key;
        let (file, bytes) = STORED.get_or_init(store).await;
        let home = app.data_dir().join("files").join(app.document.as_str());
        std::fs::create_dir_all(&home).expect("a document's folder");
        std::fs::write(home.join(&file.version), bytes).expect("a document's file");
        let document = Document {
            id: app.document.clone(),
            owner: Some(id),
            title: "Twelve pages".to_owned(),
            alt: String::new(),
            file: file.clone(),
            previous: None,
            created_at: app.now(),
        };
        app.state.stores.catalogue.add_document(&document).await.expect("it is added");
        let link = NewLink { link_id: Some(app.link.clone()), ..NewLink::default() };
        app.state.services.library.make_link(&document, link).await.expect("a link");
        app
    }

    /// A second app server on the same Redis, the same files and the same time.
    pub fn second_server(&self) -> Self {
        self.second_server_with(|_| {})
    }

    /// The same, whose settings differ from those of [`config`].
    pub fn second_server_with(&self, set: impl FnOnce(&mut Config)) -> Self {
        let mut second = Self::serve(self.redis.clone(), "second", self.folder.clone(), set);
        (second.link, second.document) = (self.link.clone(), self.document.clone());
        (second.owner, second.api_key) = (self.owner.clone(), self.api_key.clone());
        second.set_clock(self.now());
        second
    }

    fn serve(
        redis: Arc<RedisServer>,
        number: &str,
        folder: Arc<TempDir>,
        set: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = config(folder.path());
        set(&mut config);
        let url = config.redis_url.clone().unwrap_or_else(|| redis.url());
        let state = Application::new(config.clone(), config.addr, &url, CancellationToken::new());
        let state = state.expect("the app starts");
        let http = state.http(Handle::current()).expect("the app starts");
        let cookie_key = http.cookie_key.clone();
        let router = router(http).expect("valid settings");
        tokio::spawn(state.stores.announcements.clone().keep_subscribed());
        let no_owner_yet = Owner { owner_id: "none".parse().expect("an id"), email: String::new() };
        let app = Self {
            state,
            cookie_key,
            redis,
            link: format!("link-{number}").parse().expect("a link id"),
            document: format!("document-{number}").parse().expect("a document's id"),
            owner: no_owner_yet,
            api_key: String::new(),
            peer: ([127, 0, 0, 1], 3_000).into(),
            folder,
            router,
        };
        app.set_clock(utc((2026, 3, 18), (12, 0, 0, 0)));
        app
    }

    /// The same app; its requests come from this address from now on.
    pub fn reached_from(mut self, peer: impl Into<SocketAddr>) -> Self {
        self.peer = peer.into();
        self
    }

    /// The folder of everything that the app stores outside Redis.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// A visitor of this app's document of whom nothing else is known.
    pub fn arrival(&self) -> Arrival {
        Arrival {
            version: "one".to_owned(),
            page_count: PAGES,
            client: None,
            country: None,
            is_verified: false,
        }
    }

    // Time

    pub fn now(&self) -> i64 {
        self.state.stores.clock.now()
    }

    /// Sets the app's clock; Redis' own goes on.
    pub fn set_clock(&self, now: i64) {
        self.state.stores.clock.set(now);
    }

    pub fn advance(&self, minutes: i64) {
        self.advance_ms(minutes * 60_000);
    }

    /// Lets a session read: so many minutes pass, with a heartbeat after each.
    pub async fn read_for(&self, session: &str, minutes: i64) {
        for _ in 0..minutes {
            self.advance(1);
            self.act("heartbeat", session, json!({})).await.ok();
        }
    }

    pub fn advance_ms(&self, ms: i64) {
        self.set_clock(self.now() + ms);
    }

    // What visitors and owners do; each fails unless the answer is 200.

    pub async fn join(&self, session: &str) {
        self.join_with(session, json!({})).await;
    }

    /// Joins with further fields of the contract.
    pub async fn join_with(&self, session: &str, more: Value) {
        self.act("join", session, more).await.ok();
    }

    pub async fn heartbeat(&self, session: &str, page: u32) {
        self.act("heartbeat", session, json!({ "currentPage": page })).await.ok();
    }

    /// Sends a heartbeat as the tab is hidden or shown.
    pub async fn set_visible(&self, session: &str, visible: bool) {
        self.act("heartbeat", session, json!({ "visible": visible })).await.ok();
    }

    pub async fn leave(&self, session: &str) {
        self.leave_with(session, json!({})).await;
    }

    /// With further fields of the contract. The owner's API key goes along, so a duration is recorded as given.
    pub async fn leave_with(&self, session: &str, more: Value) {
        self.act_as_owner("leave", session, more).await.ok();
    }

    /// Sends a join, heartbeat or leave; returns any answer.
    pub async fn act(&self, action: &str, session: &str, more: Value) -> Reply {
        self.post(action_body(action, session, more)).await
    }

    /// The same with the owner's API key.
    pub async fn act_as_owner(&self, action: &str, session: &str, more: Value) -> Reply {
        self.post_as_owner(action_body(action, session, more)).await
    }

    pub async fn snapshot(&self) -> Snapshot {
        self.snapshot_with_limit(100).await
    }

    pub async fn snapshot_with_limit(&self, limit: u16) -> Snapshot {
        let path = format!("{}?limit={limit}", self.api());
        let reply = self.get(&path).await.ok();
        serde_json::from_slice(&reply.body).expect("a snapshot")
    }

    /// The session ids of a snapshot, in its order.
    pub async fn listed(&self, limit: u16) -> Vec<String> {
        let viewers = self.snapshot_with_limit(limit).await.active_viewers;
        viewers.into_iter().map(|viewer| viewer.session_id.into()).collect()
    }

    /// Sweeps the link, as the background sweeper does every half minute.
    pub async fn sweep(&self) -> u32 {
        self.state.stores.analytics.sweep(&self.link).await.expect("Redis answers")
    }

    /// Uploads a file for the owner, and makes a link to it.
    pub async fn share(&self, bytes: Vec<u8>) -> LinkId {
        self.share_as("A document", bytes).await
    }

    /// The same with this title.
    pub async fn share_as(&self, title: &str, bytes: Vec<u8>) -> LinkId {
        let owner = Some(&self.owner.owner_id);
        let document = self
            .state
            .services
            .library
            .add_document(owner, title.to_owned(), chunks(bytes))
            .await
            .expect("a valid file");
        self.state.services.library.make_link(&document, NewLink::default()).await.expect("a link").id
    }
}

/// Stores the document once, as an upload would.
async fn store() -> (StoredFile, Vec<u8>) {
    let storage = Storage::new();
    let file = storage.upload_valid(Pdf::with_pages(PAGES as usize).bytes()).await;
    let bytes = storage.original(&file).await;
    (file, bytes)
}

fn action_body(action: &str, session: &str, more: Value) -> String {
    let mut body = json!({ "action": action, "sessionId": session });
    let fields = body.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    body.to_string()
}
