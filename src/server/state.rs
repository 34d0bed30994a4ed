//! What every request can use.

use std::{net::SocketAddr, ops::Deref, sync::Arc};

use ::redis::RedisError;
use axum::extract::FromRef;
use axum_extra::extract::cookie::Key;
use leptos::prelude::LeptosOptions;
use tokio_util::sync::CancellationToken;

use super::{
    StartError,
    accounts::Accounts,
    analytics::{Clock, RealtimeAnalytics, system_now},
    bots::Bots,
    catalogue::Catalogue,
    config::Config,
    documents::Documents,
    limits::Limits,
    live::Live,
    redis::{Announcements, Redis},
    secret,
    streams::Streams,
};

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
    /// Signs cookies.
    pub secret: Key,
    /// Who shares documents.
    pub accounts: Accounts,
    /// Which documents and links there are.
    pub catalogue: Catalogue,
    /// The files of documents.
    pub documents: Documents,
    /// Presence and numbers.
    pub analytics: RealtimeAnalytics,
    /// The connection that all of those use.
    pub redis: Redis,
    /// What is said of changes; one connection of its own.
    pub announcements: Announcements,
    /// One reader for each link that is watched.
    pub live: Live,
    /// The open event streams.
    pub streams: Streams,
    /// How often one address may do something.
    pub limits: Limits,
    /// Knows bots.
    pub bots: Bots,
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
        let redis = Redis::new(redis_url).map_err(unusable)?;
        Self::over(redis, config, addr, redis_url, stopping)
    }

    /// The same for a command in a terminal, which waits longer for Redis.
    pub fn for_command(config: Config, redis_url: &str) -> Result<Self, StartError> {
        let redis = Redis::for_command_line(redis_url).map_err(unusable)?;
        let addr = config.addr;
        Self::over(redis, config, addr, redis_url, CancellationToken::new())
    }

    fn over(
        redis: Redis,
        config: Config,
        addr: SocketAddr,
        redis_url: &str,
        stopping: CancellationToken,
    ) -> Result<Self, StartError> {
        let announcements = Announcements::new(redis_url).map_err(unusable)?;
        let clock = if config.test_clock { Clock::manual(system_now()) } else { Clock::redis() };
        let analytics = RealtimeAnalytics::new(redis.clone(), clock, config.rules());
        Ok(Self(Arc::new(Parts {
            options: leptos_options(&config, addr),
            secret: secret::load_or_make(&config.secret_file())?.key(),
            accounts: Accounts::new(redis.clone()),
            catalogue: Catalogue::new(redis.clone()),
            documents: Documents::open(&config)?,
            live: Live::new(analytics.clone(), announcements.clone()),
            streams: Streams::new(config.max_streams, config.max_streams_per_address),
            limits: if config.no_limits { Limits::none() } else { Limits::new() },
            bots: Bots::new(),
            analytics,
            redis,
            announcements,
            stopping,
            config: Config { addr, ..config },
        })))
    }
}

fn unusable(error: RedisError) -> StartError {
    StartError::new(format!("SIGHTLINE_REDIS_URL can not be used: {error}"))
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
