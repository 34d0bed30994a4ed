//! How soon a change reaches a thousand dashboards, and what each dashboard costs.

use std::{sync::Arc, time::Duration};

use redis::aio::MultiplexedConnection;
use sightline::{
    model::LinkId,
    server::store::redis::Redis,
    server::store::{
        analytics::{Analytics, Rules},
        catalogue,
        clock::Clock,
    },
};
use tokio::time::{Instant, interval, sleep};

use super::{
    Outcome,
    bare::Bare,
    dashboards::{Changes, Dashboards},
    process::{cpu_seconds, memory},
    program::Program,
    table::{Row, median},
    viewers,
};

/// Dashboards on one link.
pub const DASHBOARDS: usize = 1_000;
/// Dashboards opened before memory is measured, so that only the cost of further ones counts.
const WARM_UP: usize = 100;
const JOINS_PER_SECOND: u64 = 500;
const ROUNDS: u64 = 3;
const ROUND: Duration = Duration::from_secs(8);

/// The results of the rounds.
#[derive(Default)]
struct Rounds {
    p50: Vec<f64>,
    p99: Vec<f64>,
    reads: Vec<f64>,
    cpu_per_snapshot: Vec<f64>,
    bytes_per_snapshot: f64,
}

/// The joins reach Redis from here, as through another app server, so that the server under test only reads,
/// serialises and sends.
pub async fn measure(program: &Program, redis: &Redis, redis_url: &str, link: &LinkId) -> Outcome<Vec<Row>> {
    let mut stats = redis::Client::open(redis_url)?.get_multiplexed_async_connection().await?;
    let analytics = Analytics::new(redis.clone(), Clock::redis(), Rules::default(), catalogue::link_key);
    let path = format!("/api/send/realtime/{link}/events");
    let most = (2 * ROUNDS * JOINS_PER_SECOND * ROUND.as_secs() + 1_000) as usize;
    let changes = Changes::after(0, most);
    let mut joined = 0;

    let mut alone = Dashboards::open(1, program.address, &path, &program.key, &changes).await?;
    let mut one = Rounds::default();
    for _ in 0..ROUNDS {
        let load = Load { program, analytics: &analytics, link, changes: &changes };
        load.round(&mut joined, &mut stats, &mut alone, &mut one).await?;
    }
    let mut warm = Dashboards::open(WARM_UP, program.address, &path, &program.key, &changes).await?;
    warm.show(joined).await?;
    let before = memory(program.id())?;
    let mut all = Dashboards::open(DASHBOARDS, program.address, &path, &program.key, &changes).await?;
    let ours = (memory(program.id())? - before) / DASHBOARDS as f64;
    drop(warm);
    let mut many = Rounds::default();
    for _ in 0..ROUNDS {
        let load = Load { program, analytics: &analytics, link, changes: &changes };
        load.round(&mut joined, &mut stats, &mut all, &mut many).await?;
    }
    drop((alone, all));

    let (bare_memory, bare_cpu) = bare(many.bytes_per_snapshot as usize).await?;
    let cpu = median(&many.cpu_per_snapshot);
    let crowd = format!("{DASHBOARDS} dashboards on a link, {JOINS_PER_SECOND} joins a second");
    let millis = |name: &str, many: &[f64], one: &[f64], target| Row {
        figure: format!("change to dashboard, {name}, {crowd}"),
        measured: format!("{:.0} ms", median(many)),
        baseline: format!("one dashboard: {:.0} ms", median(one)),
        ratio: median(many) / median(one),
        target,
    };
    Ok(vec![
        millis("p50", &many.p50, &one.p50, ""),
        millis("p99", &many.p99, &one.p99, "≤ 500 ms"),
        Row {
            figure: "snapshots read from Redis then".to_owned(),
            measured: format!("{:.1}/s", median(&many.reads)),
            baseline: format!("one dashboard: {:.1}/s", median(&one.reads)),
            ratio: median(&many.reads) / median(&one.reads),
            target: "≤ 5/s",
        },
        Row {
            figure: format!("server CPU per update of {:.1} kB", many.bytes_per_snapshot / 1e3),
            measured: format!("{:.1} µs", cpu * 1e6),
            baseline: format!("bare axum stream of the same bytes: {:.1} µs", bare_cpu * 1e6),
            ratio: cpu / bare_cpu,
            target: "ratio ≤ 1.5",
        },
        Row {
            figure: "server memory per idle dashboard".to_owned(),
            measured: format!("{:.1} kB", ours / 1e3),
            baseline: format!("bare axum stream: {:.1} kB", bare_memory / 1e3),
            ratio: ours / bare_memory,
            target: "≤ 20 kB",
        },
    ])
}

