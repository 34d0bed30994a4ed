//! How long a join and a snapshot take on a link with many viewers, beside one with few.

use std::time::Instant;

use sightline::{
    model::{Leave, LinkId, ViewerLimit},
    server::store::redis::Redis,
    server::store::{
        analytics::{Analytics, Joined},
        catalogue,
        clock::Clock,
    },
};

use super::{
    Outcome, memory,
    table::{Row, quantile},
    viewers,
};

/// As many as a snapshot lists, so that both links return a full list.
const FEW: u64 = 100;
const ROUNDS: u64 = 4_000;
const WARM_UP: u64 = 200;

/// The milliseconds of every call on one link.
#[derive(Default)]
struct Times {
    join: Vec<f64>,
    snapshot: Vec<f64>,
}

/// Calls the analytics of two links alternately: `crowd` with many viewers, and one with few. Without HTTP, which
/// takes the same time on both and would hide a difference.
pub async fn measure(redis: &Redis, crowd: &LinkId) -> Outcome<Vec<Row>> {
    let few: LinkId = "few".parse()?;
    viewers::fill(redis, &few, 0..FEW).await?;
    let analytics = Analytics::new(redis.clone(), Clock::redis(), viewers::rules(), catalogue::link_key);

    let (mut many_times, mut few_times) = (Times::default(), Times::default());
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            (many_times, few_times) = Default::default();
        }
        let newcomer = memory::VIEWERS + round;
        // The order alternates, since the second call finds the processor's caches warm.
        if round.is_multiple_of(2) {
            call(&analytics, crowd, newcomer, memory::VIEWERS, &mut many_times).await?;
            call(&analytics, &few, newcomer, FEW, &mut few_times).await?;
        } else {
            call(&analytics, &few, newcomer, FEW, &mut few_times).await?;
            call(&analytics, crowd, newcomer, memory::VIEWERS, &mut many_times).await?;
        }
    }

    let row = |name, percent: u32, many: &[f64], few: &[f64]| {
        let share = f64::from(percent) / 100.0;
        let (many, few) = (quantile(many, share), quantile(few, share));
        Row {
            figure: format!("{name}, p{percent}, {} active viewers", memory::VIEWERS),
            measured: format!("{many:.3} ms"),
            baseline: format!("{FEW} active viewers: {few:.3} ms"),
            ratio: many / few,
            target: "ratio ≤ 1.5",
        }
    };
    Ok(vec![
        row("join", 50, &many_times.join, &few_times.join),
        row("join", 99, &many_times.join, &few_times.join),
        row("snapshot", 50, &many_times.snapshot, &few_times.snapshot),
        row("snapshot", 99, &many_times.snapshot, &few_times.snapshot),
    ])
}

/// Times one join and one snapshot; a leave then restores the number of viewers.
async fn call(
    analytics: &Analytics,
    link: &LinkId,
    newcomer: u64,
    others: u64,
    times: &mut Times,
) -> Outcome<()> {
    let join = viewers::join(newcomer)?;
    let began = Instant::now();
    let joined = analytics.join(link, &join, &viewers::arrival()).await?;
    times.join.push(began.elapsed().as_secs_f64() * 1e3);

    let began = Instant::now();
    let snapshot = analytics.snapshot(link, ViewerLimit::default()).await?;
    times.snapshot.push(began.elapsed().as_secs_f64() * 1e3);

    analytics.leave(link, &Leave::of(join.session_id)).await?;
    let (active, listed) = (snapshot.metrics.active_viewers, snapshot.active_viewers.len());
    if joined == Joined::New && active == others + 1 && listed == usize::from(ViewerLimit::default().get()) {
        Ok(())
    } else {
        Err(format!("{link} has the wrong number of viewers: {active} active, {listed} listed").into())
    }
}
