//! How many snapshots programs can ask for, beside how often the server can ask Redis anything at all.

use std::sync::Arc;

use sightline::{
    model::{LinkId, ViewerLimit},
    server::store::{analytics::Analytics, catalogue, clock::Clock, redis::Redis},
};

use super::{
    Outcome, http,
    load::{CONNECTIONS, Clients, Requests},
    program::Program,
    table::{Row, median},
    viewers,
};

/// As many as a snapshot lists.
const VIEWERS: u64 = 100;
const ROUNDS: usize = 20;
/// How many snapshots a round of the script takes.
const SNAPSHOTS: u32 = 100;

/// `GET /api/send/realtime/{link}` and PINGs in turns, over the same connections.
pub async fn measure(program: &Program, redis: &Redis, link: &LinkId) -> Outcome<Vec<Row>> {
    viewers::fill(redis, link, 0..VIEWERS).await?;
    let ping: Requests = Arc::new(vec![http::get("/readyz")]);
    let snapshot: Requests =
        Arc::new(vec![http::get_as(&program.key, &format!("/api/send/realtime/{link}"))]);
    let mut clients = Clients::connect(program.address).await?;
    let (mut snapshots, mut pings) = (Vec::new(), Vec::new());
    // The first round of each warms up.
    for round in 0..=ROUNDS {
        let snapshot_rate = clients.rate(|_| snapshot.clone()).await?;
        let ping_rate = clients.rate(|_| ping.clone()).await?;
        eprintln!("snapshot, round {round}: {snapshot_rate:.0}/s, PING {ping_rate:.0}/s");
        if round > 0 {
            snapshots.push(snapshot_rate);
            pings.push(ping_rate);
        }
    }
    let (snapshots, pings) = (median(&snapshots), median(&pings));
    let rates = Row {
        figure: format!("snapshots over HTTP, {VIEWERS} listed viewers, {CONNECTIONS} connections"),
        measured: format!("{snapshots:.0}/s"),
        baseline: format!("one PING (`/readyz`): {pings:.0}/s"),
        ratio: snapshots / pings,
        target: "ratio ≥ 0.5",
    };
    Ok(vec![rates, measure_script(redis, link).await?])
}

/// The time that Redis itself takes for the script of a snapshot, by its own statistics.
async fn measure_script(redis: &Redis, link: &LinkId) -> Outcome<Row> {
    let few: LinkId = "one".parse()?;
    viewers::fill(redis, &few, 0..1).await?;
    let analytics = Analytics::new(redis.clone(), Clock::redis(), viewers::rules(), catalogue::link_key);
    let (mut many, mut one) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (link, times) in [(link, &mut many), (&few, &mut one)] {
            let before = script_time(redis).await?;
            for _ in 0..SNAPSHOTS {
                analytics.snapshot(link, ViewerLimit::default()).await?;
            }
            times.push((script_time(redis).await? - before) / f64::from(SNAPSHOTS) / 1e3);
        }
    }
    let (many, one) = (median(&many), median(&one));
    Ok(Row {
        figure: format!("script of a snapshot, {VIEWERS} listed viewers, Redis' own time"),
        measured: format!("{many:.3} ms"),
        baseline: format!("one viewer: {one:.3} ms"),
        ratio: many / one,
        target: "≤ 0.25 ms",
    })
}

/// The microseconds that Redis has spent in scripts so far.
async fn script_time(redis: &Redis) -> Outcome<f64> {
    let statistics: String = redis.query(redis::cmd("INFO").arg("commandstats")).await?;
    let (_, scripts) = statistics.split_once("cmdstat_evalsha:").ok_or("no script has run")?;
    let (_, time) = scripts.split_once("usec=").ok_or("the statistics have no time")?;
    Ok(time.split(',').next().unwrap_or_default().parse()?)
}
