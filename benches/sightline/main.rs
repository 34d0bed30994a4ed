//! The figures of the README, each beside its baseline in the same run.
//!
//! ```text
//! cargo bench --features ssr --bench sightline               all of them
//! cargo bench --features ssr --bench sightline -- heartbeat  only heartbeat, joins, snapshots, page, gates, fairness, documents,
//!                                                            push, restart, soak, links, idle, history, latency, memory
//!                                                            or outbox
//! ```
//!
//! A real redis-server with the settings of the managed one, the real program on a loopback socket, and
//! this program as their client. A machine is never quiet, so a figure means nothing without its
//! baseline: both are measured alternately, many times, and their medians are compared. Targets are
//! shown, not enforced; only a failing operation ends the run.

mod bare;
mod dashboards;
mod document_list;
mod fairness;
mod first_page;
mod gates;
mod heartbeat;
mod history;
mod http;
mod joins;
mod latency;
mod links;
mod load;
mod memory;
mod outbox;
mod pdf;
mod process;
mod program;
mod push;
mod restart;
mod snapshots;
mod soak;
mod table;
mod viewers;

use std::{error::Error, process::ExitCode, time::Duration};

use sightline::{
    model::LinkId,
    server::store::redis::{ManagedRedis, Redis},
};
use tempfile::TempDir;

use self::{program::Program, table::Row};

/// Errors are only printed, so their type does not matter.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let (flags, chosen): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    // `cargo test --all-targets` runs this program too, which has nothing to test.
    if !has("--bench") {
        return ExitCode::SUCCESS;
    }
    tracing_subscriber::fmt().with_env_filter("warn").with_writer(std::io::stderr).init();
    // Each of thousands of dashboards is an open file.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let done = if has(bare::BARE) { serve_bare(&chosen) } else { print_figures(&chosen) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The benchmark failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_bare(size: &[String]) -> Outcome<()> {
    bare::serve(size.first().ok_or("how many bytes?")?.parse()?)
}

/// Uses one thread, so that the server and Redis, which are measured, have the rest of the machine.
#[tokio::main(flavor = "current_thread")]
async fn print_figures(chosen: &[String]) -> Outcome<()> {
    table::print(&run(chosen).await?);
    Ok(())
}

/// Starts Redis, and stops it even if a measurement fails.
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
    let redis = Redis::new(redis_url, Duration::from_secs(10))?;
    let mut rows = Vec::new();
    // First what counts commands: later there are viewers, who have to be swept.
    if wanted("idle") {
        let link: LinkId = "idle".parse()?;
        program::share(folder.path(), redis_url, &link, &pdf::of_dense_text(1)).await?;
        let _program = Program::start(folder.path(), redis_url).await?;
        rows.extend(links::measure_idle(&redis, &link).await?);
    }
    if wanted("outbox") {
        rows.extend(outbox::measure_joins(&redis).await?);
        let link: LinkId = "outbox".parse()?;
        program::share(folder.path(), redis_url, &link, &pdf::of_dense_text(1)).await?;
        let program = Program::start(folder.path(), redis_url).await?;
        rows.extend(outbox::measure_deliveries(&program, &redis, &link).await?);
    }
    if wanted("documents") {
        document_list::prepare(&redis).await?;
        let program = Program::start(folder.path(), redis_url).await?;
        rows.extend(document_list::measure(&program, &redis, redis_url).await?);
    }
    if ["heartbeat", "joins", "page", "snapshots"].into_iter().any(wanted) {
        let link: LinkId = "bench".parse()?;
        program::share(folder.path(), redis_url, &link, &pdf::of_dense_text(first_page::PAGES)).await?;
        let program = Program::start(folder.path(), redis_url).await?;
        if wanted("heartbeat") {
            let untimed = Program::start_untimed(folder.path(), redis_url).await?;
            rows.extend(heartbeat::measure(&program, &untimed, &redis, &link).await?);
        }
        if wanted("snapshots") {
            rows.extend(snapshots::measure(&program, &redis, &link).await?);
        }
        if wanted("joins") {
            let link: LinkId = "joins".parse()?;
            program::share(folder.path(), redis_url, &link, &pdf::of_dense_text(first_page::PAGES)).await?;
            rows.extend(joins::measure(&program, &link).await?);
        }
        if wanted("page") {
            rows.extend(first_page::measure(&program, folder.path(), redis_url, &link).await?);
        }
    }
    if wanted("gates") {
        rows.extend(gates::measure(folder.path(), redis_url).await?);
    }
    if wanted("fairness") {
        rows.push(fairness::measure(folder.path(), redis_url).await?);
    }
    if wanted("push") {
        let link: LinkId = "push".parse()?;
        program::share(folder.path(), redis_url, &link, &pdf::of_dense_text(first_page::PAGES)).await?;
        let program = Program::start(folder.path(), redis_url).await?;
        rows.extend(push::measure(&program, &redis, redis_url, &link).await?);
    }
    if wanted("soak") {
        let link: LinkId = "soak".parse()?;
        program::share(folder.path(), redis_url, &link, &pdf::of_dense_text(first_page::PAGES)).await?;
        rows.extend(soak::measure(folder.path(), redis_url, &redis, &link).await?);
    }
    if wanted("restart") {
        let link: LinkId = "restart".parse()?;
        program::share(folder.path(), redis_url, &link, &pdf::of_dense_text(1)).await?;
        rows.push(restart::measure(folder.path(), redis_url, &redis, &link).await?);
    }
    if wanted("links") {
        let link: LinkId = "links".parse()?;
        program::share(folder.path(), redis_url, &link, &pdf::of_dense_text(first_page::PAGES)).await?;
        let program = Program::start(folder.path(), redis_url).await?;
        rows.extend(links::measure(&program, &redis, &link).await?);
    }
    if wanted("history") {
        rows.extend(history::measure(folder.path()).await?);
        rows.extend(history::measure_whole(folder.path(), redis_url, &redis).await?);
    }
    if wanted("latency") || wanted("memory") {
        // The link that memory fills is the full link of the latencies.
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
