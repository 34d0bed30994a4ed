//! The figures of the README, each beside its baseline in the same run.
//!
//! ```text
//! cargo bench --features ssr --bench sightline               all of them
//! cargo bench --features ssr --bench sightline -- heartbeat  only heartbeat, latency, memory or page
//! ```
//!
//! A real redis-server with the settings of the managed one, the real program on a loopback socket, and
//! this program as their client. A machine is never quiet, so nobody should read a figure without its
//! baseline: both are taken in turns, many times, and their medians are compared. Targets are shown, not
//! enforced; only an operation that fails ends the run.

mod first_page;
mod heartbeat;
mod http;
mod latency;
mod memory;
mod pdf;
mod program;
mod table;
mod viewers;

use std::{error::Error, process::ExitCode};

use sightline::{
    model::LinkId,
    server::redis::{ManagedRedis, Redis},
};
use tempfile::TempDir;

use self::{program::Program, table::Row};

/// What can go wrong is only ever told, never told apart.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One thread: the server and Redis are measured, and should have the rest of the machine.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // `cargo test --all-targets` runs this program as well; there is nothing to test.
    let (flags, chosen): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    if !flags.iter().any(|flag| flag == "--bench") {
        return ExitCode::SUCCESS;
    }
    tracing_subscriber::fmt().with_env_filter("warn").with_writer(std::io::stderr).init();
    match run(&chosen).await {
        Ok(rows) => {
            table::print(&rows);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("The benchmark was given up: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts Redis, and stops it whatever becomes of the measurements.
async fn run(chosen: &[String]) -> Outcome<Vec<Row>> {
    let folder = TempDir::new()?;
    let redis = ManagedRedis::start(folder.path()).await?;
    let url = redis.url();
    let rows = tokio::select! {
        rows = measure(chosen, &folder, &url) => rows,
        _ = tokio::signal::ctrl_c() => Err("stopped".into()),
    };
    redis.stop().await;
    rows
}

async fn measure(chosen: &[String], folder: &TempDir, redis_url: &str) -> Outcome<Vec<Row>> {
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|word| word == name);
    let redis = Redis::new(redis_url)?;
    let mut rows = Vec::new();
    if wanted("heartbeat") || wanted("page") {
        let link: LinkId = "bench".parse()?;
        program::share(folder.path(), &link, &pdf::of_dense_text(first_page::PAGES)).await?;
        let program = Program::start(folder.path(), redis_url).await?;
        if wanted("heartbeat") {
            rows.extend(heartbeat::measure(&program, &redis, &link).await?);
        }
        if wanted("page") {
            rows.extend(first_page::measure(&program, folder.path(), &link).await?);
        }
    }
    if wanted("latency") || wanted("memory") {
        // The crowd whose memory is measured is the crowd among which the latencies are.
        let crowd: LinkId = "crowd".parse()?;
        let memory = memory::measure(redis_url, &redis, &crowd).await?;
        if wanted("latency") {
            rows.extend(latency::measure(&redis, &crowd).await?);
        }
        if wanted("memory") {
            rows.extend(memory);
        }
    }
    Ok(rows)
}
