//! Ten busy minutes, with metrics that are scraped: whether anything grows, slows down or fails.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use redis::{InfoDict, aio::MultiplexedConnection};
use sightline::{
    model::{Heartbeat, Leave, LinkId, ViewerAction, timing::HEARTBEAT_INTERVAL},
    server::store::redis::Redis,
};
use tokio::{
    task::JoinSet,
    time::{Instant, interval, sleep},
};

use super::{
    Outcome,
    dashboards::{Changes, Dashboards},
    http::{self, Connection},
    process::memory,
    program::{OPERATOR_TOKEN, Program, free_address},
    push::{DASHBOARDS, snapshots_read},
    table::Row,
    viewers,
};

const VIEWERS: u64 = 10_000;
const CONNECTIONS: u64 = 16;
/// New viewers, each of whom leaves once the next has joined.
const JOINS_PER_SECOND: u64 = 10;
/// One heartbeat in this many tells another page.
const PAGE_TURN: u64 = 10;
const QUARTER: Duration = Duration::from_secs(150);
/// How often the metrics are scraped: fifteen times as often as is usual.
const SCRAPE: Duration = Duration::from_secs(1);

/// The measurements at the end of a quarter.
struct Moment {
    app: f64,
    redis: f64,
    p50: f64,
    p99: f64,
}

/// Sends heartbeats, joins and leaves over HTTP to one server, with dashboards that show them.
pub async fn measure(data_dir: &Path, redis_url: &str, redis: &Redis, link: &LinkId) -> Outcome<Vec<Row>> {
    let metrics = free_address()?;
    let program = Program::start_observed(data_dir, redis_url, &metrics).await?;
    let mut stats = redis::Client::open(redis_url)?.get_multiplexed_async_connection().await?;
    viewers::fill(redis, link, 0..VIEWERS).await?;
    let changes = Changes::after(VIEWERS, (10 * QUARTER.as_secs() * JOINS_PER_SECOND) as usize);
    let path = format!("/api/send/realtime/{link}");
    let mut dashboards =
        Dashboards::open(DASHBOARDS, program.address, &format!("{path}/events"), &program.key, &changes)
            .await?;

    let load = Load { path, sent: Arc::default(), failed: Arc::default(), changes: changes.clone() };
    let mut running = JoinSet::new();
    for number in 0..CONNECTIONS {
        running.spawn(load.clone().send_heartbeats(program.address, number));
    }
    running.spawn(load.clone().join_and_leave(program.address));
    running.spawn(scrape(metrics.parse()?));

    // The first quarter only warms up.
    let (mut first, mut last) = (None, None);
    let (mut reads, mut began) = (0.0, Instant::now());
    for quarter in 0..4 {
        changes.reset();
        tokio::select! {
            () = sleep(QUARTER) => {}
            Some(ended) = running.join_next() => return Err(format!("a visitor ended: {ended:?}").into()),
        }
        let moment = Moment {
            app: memory(program.id())?,
            redis: used_memory(&mut stats).await?,
            p50: changes.quantile(0.5),
            p99: changes.quantile(0.99),
        };
        eprintln!(
            "soak, quarter {quarter}: app {:.1} MB, Redis {:.1} MB, p50 {:.0} ms, p99 {:.0} ms, {} sent, {} failed",
            moment.app / 1e6,
            moment.redis / 1e6,
            moment.p50,
            moment.p99,
            load.sent.load(Relaxed),
            load.failed.load(Relaxed),
        );
        match quarter {
            0 => (reads, began) = (snapshots_read(&mut stats).await?, Instant::now()),
            1 => first = Some(moment),
            _ => last = Some(moment),
        }
    }
    let reads = (snapshots_read(&mut stats).await? - reads) / began.elapsed().as_secs_f64();
    running.shutdown().await;
    let failed = load.failed.load(Relaxed) + dashboards.ended() as u64;
    let sent = load.sent.load(Relaxed);
    let (Some(first), Some(last)) = (first, last) else { return Err("the soak was cut short".into()) };

    let row = |figure: &str, last: f64, first: f64, unit: &str, target| Row {
        figure: format!("soak: {figure}, last quarter"),
        measured: format!("{last:.1} {unit}"),
        baseline: format!("second quarter: {first:.1} {unit}"),
        ratio: last / first,
        target,
    };
    Ok(vec![
        row("memory of the app", last.app / 1e6, first.app / 1e6, "MB", "steady"),
        row("memory of Redis", last.redis / 1e6, first.redis / 1e6, "MB", "steady"),
        row("change to dashboard, p50", last.p50, first.p50, "ms", "steady"),
        row("change to dashboard, p99", last.p99, first.p99, "ms", "≤ 500 ms"),
        Row {
            figure: "soak: snapshots read from Redis".to_owned(),
            measured: format!("{reads:.1}/s"),
            baseline: format!("{DASHBOARDS} dashboards, {VIEWERS} viewers"),
            ratio: reads / DASHBOARDS as f64,
            target: "≤ 5/s",
        },
        Row {
            figure: "soak: errors".to_owned(),
            measured: failed.to_string(),
            baseline: format!("{sent} requests"),
            ratio: failed as f64 / sent as f64,
            target: "0",
        },
    ])
}