struct Load<'a> {
    program: &'a Program,
    analytics: &'a Analytics,
    link: &'a LinkId,
    changes: &'a Arc<Changes>,
}

impl Load<'_> {
    /// Joins at a steady rate for one round, and waits until all dashboards show the last join.
    async fn round(
        &self,
        joined: &mut u64,
        stats: &mut MultiplexedConnection,
        dashboards: &mut Dashboards,
        rounds: &mut Rounds,
    ) -> Outcome<()> {
        // Earlier changes have been sent by then.
        sleep(Duration::from_secs(1)).await;
        self.changes.reset();
        let (reads, cpu, began) =
            (snapshots_read(stats).await?, cpu_seconds(self.program.id())?, Instant::now());
        let mut pace = interval(Duration::from_secs(1) / JOINS_PER_SECOND as u32);
        while began.elapsed() < ROUND {
            pace.tick().await;
            self.changes.begin(*joined as usize);
            self.analytics.join(self.link, &viewers::join(*joined)?, &viewers::arrival()).await?;
            *joined += 1;
        }
        dashboards.show(*joined).await?;
        let seconds = began.elapsed().as_secs_f64();
        let snapshots = self.changes.snapshots.load(std::sync::atomic::Ordering::Relaxed) as f64;
        let bytes = self.changes.bytes.load(std::sync::atomic::Ordering::Relaxed) as f64;
        rounds.p50.push(self.changes.quantile(0.5));
        rounds.p99.push(self.changes.quantile(0.99));
        rounds.reads.push((snapshots_read(stats).await? - reads) / seconds);
        rounds.cpu_per_snapshot.push((cpu_seconds(self.program.id())? - cpu) / snapshots);
        rounds.bytes_per_snapshot = bytes / snapshots;
        eprintln!(
            "push: {joined} joined, {snapshots} snapshots, p50 {:.0} ms, p99 {:.0} ms",
            self.changes.quantile(0.5),
            self.changes.quantile(0.99)
        );
        Ok(())
    }
}

/// How many snapshots were read from Redis: only their script reads the list of durations.
pub async fn snapshots_read(stats: &mut MultiplexedConnection) -> Outcome<f64> {
    let said: String = redis::cmd("INFO").arg("commandstats").query_async(stats).await?;
    let calls = said.lines().find_map(|line| line.strip_prefix("cmdstat_lrange:calls="));
    Ok(calls.and_then(|calls| calls.split(',').next()).map_or(Ok(0.0), str::parse)?)
}

/// Memory per idle dashboard, and processor time per snapshot, of the bare stream.
async fn bare(size: usize) -> Outcome<(f64, f64)> {
    let bare = Bare::start(size).await?;
    let changes = Changes::after(u64::MAX, 0);
    let warm = Dashboards::open(WARM_UP, bare.address, "/", "", &changes).await?;
    let before = memory(bare.id())?;
    let all = Dashboards::open(DASHBOARDS, bare.address, "/", "", &changes).await?;
    let per_dashboard = (memory(bare.id())? - before) / DASHBOARDS as f64;
    drop(warm);
    let mut per_snapshot = Vec::new();
    for _ in 0..ROUNDS {
        sleep(Duration::from_secs(1)).await;
        changes.reset();
        let cpu = cpu_seconds(bare.id())?;
        sleep(ROUND).await;
        let snapshots = changes.snapshots.load(std::sync::atomic::Ordering::Relaxed) as f64;
        per_snapshot.push((cpu_seconds(bare.id())? - cpu) / snapshots);
        eprintln!("push: the bare stream has sent {snapshots} snapshots of {size} bytes");
    }
    drop(all);
    Ok((per_dashboard, median(&per_snapshot)))
}
