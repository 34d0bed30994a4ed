//! The server: the only module that uses Axum, Tokio and Redis.
//!
//! A request passes down through its wings, the answer back up: [`http`] routes requests, [`services`] decide what is
//! answered, [`live`] pushes changes, [`store`] keeps data in Redis and files. Beside them stands what configures and
//! starts the process: [`config`], [`start`], [`commands`] and [`run`].

pub mod commands;
pub mod config;
pub mod http;
pub mod live;
pub mod services;
pub mod start;
pub mod start_error;
pub mod store;

use std::{
    future::IntoFuture,
    io::{self, Write},
    net::SocketAddr,
    time::Duration,
};

use tokio::{
    net::TcpListener,
    signal::unix::{self, SignalKind},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use self::{config::Config, start::Application, start_error::StartError, store::redis::ManagedRedis};

/// How long open requests may take to finish once the server is told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until Ctrl-C or SIGTERM, lets open requests finish, and stops the managed Redis last, also after an error.
pub async fn run(config: Config) -> Result<(), StartError> {
    // For rediss:// and S3. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Each open dashboard is an open file, and a shell's limit is often a thousand.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let stopping = shutdown_signal()?;
    start::data_folder::prepare(&config.data_dir)?;
    let listener = TcpListener::bind(config.addr)
        .await
        .map_err(|error| StartError::new(format!("{} cannot be listened on: {error}", config.addr)))?;
    if let Some(redis_url) = config.redis_url.clone() {
        return run_with_redis(config, &redis_url, listener, stopping).await;
    }
    let managed = tokio::select! {
        started = ManagedRedis::start(&config.data_dir) => started?,
        // A redis-server that is starting keeps running; the next start finds it.
        () = stopping.cancelled() => return Ok(()),
    };
    let served = run_with_redis(config, &managed.url(), listener, stopping).await;
    managed.stop().await;
    served
}

/// The part of [`run`] between the start and the stop of Redis.
async fn run_with_redis(
    config: Config,
    redis_url: &str,
    listener: TcpListener,
    stopping: CancellationToken,
) -> Result<(), StartError> {
    let addr = listener.local_addr().map_err(|error| StartError::new(error.to_string()))?;
    let app = Application::new(config, addr, redis_url, stopping.clone())?;
    let router = http::router(app.http()?)?;
    print_line("\nSightline is running. Ctrl-C stops it.\n");
    tokio::select! {
        prepared = start::prepare(&app) => prepared?,
        () = stopping.cancelled() => return Ok(()),
    }
    print_line(&format!("  Documents      {}/\n", app.config.origin()));
    let served = serve(listener, router, &app).await;
    served.map_err(|error| StartError::new(format!("The server failed: {error}")))
}

/// Prints to stdout; a closed stdout is ignored.
fn print_line(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

async fn serve(listener: TcpListener, router: axum::Router, app: &Application) -> io::Result<()> {
    let stopping = app.stopping.clone();
    let background = [
        tokio::spawn(app.stores.announcements.clone().keep_subscribed()),
        tokio::spawn(app.stores.redis.clone().keep_alive()),
        tokio::spawn(app.sweeper().run()),
        tokio::spawn(app.services.accounts.clone().keep_adopting()),
    ];
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stopping.clone().cancelled_owned())
        .into_future();
    let mut server = tokio::spawn(server);
    let served = tokio::select! {
        ended = &mut server => ended,
        () = stopping.cancelled() => {
            tracing::info!("stopping: open requests have {} s to finish", DRAIN_TIMEOUT.as_secs());
            timeout(DRAIN_TIMEOUT, &mut server).await.unwrap_or(Ok(Ok(())))
        }
    };
    background.iter().for_each(|task| task.abort());
    served.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

/// A token that Ctrl-C cancels, or SIGTERM, which service managers send. Both are caught from here on: a server that
/// is stopped while it starts must not leave its managed Redis running.
fn shutdown_signal() -> Result<CancellationToken, StartError> {
    let failed = |error| StartError::new(format!("Signals cannot be caught: {error}"));
    let mut interrupt = unix::signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = unix::signal(SignalKind::terminate()).map_err(failed)?;
    let stopping = CancellationToken::new();
    let signalled = stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        signalled.cancel();
    });
    Ok(stopping)
}
