//! The server: the only room that knows Axum, Tokio and Redis.
//!
//! [`run`] is the life of the process; [`AppState`] what every request can use; [`router`] where requests go.

pub mod analytics;
pub mod bots;
pub mod client;
pub mod config;
pub mod cross_site;
pub mod documents;
mod envelope;
pub mod limits;
pub mod live;
pub mod operations;
mod pages;
pub mod random;
pub mod redis;
mod rest;
pub mod streams;

use std::{future::IntoFuture, io, net::SocketAddr, ops::Deref, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::FromRef,
    middleware::{map_request, map_response},
};
use leptos::prelude::{LeptosOptions, use_context};
use tokio::{
    net::TcpListener,
    signal::unix::{self, SignalKind},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use self::{
    analytics::{Clock, RealtimeAnalytics, system_now},
    config::{Config, dashboard_url, viewer_url},
    documents::Documents,
    live::Live,
    operations::Asker,
    redis::{Announcements, ManagedRedis, Redis},
    streams::Streams,
};
use crate::{error::AppError, model::LinkId};

/// The user guide, as `docs/guide/build` prints it.
const SAMPLE: &[u8] = include_bytes!("../docs/guide/guide.pdf");
const SAMPLE_LINK: &str = "user-guide";
const SAMPLE_TITLE: &str = "The Sightline User Guide";

/// How often viewers who stopped beating are tidied away. No number waits for it.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);
/// How long open requests may take to finish once the server is to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Why the server could not start, for whoever started it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    /// `message` says what is wrong and what to do about it.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// What every request can use: a handle to [`Parts`]. Each request clones it several times, so it is no more
/// than a pointer.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts of the application.
pub struct Parts {
    /// Where Leptos finds the built scripts and styles.
    pub options: LeptosOptions,
    /// The settings.
    pub config: Config,
    /// The shared documents.
    pub documents: Documents,
    /// Presence and numbers.
    pub analytics: RealtimeAnalytics,
    /// The connection that the analytics use.
    pub redis: Redis,
    /// What is said of changes; one connection of its own.
    pub announcements: Announcements,
    /// One reader for each link that is watched.
    pub live: Live,
    /// The open event streams.
    pub streams: Streams,
    /// Cancelled when the server is to stop.
    pub stopping: CancellationToken,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}

impl AppState {
    /// Puts the parts together for a server that listens on `addr` and finds its Redis at `redis_url`.
    /// Event streams end when `stopping` is cancelled.
    pub fn new(
        config: Config,
        addr: SocketAddr,
        redis_url: &str,
        stopping: CancellationToken,
    ) -> Result<Self, StartError> {
        let unusable = |error| StartError::new(format!("SIGHTLINE_REDIS_URL can not be used: {error}"));
        let redis = Redis::new(redis_url).map_err(unusable)?;
        let announcements = Announcements::new(redis_url).map_err(unusable)?;
        let clock = if config.test_clock { Clock::manual(system_now()) } else { Clock::redis() };
        let analytics = RealtimeAnalytics::new(redis.clone(), clock, config.windows());
        Ok(Self(Arc::new(Parts {
            options: leptos_options(&config, addr),
            documents: config.documents(),
            live: Live::new(analytics.clone(), announcements.clone()),
            streams: Streams::new(config.max_streams, config.max_streams_per_address),
            analytics,
            redis,
            announcements,
            stopping,
            config: Config { addr, ..config },
        })))
    }
}

/// The application, from a server function's or a page's context.
pub fn app() -> Result<AppState, AppError> {
    use_context().ok_or(AppError::Internal)
}

/// Who asks, from a server function's or a page's context.
pub fn asker() -> Result<Asker, AppError> {
    let parts: axum::http::request::Parts = use_context().ok_or(AppError::Internal)?;
    Ok(Asker::new(&app()?, &parts.headers))
}

/// Where requests go. Tests call it without a socket.
pub fn router(state: AppState) -> Router {
    pages::routes(&state)
        .layer(map_response(rest::server_function_status))
        .layer(map_request(rest::bounded_body))
        .layer(axum::extract::DefaultBodyLimit::max(rest::MAX_BODY))
        .merge(rest::routes(&state))
        .layer(map_response(pages::security_headers))
        .with_state(state)
}

/// Serves until it is told to stop, then lets requests finish, and stops the managed Redis last, also when
/// something fails after it was started.
pub async fn run(config: Config) -> Result<(), StartError> {
    // rediss:// needs it; a second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Each open dashboard is an open file, and what a shell allows is often a thousand.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let stopping = told_to_stop()?;
    let listener = TcpListener::bind(config.addr)
        .await
        .map_err(|error| StartError::new(format!("{} can not be listened on: {error}", config.addr)))?;
    if let Some(redis_url) = config.redis_url.clone() {
        return open(config, &redis_url, listener, stopping).await;
    }
    let managed = tokio::select! {
        started = ManagedRedis::start(&config.data_dir) => started?,
        // A server on its way goes on alone; the next start finds it.
        () = stopping.cancelled() => return Ok(()),
    };
    let served = open(config, &managed.url(), listener, stopping).await;
    managed.stop().await;
    served
}

/// What [`run`] does while Redis is there.
async fn open(
    config: Config,
    redis_url: &str,
    listener: TcpListener,
    stopping: CancellationToken,
) -> Result<(), StartError> {
    let addr = listener.local_addr().map_err(|error| StartError::new(error.to_string()))?;
    let state = AppState::new(config, addr, redis_url, stopping.clone())?;
    let prepared = async {
        share_sample(&state).await?;
        report_redis(&state).await;
        announce(&state).await;
        Ok(())
    };
    tokio::select! {
        prepared = prepared => prepared?,
        () = stopping.cancelled() => return Ok(()),
    }
    let served = serve(listener, state).await;
    served.map_err(|error| StartError::new(format!("The server failed: {error}")))
}

async fn serve(listener: TcpListener, state: AppState) -> io::Result<()> {
    let stopping = state.stopping.clone();
    let hearing = tokio::spawn(state.announcements.clone().keep_listening());
    let tidying = tokio::spawn(sweep(state.clone()));
    let pulse = tokio::spawn(state.redis.clone().keep_trying());
    let server = axum::serve(listener, router(state).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stopping.clone().cancelled_owned())
        .into_future();
    let mut server = tokio::spawn(server);
    let served = tokio::select! {
        ended = &mut server => ended,
        () = stopping.cancelled() => {
            tracing::info!("stopping: open requests have {} s to finish", DRAIN.as_secs());
            timeout(DRAIN, &mut server).await.unwrap_or(Ok(Ok(())))
        }
    };
    for task in [tidying, pulse, hearing] {
        task.abort();
    }
    served.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

/// Cancelled by Ctrl-C, or by SIGTERM as service managers send it. Both are listened for from here on: the
/// managed Redis must not be left behind by somebody who stops the server while it starts.
fn told_to_stop() -> Result<CancellationToken, StartError> {
    let unheard = |error| StartError::new(format!("Signals can not be listened for: {error}"));
    let mut interrupted = unix::signal(SignalKind::interrupt()).map_err(unheard)?;
    let mut terminated = unix::signal(SignalKind::terminate()).map_err(unheard)?;
    let stopping = CancellationToken::new();
    let told = stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        told.cancel();
    });
    Ok(stopping)
}

