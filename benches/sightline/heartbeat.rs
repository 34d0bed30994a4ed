//! How many heartbeats a second the server handles, beside the simplest request that reaches Redis.

use std::sync::Arc;

use super::{
    Outcome, http,
    load::{CONNECTIONS, Clients, Requests},
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
/// route of the real router that sends one PING over the connection of the heartbeats, and nothing else. `untimed` is a
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

    let (mut beats, mut pings, mut untimed_beats) = (Vec::new(), Vec::new(), Vec::new());
    // The first round of each only warms up.
    for round in 0..=ROUNDS {
        let beat_rate = clients.rate(|client| of_clients[client as usize].clone()).await?;
        let ping_rate = clients.rate(|_| ping.clone()).await?;
        let untimed_rate = untimed_clients.rate(|client| of_clients[client as usize].clone()).await?;
        eprintln!(
            "heartbeat, round {round}: {beat_rate:.0}/s, PING {ping_rate:.0}/s, without metrics {untimed_rate:.0}/s"
        );
        if round > 0 {
            beats.push(beat_rate);
            pings.push(ping_rate);
            untimed_beats.push(untimed_rate);
        }
    }
    check(redis, link).await?;
    let (beats, pings, untimed) = (median(&beats), median(&pings), median(&untimed_beats));
    let heartbeats = Row {
        figure: format!("heartbeats over HTTP, {CONNECTIONS} connections"),
        measured: format!("{beats:.0}/s"),
        baseline: format!("one PING (`/readyz`): {pings:.0}/s"),
        ratio: beats / pings,
        target: "ratio ≥ 0.8",
    };
    let metrics = Row {
        figure: "heartbeats over HTTP, with metrics".to_owned(),
        measured: format!("{beats:.0}/s"),
        baseline: format!("without: {untimed:.0}/s"),
        ratio: beats / untimed,
        target: "ratio ≥ 0.97",
    };
    Ok(vec![heartbeats, metrics])
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
