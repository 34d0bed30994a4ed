//! What many links cost: joins and heartbeats over many links beside few, and an idle server.

use std::time::{Duration, Instant};

use sightline::{
    model::{Heartbeat, LinkId, ViewerAction},
    server::store::{catalogue, redis::Redis},
};

use super::{
    Outcome,
    http::{self, Connection},
    program::Program,
    table::{Row, quantile},
    viewers,
};

const FEW: u64 = 50;
const MANY: u64 = 50_000;
/// Links of the idle server.
const IDLE: u64 = 100_000;
/// Joins and heartbeats on each side: one on each of the many links.
const ROUNDS: u64 = MANY;
/// How long a server has for what it does once after its start.
const SETTLING: Duration = Duration::from_secs(25);
/// How long an idle server is watched.
const IDLE_FOR: Duration = Duration::from_secs(60);

/// Milliseconds of every request.
#[derive(Default)]
struct Times {
    join: Vec<f64>,
    heartbeat: Vec<f64>,
}

/// A viewer joins a link and beats once there, in turns on one of few links and on the next of many. `shared` is a
/// link whose record the others copy.
pub async fn measure(program: &Program, redis: &Redis, shared: &LinkId) -> Outcome<Vec<Row>> {
    copy_links(redis, shared, MANY).await?;
    let mut connection = Connection::open(program.address).await?;
    let (mut few, mut many) = (Times::default(), Times::default());
    for round in 0..ROUNDS {
        let viewer = viewers::join(round)?;
        for (link, times) in [(link(round % FEW)?, &mut few), (link(round % MANY)?, &mut many)] {
            let path = format!("/api/send/realtime/{link}");
            let join = serde_json::to_string(&ViewerAction::Join(viewer.clone()))?;
            times.join.push(timed(&mut connection, &http::post(&path, &join)).await?);
            let beat =
                Heartbeat { visible: Some(true), idle: Some(0), ..Heartbeat::of(viewer.session_id.clone()) };
            let beat = serde_json::to_string(&ViewerAction::Heartbeat(beat))?;
            times.heartbeat.push(timed(&mut connection, &http::post(&path, &beat)).await?);
        }
    }
    let row = |name, few: &[f64], many: &[f64]| {
        let (few, many) = (quantile(few, 0.5), quantile(many, 0.5));
        Row {
            figure: format!("{name}, p50, over {MANY} links"),
            measured: format!("{many:.3} ms"),
            baseline: format!("over {FEW} links: {few:.3} ms"),
            ratio: many / few,
            target: "ratio ≤ 1.5",
        }
    };
    Ok(vec![row("join", &few.join, &many.join), row("heartbeat", &few.heartbeat, &many.heartbeat)])
}

/// What a server without viewers sends Redis, with many links.
pub async fn measure_idle(redis: &Redis, shared: &LinkId) -> Outcome<Vec<Row>> {
    copy_links(redis, shared, IDLE).await?;
    tokio::time::sleep(SETTLING).await;
    // Both readings of the counter are commands of this program.
    let before = commands_processed(redis).await?;
    let began = Instant::now();
    tokio::time::sleep(IDLE_FOR).await;
    let commands = commands_processed(redis).await? - before - 1;
    let rate = commands as f64 / began.elapsed().as_secs_f64();
    Ok(vec![Row {
        figure: format!("commands of an idle server, {IDLE} links"),
        measured: format!("{rate:.2}/s"),
        baseline: "one command a second".to_owned(),
        ratio: rate,
        target: "ratio ≤ 1",
    }])
}

async fn timed(connection: &mut Connection, request: &[u8]) -> Outcome<f64> {
    let began = Instant::now();
    connection.exchange(request).await?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

fn link(number: u64) -> Outcome<LinkId> {
    Ok(format!("link-{number}").parse()?)
}

/// Links as `shared` is one. What is there already stays.
async fn copy_links(redis: &Redis, shared: &LinkId, count: u64) -> Outcome<()> {
    let mut read = redis::cmd("HGETALL");
    read.arg(catalogue::link_key(shared));
    let record: Vec<(String, String)> = redis.query(&read).await?;
    for numbers in (0..count).collect::<Vec<_>>().chunks(500) {
        let copies = numbers.iter().map(async |&number| {
            let mut write = redis::cmd("HSET");
            write.arg(catalogue::link_key(&link(number)?)).arg(&record);
            redis.query::<u64>(&write).await?;
            Outcome::Ok(())
        });
        futures::future::try_join_all(copies).await?;
    }
    Ok(())
}

async fn commands_processed(redis: &Redis) -> Outcome<u64> {
    let mut info = redis::cmd("INFO");
    info.arg("stats");
    let stats: redis::InfoDict = redis.query(&info).await?;
    stats.get("total_commands_processed").ok_or_else(|| "Redis does not count its commands".into())
}
