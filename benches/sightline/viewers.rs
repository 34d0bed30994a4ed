//! Realistic viewers, the same in every run.

use std::{ops::Range, time::Duration};

use sightline::{
    error::AppError,
    model::{ClientKind, Heartbeat, Invalid, Join, LinkId, SessionId},
    server::store::redis::Redis,
    server::store::{
        analytics::{Analytics, Arrival, Rules},
        catalogue,
        clock::{Clock, system_now},
    },
};
use tokio::task::JoinSet;

use super::{Outcome, first_page::PAGES};

/// How many calls run at once while a link is filled.
const CONCURRENT_CALLS: u64 = 32;
/// How long each viewer has been reading, in milliseconds.
pub const READING_FOR_MS: i64 = 123_456;

/// The session of a viewer.
pub fn session(number: u64) -> Result<SessionId, Invalid> {
    random_text(number, 's').parse()
}

/// The join of a viewer: ids of 22 characters, the length of 128 random bits; every second viewer gives an e-mail.
pub fn join(number: u64) -> Result<Join, Invalid> {
    Ok(Join {
        session_id: session(number)?,
        fingerprint: Some(random_text(number, 'f').parse()?),
        email: number.is_multiple_of(2).then(|| format!("reader.{number:06}@example.org")),
        current_page: Some(page(number)),
        epoch: Some(system_now() as u64),
        referrer: None,
        returning: Some(false),
    })
}

/// What is known of each viewer when they join.
pub fn arrival() -> Arrival {
    Arrival {
        version: "bench".to_owned(),
        page_count: PAGES,
        client: ClientKind::of_code("cwd"),
        country: "DE".parse().ok(),
        is_verified: false,
    }
}

/// The page of a viewer.
pub fn page(number: u64) -> u32 {
    (number % u64::from(PAGES)) as u32 + 1
}

/// The default rules, with a higher limit of viewers per link.
pub fn rules() -> Rules {
    Rules { max_viewers: u64::MAX >> 11, ..Rules::default() }
}

/// Makes the viewers with these numbers active on a link: they joined two minutes ago, and send a heartbeat now.
pub async fn fill(redis: &Redis, link: &LinkId, numbers: Range<u64>) -> Outcome<()> {
    let now = system_now();
    // A link without a record refuses joins.
    redis
        .query::<u64>(redis::cmd("HSETNX").arg(catalogue::link_key(link)).arg("document").arg("bench"))
        .await?;
    let mut version = redis::cmd("HGET");
    version.arg(catalogue::link_key(link)).arg("version");
    let version = redis.query::<Option<String>>(&version).await?.unwrap_or_default();
    let at = |time| Analytics::new(redis.clone(), Clock::manual(time), rules(), catalogue::link_key);
    let (then, now) = (at(now - READING_FOR_MS), at(now));
    let mut workers = JoinSet::new();
    for worker in 0..CONCURRENT_CALLS {
        let (then, now, link, numbers) = (then.clone(), now.clone(), link.clone(), numbers.clone());
        let version = version.clone();
        workers.spawn(async move {
            for number in numbers.skip(worker as usize).step_by(CONCURRENT_CALLS as usize) {
                // Filling is not measured, so it may wait while Redis rewrites its append-only file.
                let mut retries = 20;
                while let Err(error) = enter(&then, &now, &link, &version, number).await {
                    if error != AppError::Unavailable || retries == 0 {
                        return Err(error.into());
                    }
                    retries -= 1;
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
            Outcome::Ok(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(())
}

/// Sends a join and a heartbeat; repeating both changes nothing.
async fn enter(
    then: &Analytics,
    now: &Analytics,
    link: &LinkId,
    version: &str,
    number: u64,
) -> Result<(), AppError> {
    let join = join(number)?;
    then.join(link, &join, &arrival()).await?;
    now.heartbeat(link, &Heartbeat::of(join.session_id), version).await.map(|_| ())
}

/// 22 letters and digits without a pattern.
fn random_text(number: u64, kind: char) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = number << 8 | u64::from(kind as u8);
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    (0..22).map(|_| char::from(LETTERS[(next() % 62) as usize])).collect()
}
