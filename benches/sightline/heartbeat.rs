//! How many heartbeats the server takes, beside how often it can ask Redis anything at all.

use std::{
    sync::Arc,
    time::{Duration, Instant},
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
use tokio::task::JoinSet;

use super::{
    Outcome,
    http::{self, Connection},
    program::Program,
    table::{Row, median},
    viewers,
};

const CONNECTIONS: u64 = 64;
const VIEWERS: u64 = 1_000;
const ROUNDS: usize = 60;
/// Short, so that whatever else the machine does meets both alike.
const ROUND: Duration = Duration::from_millis(300);
/// Every so many-th heartbeat of a viewer tells another page; the others only say "still here".
const PAGE_TURN: u64 = 10;

/// Heartbeats and PINGs in turns, over the same connections to the same server. The PING is `/readyz`: the
/// route of the real router that does one PING through the connection that heartbeats use, and no more.
pub async fn measure(program: &Program, redis: &Redis, link: &LinkId) -> Outcome<Vec<Row>> {
    viewers::fill(redis, link, 0..VIEWERS).await?;
    let ping: Requests = Arc::new(vec![http::get("/readyz")]);
    let mut clients = Vec::new();
    for number in 0..CONNECTIONS {
        let connection = Connection::open(program.address).await?;
        let beats: Requests = Arc::new(beats(link, number)?);
        clients.push(Client { connection, beats, ping: ping.clone(), sent: 0 });
    }

    let (mut beats, mut pings) = (Vec::new(), Vec::new());
    // The first round of each is for warming up.
    for round in 0..=ROUNDS {
        let beat_rate = load(&mut clients, |client| client.beats.clone()).await?;
        let ping_rate = load(&mut clients, |client| client.ping.clone()).await?;
        eprintln!("heartbeat, round {round}: {beat_rate:.0}/s, PING {ping_rate:.0}/s");
        if round > 0 {
            beats.push(beat_rate);
            pings.push(ping_rate);
        }
    }
    check(redis, link).await?;
    let (beats, pings) = (median(&beats), median(&pings));
    Ok(vec![Row {
        figure: format!("heartbeats over HTTP, {CONNECTIONS} connections"),
        measured: format!("{beats:.0}/s"),
        baseline: format!("one PING (`/readyz`): {pings:.0}/s"),
        ratio: beats / pings,
        target: "ratio ≥ 0.7",
    }])
}

/// Sent in a circle.
type Requests = Arc<Vec<Vec<u8>>>;

struct Client {
    connection: Connection,
    beats: Requests,
    ping: Requests,
    sent: usize,
}

/// The heartbeats of the viewers behind one connection: each viewer reads on one page, then on the next,
/// then turns back.
fn beats(link: &LinkId, connection: u64) -> Outcome<Vec<Vec<u8>>> {
    let mut requests = Vec::new();
    for beat in 0..2 * PAGE_TURN {
        for viewer in (connection..VIEWERS).step_by(CONNECTIONS as usize) {
            // Some turn early and some late, so that no moment has more page turns than another.
            let turned = (beat + viewer) / PAGE_TURN % 2;
            let beat = ViewerAction::Heartbeat(Heartbeat {
                session_id: viewers::session(viewer)?,
                current_page: Some(viewers::page(viewer + turned)),
                visible: Some(true),
            });
            let body = serde_json::to_string(&beat)?;
            requests.push(http::post(&format!("/api/send/realtime/{link}"), &body));
        }
    }
    Ok(requests)
}

/// Each client sends one request after the other for the length of a round; returns requests per second.
async fn load(clients: &mut Vec<Client>, requests: impl Fn(&Client) -> Requests) -> Outcome<f64> {
    let began = Instant::now();
    let mut running = JoinSet::new();
    for mut client in clients.drain(..) {
        let requests = requests(&client);
        running.spawn(async move {
            let mut count = 0_u32;
            while began.elapsed() < ROUND {
                client.connection.exchange(&requests[client.sent % requests.len()]).await?;
                client.sent += 1;
                count += 1;
            }
            Outcome::Ok((client, count))
        });
    }
    let mut total = 0.0;
    while let Some(ended) = running.join_next().await {
        let (client, count) = ended??;
        clients.push(client);
        total += f64::from(count);
    }
    Ok(total / began.elapsed().as_secs_f64())
}

/// The heartbeats have arrived: everybody is still active.
async fn check(redis: &Redis, link: &LinkId) -> Outcome<()> {
    let analytics = Analytics::new(redis.clone(), Clock::redis(), Rules::default(), catalogue::link_key);
    let active = analytics.snapshot(link, ViewerLimit::MIN).await?.metrics.active_viewers;
    if active == VIEWERS { Ok(()) } else { Err(format!("{active} viewers are active, not {VIEWERS}").into()) }
}
