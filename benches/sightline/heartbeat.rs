//! How many heartbeats a second the server handles, beside the simplest request that reaches Redis.

use std::{
    error::Error,
    fmt::{self, Display},
    sync::Arc,
};

use redis::InfoDict;

use super::{
    Outcome, http,
    load::{CONNECTIONS, Clients, Requests},
    process::cpu_seconds,
    program::Program,
    table::{Row, median},
    viewers,
};
use sightline::{
    model::{Heartbeat, LinkId, ViewerAction, ViewerLimit},
    server::store::redis::Redis,
    server::store::{
        analytics::{Analytics, Rules},
        catalogue,
        clock::Clock,
    },
};

const VIEWERS: u64 = 1_000;
const ROUNDS: usize = 60;
/// One heartbeat of a viewer in this many turns the page.
const PAGE_TURN: u64 = 10;

/// Measures heartbeats and PINGs alternately, over the same connections to the same server. The PING is `/readyz`: a
/// route of the real router that sends one command over the connection of the heartbeats, and nothing else: a script of one
/// line, which costs Redis a microsecond and shows whether it takes writes. `untimed` is a
/// second server, which does not time its requests: what metrics cost.
pub async fn measure(
    program: &Program,
    untimed: &Program,
    redis: &Redis,
    link: &LinkId,
) -> Outcome<Vec<Row>> {
    viewers::fill(redis, link, 0..VIEWERS).await?;
    let ping: Requests = Arc::new(vec![http::get("/readyz")]);
    let mut of_clients: Vec<Requests> = Vec::new();
    for number in 0..CONNECTIONS {
        of_clients.push(Arc::new(beats(link, number)?));
    }
    let mut clients = Clients::connect(program.address).await?;
    let mut untimed_clients = Clients::connect(untimed.address).await?;

    let redis_id: InfoDict = redis.query(redis::cmd("INFO").arg("server")).await?;
    let redis_id: u32 = redis_id.get("process_id").ok_or("INFO has no process_id")?;
    let (mut beats, mut pings, mut untimed_beats) = (Load::default(), Load::default(), Load::default());
    // The first round of each only warms up.
    for round in 0..=ROUNDS {
        if round == 1 {
            (beats, pings, untimed_beats) = Default::default();
        }
        let processes = [program.id(), redis_id];
        beats.add(&mut clients, processes, |client| of_clients[client as usize].clone()).await?;
        pings.add(&mut clients, processes, |_| ping.clone()).await?;
        let processes = [untimed.id(), redis_id];
        let of_client = |client: u64| of_clients[client as usize].clone();
        untimed_beats.add(&mut untimed_clients, processes, of_client).await?;
        eprintln!("heartbeat, round {round}: {beats}, PING {pings}, without metrics {untimed_beats}");
    }
    check(redis, link).await?;
    let row = |figure: &str, name: &str, (measured, baseline): (&Load, &Load), target| Row {
        figure: figure.to_owned(),
        measured: measured.to_string(),
        baseline: format!("{name}: {baseline}"),
        ratio: median(&measured.rates) / median(&baseline.rates),
        target,
    };
    let by_time = |figure: &str, name: &str, (measured, baseline): (&Load, &Load), target| Row {
        figure: figure.to_owned(),
        measured: format!("{:.1} µs", measured.time_of_request()),
        baseline: format!("{name}: {:.1} µs", baseline.time_of_request()),
        ratio: baseline.time_of_request() / measured.time_of_request(),
        target,
    };
    let over_http = format!("heartbeats over HTTP, {CONNECTIONS} connections");
    Ok(vec![
        row(&over_http, "one PING (`/readyz`)", (&beats, &pings), "ratio ≥ 0.8"),
        by_time("their processor time, server and Redis", "one PING", (&beats, &pings), "ratio ≥ 0.8"),
        row("heartbeats over HTTP, with metrics", "without", (&beats, &untimed_beats), "ratio ≥ 0.97"),
        by_time(
            "their processor time, server and Redis",
            "without",
            (&beats, &untimed_beats),
            "ratio ≥ 0.97",
        ),
    ])
}

/// Requests of one kind, and what they cost. Processor time says more than rates where the machine is not quiet.
#[derive(Default)]
struct Load {
    rates: Vec<f64>,
    requests: u64,
    seconds: f64,
}

impl Load {
    /// Sends requests for a round. `processes` answer them.
    async fn add(
        &mut self,
        clients: &mut Clients,
        processes: [u32; 2],
        requests: impl Fn(u64) -> Requests,
    ) -> Outcome<()> {
        let spent =
            || Ok::<_, Box<dyn Error + Send + Sync>>(cpu_seconds(processes[0])? + cpu_seconds(processes[1])?);
        let (sent, before) = (clients.sent(), spent()?);
        self.rates.push(clients.rate(requests).await?);
        self.requests += clients.sent() - sent;
        self.seconds += spent()? - before;
        Ok(())
    }

    /// In microseconds.
    fn time_of_request(&self) -> f64 {
        1e6 * self.seconds / self.requests as f64
    }
}

impl Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}/s", median(&self.rates))
    }
}

/// The heartbeats of the viewers behind one connection: each viewer reads on one page, then on the next,
/// then turns back.
fn beats(link: &LinkId, connection: u64) -> Outcome<Vec<Vec<u8>>> {
    let mut requests = Vec::new();
    for beat in 0..2 * PAGE_TURN {
        for viewer in (connection..VIEWERS).step_by(CONNECTIONS as usize) {
            // Viewers turn at different times, so that page turns are evenly spread.
            let turned = (beat + viewer) / PAGE_TURN % 2;
            let beat = ViewerAction::Heartbeat(Heartbeat {
                current_page: Some(viewers::page(viewer + turned)),
                visible: Some(true),
                idle: Some(0),
                ..Heartbeat::of(viewers::session(viewer)?)
            });
            let body = serde_json::to_string(&beat)?;
            requests.push(http::post(&format!("/api/send/realtime/{link}"), &body));
        }
    }
    Ok(requests)
}

/// The heartbeats have arrived: everybody is still active.
async fn check(redis: &Redis, link: &LinkId) -> Outcome<()> {
    let analytics = Analytics::new(redis.clone(), Clock::redis(), Rules::default(), catalogue::link_key);
    let active = analytics.snapshot(link, ViewerLimit::MIN).await?.metrics.active_viewers;
    if active == VIEWERS { Ok(()) } else { Err(format!("{active} viewers are active, not {VIEWERS}").into()) }
}