/// What all visitors share.
#[derive(Clone)]
struct Load {
    path: String,
    sent: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
    changes: Arc<Changes>,
}

impl Load {
    /// Sends the heartbeats of one connection's viewers, evenly over the interval.
    async fn send_heartbeats(self, address: SocketAddr, number: u64) -> Outcome<()> {
        let mut connection = Connection::open(address).await?;
        let mut pace = interval(HEARTBEAT_INTERVAL / (VIEWERS / CONNECTIONS) as u32);
        for beat in 0.. {
            for viewer in (number..VIEWERS).step_by(CONNECTIONS as usize) {
                pace.tick().await;
                let turned = (beat + viewer) / PAGE_TURN;
                let action = ViewerAction::Heartbeat(Heartbeat {
                    current_page: Some(viewers::page(viewer + turned)),
                    visible: Some(true),
                    idle: Some(0),
                    ..Heartbeat::of(viewers::session(viewer)?)
                });
                self.send(&mut connection, &action).await?;
            }
        }
        Ok(())
    }

    /// Lets new viewers join one after another; the one before leaves.
    async fn join_and_leave(self, address: SocketAddr) -> Outcome<()> {
        let mut connection = Connection::open(address).await?;
        let mut pace = interval(Duration::from_secs(1) / JOINS_PER_SECOND as u32);
        for number in 0.. {
            pace.tick().await;
            self.changes.begin(number);
            let newcomer = VIEWERS + number as u64;
            self.send(&mut connection, &ViewerAction::Join(viewers::join(newcomer)?)).await?;
            if number > 0 {
                let session_id = viewers::session(newcomer - 1)?;
                self.send(&mut connection, &ViewerAction::Leave(Leave::of(session_id))).await?;
            }
        }
        Ok(())
    }

    async fn send(&self, connection: &mut Connection, action: &ViewerAction) -> Outcome<()> {
        self.sent.fetch_add(1, Relaxed);
        let request = http::post(&self.path, &serde_json::to_string(action)?);
        if let Err(error) = connection.exchange(&request).await {
            eprintln!("soak: {error}");
            self.failed.fetch_add(1, Relaxed);
        }
        Ok(())
    }
}

/// Reads the metrics again and again. An answer other than 200 is an error.
async fn scrape(metrics: SocketAddr) -> Outcome<()> {
    let mut pace = interval(SCRAPE);
    loop {
        pace.tick().await;
        http::page(metrics, OPERATOR_TOKEN, "/metrics").await?;
    }
}

async fn used_memory(stats: &mut MultiplexedConnection) -> Outcome<f64> {
    let info: InfoDict = redis::cmd("INFO").arg("memory").query_async(stats).await?;
    info.get("used_memory").ok_or("INFO has no used_memory".into())
}
