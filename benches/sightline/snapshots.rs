//! How many snapshots programs can ask for, beside how often the server can ask Redis anything at all.

use std::sync::Arc;

use sightline::{model::LinkId, server::store::redis::Redis};

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
    Ok(vec![Row {
        figure: format!("snapshots over HTTP, {VIEWERS} listed viewers, {CONNECTIONS} connections"),
        measured: format!("{snapshots:.0}/s"),
        baseline: format!("one PING (`/readyz`): {pings:.0}/s"),
        ratio: snapshots / pings,
        target: "ratio ≥ 0.5",
    }])
}