/// Ends the visits of those who stopped beating, link by link, for as long as the server runs.
async fn sweep(state: AppState) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Ok(links) = state.documents.links().await else { continue };
        for link in links {
            // Redis is out of reach: the next round will do.
            if state.analytics.sweep(&link).await.is_err() {
                break;
            }
        }
    }
}

async fn share_sample(state: &AppState) -> Result<(), StartError> {
    // What cannot be listed is not known to be empty.
    let empty = state.documents.links().await.is_ok_and(|links| links.is_empty());
    if !state.config.sample || !empty {
        return Ok(());
    }
    let link: LinkId = SAMPLE_LINK.parse().map_err(|error| StartError::new(format!("{error}")))?;
    state
        .documents
        .share(SAMPLE.to_vec(), Some(link), SAMPLE_TITLE.to_owned())
        .await
        .map(|_| ())
        .map_err(|error| StartError::new(error.to_string()))
}

/// Says in plain words what will not work with this Redis. The server starts all the same: pages can be
/// read, and what depends on Redis answers 503 until it is there.
async fn report_redis(state: &AppState) {
    match state.redis.concerns().await {
        Ok(concerns) => concerns.iter().for_each(|concern| tracing::warn!("{concern}")),
        Err(_) => tracing::warn!("Redis does not answer yet; everything that counts waits for it"),
    }
    // A script that is not loaded now is brought along by the first call that needs it.
    let _ = state.analytics.load_scripts().await;
}

/// What the person who started the server wants to know.
async fn announce(state: &AppState) {
    let origin = state.config.origin(None);
    println!("\nSightline is running. Ctrl-C stops it.\n");
    if let Ok(documents) = state.documents.list().await
        && let Some((link, _)) = documents.first()
    {
        println!("  Viewer page  {}", viewer_url(&origin, link));
        println!("  Dashboard    {}", dashboard_url(&origin, link));
    }
    println!("  All links    {origin}/\n");
}

fn leptos_options(config: &Config, addr: SocketAddr) -> LeptosOptions {
    // cargo-leptos leaves the hashes beside the program when it has put them into the files' names.
    let hashed = std::env::current_exe()
        .is_ok_and(|program| program.parent().is_some_and(|folder| folder.join("hash.txt").exists()));
    let reload_port = std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok());
    LeptosOptions::builder()
        .output_name("sightline")
        .site_root(config.site_root.to_string_lossy().into_owned())
        .site_addr(addr)
        .hash_files(hashed)
        .reload_port(reload_port.unwrap_or(3_001))
        .build()
}
