//! How much Redis memory a viewer takes, beside the same viewer as JSON in a hash.

use std::time::Duration;

use redis::{InfoDict, aio::MultiplexedConnection};
use serde_json::json;
use sightline::{
    model::LinkId,
    server::store::{clock::system_now, redis::Redis},
};

use super::{Outcome, table::Row, viewers};

/// How many viewers `crowd` has.
pub const VIEWERS: u64 = 100_000;
const BATCH: u64 = 1_000;

/// Fills `crowd` with viewers, who stay.
pub async fn measure(redis_url: &str, redis: &Redis, crowd: &LinkId) -> Outcome<Vec<Row>> {
    let mut connection = redis::Client::open(redis_url)?.get_multiplexed_async_connection().await?;
    eprintln!("memory: {VIEWERS} viewers as JSON, then as Sightline keeps them");

    let empty = used_memory(&mut connection).await?;
    fill_with_json(&mut connection).await?;
    let json = (used_memory(&mut connection).await? - empty) / VIEWERS as f64;
    redis::cmd("DEL").arg("baseline").exec_async(&mut connection).await?;

    let empty = used_memory(&mut connection).await?;
    viewers::fill(redis, crowd, 0..VIEWERS).await?;
    let ours = (used_memory(&mut connection).await? - empty) / VIEWERS as f64;
    Ok(vec![Row {
        figure: format!("Redis memory per active viewer, {VIEWERS} active"),
        measured: format!("{ours:.0} bytes"),
        baseline: format!("JSON in a hash, no index: {json:.0} bytes"),
        ratio: ours / json,
        target: "≤ 300 bytes",
    }])
}

/// Stores the same viewers in the obvious way: one hash for the link, with JSON for each viewer. Counting the active
/// ones would mean reading them all.
async fn fill_with_json(connection: &mut MultiplexedConnection) -> Outcome<()> {
    let now = system_now();
    for first in (0..VIEWERS).step_by(BATCH as usize) {
        let mut batch = redis::pipe();
        for number in first..first + BATCH {
            let join = viewers::join(number)?;
            let mut record = json!({
                "fingerprint": join.fingerprint,
                "joinedAt": now - viewers::READING_FOR_MS,
                "lastActivity": now,
                "currentPage": join.current_page,
                "engaged": viewers::READING_FOR_MS,
                "visible": true,
                "epoch": join.epoch,
            });
            if let Some(email) = join.email {
                record["email"] = email.into();
            }
            // Written twice, as by a join and a heartbeat, which also completes the rehashing of a grown hash.
            for _ in 0..2 {
                batch.hset("baseline", join.session_id.as_str(), record.to_string()).ignore();
            }
        }
        batch.exec_async(connection).await?;
    }
    Ok(())
}

/// The bytes that Redis has allocated once it is idle: many changes make it rewrite its append-only file, and buffers
/// shrink only after a while.
async fn used_memory(connection: &mut MultiplexedConnection) -> Outcome<f64> {
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let info: InfoDict =
            redis::cmd("INFO").arg("memory").arg("persistence").query_async(connection).await?;
        if info.get::<u32>("aof_rewrite_in_progress") == Some(0) {
            return info.get("used_memory").ok_or("INFO has no used_memory".into());
        }
    }
    Err("Redis did not become idle".into())
}
