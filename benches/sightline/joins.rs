//! How many joins a second the server handles, beside the simplest request that reaches Redis.

use std::sync::Arc;

use sightline::model::{LinkId, ViewerAction};

use super::{
    Outcome, http,
    load::{CONNECTIONS, Clients, Requests},
    program::Program,
    table::{Row, median},
    viewers,
};

const ROUNDS: usize = 20;
/// More than the client behind one connection sends: each join is of a new viewer.
const JOINS: u64 = 5_000;
/// The number of the first viewer, beyond those of the heartbeats.
const FIRST: u64 = 1_000_000;

/// Joins and PINGs in turns, over the same connections.
pub async fn measure(program: &Program, link: &LinkId) -> Outcome<Vec<Row>> {
    let ping: Requests = Arc::new(vec![http::get("/readyz")]);
    let mut of_clients: Vec<Requests> = Vec::new();
    for number in 0..CONNECTIONS {
        of_clients.push(Arc::new(joins(link, number)?));
    }
    let mut joining = Clients::connect(program.address).await?;
    let mut pinging = Clients::connect(program.address).await?;
    let (mut joins, mut pings) = (Vec::new(), Vec::new());
    // The first round of each warms up.
    for round in 0..=ROUNDS {
        let join_rate = joining.rate(|client| of_clients[client as usize].clone()).await?;
        let ping_rate = pinging.rate(|_| ping.clone()).await?;
        eprintln!("join, round {round}: {join_rate:.0}/s, PING {ping_rate:.0}/s");
        if round > 0 {
            joins.push(join_rate);
            pings.push(ping_rate);
        }
    }
    let (joins, pings) = (median(&joins), median(&pings));
    Ok(vec![Row {
        figure: format!("joins over HTTP, {CONNECTIONS} connections"),
        measured: format!("{joins:.0}/s"),
        baseline: format!("one PING (`/readyz`): {pings:.0}/s"),
        ratio: joins / pings,
        target: "ratio ≥ 0.5",
    }])
}

fn joins(link: &LinkId, connection: u64) -> Outcome<Vec<Vec<u8>>> {
    let viewers = (FIRST + connection * JOINS..).take(JOINS as usize);
    let request = |viewer| {
        let body = serde_json::to_string(&ViewerAction::Join(viewers::join(viewer)?))?;
        Ok(http::post(&format!("/api/send/realtime/{link}"), &body))
    };
    viewers.map(request).collect()
}
