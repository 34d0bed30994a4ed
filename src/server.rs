//! The server: the only module that uses Axum, Tokio and Redis.
//!
//! A request passes down through its wings, the answer back up: [`http`] routes requests, [`services`] decide what is
//! answered, [`live`] pushes changes, [`store`] keeps data in Redis and files. Beside them stands what configures and
//! starts the process: [`config`], [`start`], [`commands`] and [`run`], and what shows it from outside: [`instruments`] and
//! [`traces`].

pub mod commands;
pub mod config;
pub mod http;
pub mod instruments;
pub mod live;
pub mod services;
pub mod start;
pub mod start_error;
pub mod store;
pub mod traces;

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::{
    net::TcpListener,
    runtime::Handle,
    signal::unix::{self, SignalKind},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use self::{
    config::Config,
    http::connections::{self, ConnectionLimits},
    instruments::ProcessLoad,
    start::{Application, listeners::Listeners},
    start_error::StartError,
    store::redis::ManagedRedis,
};

/// How long open requests may take to finish once the server is told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How many open files are left to everything but connections: to Redis, documents and the processes that read them.
const RESERVED_FILES: u64 = 128;

/// Serves until Ctrl-C or SIGTERM, lets open requests finish, and stops the managed Redis last, also after an error. What
/// takes long is done on `workers`.
pub async fn run(config: Config, workers: Handle) -> Result<(), StartError> {
    // For rediss:// and S3. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    ProcessLoad::begin();
    let stopping = shutdown_signal()?;
    start::data_folder::prepare(&config.data_dir)?;
    let listeners = Listeners::open(&config)?;
    if let Some(redis_url) = config.redis_url.clone() {
        return run_with_redis(config, &redis_url, listeners, workers, stopping).await;
    }
    let managed = tokio::select! {
        started = ManagedRedis::start(&config.data_dir) => started?,
        // A redis-server that is starting keeps running; the next start finds it.
        () = stopping.cancelled() => return Ok(()),
    };
    let served = run_with_redis(config, &managed.url(), listeners, workers, stopping).await;
    managed.stop().await;
    served
}

/// The part of [`run`] between the start and the stop of Redis.
async fn run_with_redis(
    config: Config,
    redis_url: &str,
    Listeners { public, admin }: Listeners,
    workers: Handle,
    stopping: CancellationToken,
) -> Result<(), StartError> {
    let addr = public.local_addr().map_err(|error| StartError::new(error.to_string()))?;
    let app = Application::new(config, addr, redis_url, stopping.clone())?;
    let router = http::router(app.http(workers)?)?;
    print_line("\nSightline is running. Ctrl-C stops it.\n");
    // Before Redis is asked anything: that it is away is what the operator wants to see.
    let admin = admin.map(|admin| {
        admin.announce();
        tokio::spawn(admin.serve(app.clone(), stopping.clone()))
    });
    tokio::select! {
        prepared = start::prepare(&app) => prepared?,
        () = stopping.cancelled() => return Ok(()),
    }
    print_line(&format!("  Documents      {}/\n", app.config.origin()));
    let served = serve(public, router, &app).await;
    admin.iter().for_each(|admin| admin.abort());
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
        tokio::spawn(app.teller().run()),
        tokio::spawn(app.services.accounts.clone().keep_adopting()),
        tokio::spawn(app.services.mailer.clone().run()),
        tokio::spawn(app.services.monitoring.clone().keep_noting()),
    ];
    let limits = connection_limits(&app.config);
    let mut server = tokio::spawn(connections::serve(listener, router, limits, stopping.clone()));
    let served = tokio::select! {
        ended = &mut server => ended,
        () = stopping.cancelled() => {
            tracing::info!("stopping: open requests have {} s to finish", DRAIN_TIMEOUT.as_secs());
            timeout(DRAIN_TIMEOUT, &mut server).await.unwrap_or(Ok(()))
        }
    };
    background.iter().for_each(|task| task.abort());
    served.map_err(io::Error::other)
}

/// The limits of connections, within what the system allows. Each connection is an open file, and a shell's limit is
/// often a thousand: it is raised first.
fn connection_limits(config: &Config) -> ConnectionLimits {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX);
    let for_connections = files.saturating_sub(RESERVED_FILES.min(files / 2));
    let in_all = config.max_connections.min(usize::try_from(for_connections).unwrap_or(usize::MAX));
    if in_all < config.max_connections {
        tracing::info!("at most {in_all} connections: the system allows {files} open files (ulimit -n)");
    }
    ConnectionLimits {
        in_all,
        per_address: if config.no_limits { usize::MAX } else { config.max_connections_per_address },
        trusted_proxies: config.trusted_proxies.clone(),
    }
}

/// A token that Ctrl-C cancels, SIGTERM, which service managers send, or SIGHUP, which a closed terminal sends. They are
/// caught from here on: a server that is stopped while it starts must not leave its managed Redis running.
fn shutdown_signal() -> Result<CancellationToken, StartError> {
    let failed = |error| StartError::new(format!("Signals cannot be caught: {error}"));
    let mut interrupt = unix::signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = unix::signal(SignalKind::terminate()).map_err(failed)?;
    let mut hang_up =
        if ignores_hang_up() { None } else { Some(unix::signal(SignalKind::hangup()).map_err(failed)?) };
    let stopping = CancellationToken::new();
    let signalled = stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = async {
                match &mut hang_up {
                    Some(hang_up) => drop(hang_up.recv().await),
                    None => std::future::pending().await,
                }
            } => {}
        }
        signalled.cancel();
    });
    Ok(stopping)
}

/// Whether SIGHUP is ignored, as nohup(1) has it, which is to stay so. Read from proc(5); without it: no.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 << (SignalKind::hangup().as_raw_value() - 1) != 0)
}
