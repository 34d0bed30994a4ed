//! The server: the only room that knows Axum, Tokio and Redis.
//!
//! [`run`] is the life of the process; [`AppState`] what every request can use; [`router`] where requests go.

pub mod accounts;
pub mod analytics;
pub mod asker;
pub mod bots;
pub mod catalogue;
pub mod client;
pub mod commands;
pub mod config;
pub mod cookies;
pub mod cross_site;
pub mod documents;
mod envelope;
mod first_start;
pub mod forms;
pub mod gate;
mod import;
pub mod limits;
pub mod live;
pub mod operations;
mod pages;
pub mod random;
pub mod redis;
mod rest;
pub mod secret;
mod state;
pub mod streams;

use std::{
    future::IntoFuture,
    io::{self, Write},
    net::SocketAddr,
    time::Duration,
};

use axum::{
    Router,
    http::request,
    middleware::{map_request, map_response},
};
use leptos::prelude::use_context;
use tokio::{
    net::TcpListener,
    signal::unix::{self, SignalKind},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

pub use self::state::{AppState, Parts};
use self::{
    asker::{Asker, Head},
    config::Config,
    redis::ManagedRedis,
};
use crate::error::AppError;

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

impl From<AppError> for StartError {
    fn from(error: AppError) -> Self {
        Self(error.to_string())
    }
}

/// The application, from a server function's or a page's context.
pub fn app() -> Result<AppState, AppError> {
    use_context().ok_or(AppError::Internal)
}

/// The head of the request, from a server function's or a page's context.
pub fn head() -> Result<Head, AppError> {
    let parts: request::Parts = use_context().ok_or(AppError::Internal)?;
    Ok(Head::from(&parts))
}

/// Who asks, from a server function's or a page's context.
pub async fn asker() -> Result<Asker, AppError> {
    let (app, head) = (app()?, head()?);
    app.asker(&head).await
}

/// Where requests go. Tests call it without a socket.
pub fn router(state: AppState) -> Result<Router, StartError> {
    let cross_site = cross_site::layer(&state.config)?;
    let router = pages::routes(&state)
        .layer(map_response(rest::server_function_status))
        .layer(map_request(rest::bounded_body))
        .layer(axum::extract::DefaultBodyLimit::max(rest::MAX_BODY))
        .merge(rest::routes(&state))
        .layer(cross_site)
        .layer(map_response(pages::security_headers))
        .with_state(state);
    Ok(router)
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
    say("\nSightline is running. Ctrl-C stops it.\n");
    tokio::select! {
        prepared = first_start::prepare(&state) => prepared?,
        () = stopping.cancelled() => return Ok(()),
    }
    say(&format!("  Documents      {}/\n", state.config.origin(None)));
    let served = serve(listener, state).await;
    served.map_err(|error| StartError::new(format!("The server failed: {error}")))
}

/// Tells whoever started the server; where nobody listens any more, it runs all the same.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

async fn serve(listener: TcpListener, state: AppState) -> io::Result<()> {
    let stopping = state.stopping.clone();
    let hearing = tokio::spawn(state.announcements.clone().keep_subscribed());
    let tidying = tokio::spawn(sweep(state.clone()));
    let pulse = tokio::spawn(state.redis.clone().keep_alive());
    let router = router(state.clone()).map_err(io::Error::other)?;
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
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

/// Tidies up for as long as the server runs.
async fn sweep(state: AppState) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        state.limits.tidy();
        // Redis is out of reach: the next round will do.
        let _ = tidy(&state).await;
    }
}

/// Ends the visits of those who stopped beating, link by link, and removes files that nobody reads any more.
async fn tidy(state: &AppState) -> Result<(), AppError> {
    let owners = state.accounts.owners().await?;
    let owners = owners.iter().map(|owner| Some(&owner.owner_id)).chain([None]);
    for owner in owners {
        for document in state.catalogue.documents_of(owner).await? {
            for link in state.catalogue.links_of(&document.id).await? {
                state.analytics.sweep(&link.id).await?;
            }
            state.forget_previous(&document).await?;
        }
    }
    Ok(())
}
