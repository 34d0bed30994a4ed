//! How soon a thousand dashboards are back after their server was killed, and that it refuses no reader meanwhile.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use sightline::{
    model::LinkId,
    server::store::{
        analytics::{Analytics, Rules},
        catalogue,
        clock::Clock,
        redis::Redis,
    },
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    Outcome,
    dashboards::ReturningDashboards,
    http,
    program::{Program, free_address},
    push::DASHBOARDS,
    table::{Row, median},
    viewers,
};

const ROUNDS: u64 = 3;
const READERS: usize = 8;
/// How soon a reader asks again where nothing listens.
const RETRY: Duration = Duration::from_millis(50);

/// A reader or a dashboard that is refused ends the run.
pub async fn measure(data_dir: &Path, redis_url: &str, redis: &Redis, link: &LinkId) -> Outcome<Row> {
    let analytics = Analytics::new(redis.clone(), Clock::redis(), Rules::default(), catalogue::link_key);
    let mut program = Program::start_at(&free_address()?, data_dir, redis_url).await?;
    let address = program.address;
    let path = format!("/api/send/realtime/{link}/events");
    let mut dashboards = ReturningDashboards::open(DASHBOARDS, address, &path, &program.key);
    let (mut listening, mut back) = (Vec::new(), Vec::new());
    dashboards.show(0).await?;
    for round in 0..ROUNDS {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for _ in 0..READERS {
            readers.spawn(read(address, program.key.clone(), format!("/v/{link}"), is_over.clone()));
        }
        let began = Instant::now();
        program.kill().await?;
        program = Program::start_at(&address.to_string(), data_dir, redis_url).await?;
        listening.push(began.elapsed().as_secs_f64());
        analytics.join(link, &viewers::join(round)?, &viewers::arrival()).await?;
        dashboards.show(round + 1).await?;
        back.push(began.elapsed().as_secs_f64());
        is_over.store(true, Relaxed);
        let (mut answers, refused) = (0, dashboards.refused.load(Relaxed));
        while let Some(read) = readers.join_next().await {
            answers += read??;
        }
        if refused > 0 {
            return Err(format!("{refused} streams were refused").into());
        }
        eprintln!("restart: {answers} pages meanwhile, none refused");
    }
    Ok(Row {
        figure: format!("{DASHBOARDS} dashboards back after their server was killed"),
        measured: format!("{:.1} s", median(&back)),
        baseline: format!("the server listens again: {:.1} s", median(&listening)),
        ratio: median(&back) / median(&listening),
        target: "≤ 10 s",
    })
}

/// Opens a page again and again. Returns how often; an answer other than 200 is an error.
async fn read(address: SocketAddr, key: String, path: String, is_over: Arc<AtomicBool>) -> Outcome<u64> {
    let mut answers = 0;
    while !is_over.load(Relaxed) {
        match http::page(address, &key, &path).await {
            Ok(_) => answers += 1,
            // The server that was killed, or nothing listens yet.
            Err(error) if error.is::<io::Error>() || error.to_string().ends_with("answered ") => {
                sleep(RETRY).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(answers)
}
