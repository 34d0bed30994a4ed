//! The owner's pages over a million sealed visits, through the running program.

use std::{collections::BTreeMap, path::Path, time::Instant};

use sightline::{
    model::{Day, LinkId, Visit},
    server::store::{
        clock::system_now,
        history::sealed::{FileName, MAX_VISITS_PER_FILE, SealedVisits},
        link_keys::{self as keys, Calendar, MS_PER_DAY},
        objects::Objects,
        redis::Redis,
    },
};

use super::{
    FEW, MANY, ROUNDS, SEARCHED,
    visits::{Readers, generate},
};
use crate::{
    Outcome, http, pdf,
    program::{self, Program},
    table::{Row, median},
};

/// One question, asked in each round.
struct Figure {
    name: &'static str,
    path: &'static str,
    /// Its parameters in a round.
    query: fn(i32) -> String,
    /// A part of the answer.
    expected: &'static str,
    target: &'static str,
}

/// What was asked before is remembered: a new range or filter in each round is not.
const FIGURES: [Figure; 6] = [
    Figure {
        name: "dashboard, the last 28 days, shown again",
        path: "/dashboard/{link}",
        query: |_| String::new(),
        expected: "Views over time",
        target: "≤ 50 ms",
    },
    Figure {
        name: "dashboard, 28 days not shown before",
        path: "/dashboard/{link}",
        query: |round| format!("from={}&to={}", days_ago(round + 28), days_ago(round + 1)),
        expected: "Views over time",
        target: "shown only",
    },
    Figure {
        name: "dashboard, 12 months, shown again",
        path: "/dashboard/{link}",
        query: |_| "range=12m".to_owned(),
        expected: "Views over time",
        target: "shown only",
    },
    Figure {
        name: "report under a new filter, 12 months",
        path: "/api/links/{link}/analytics",
        query: |round| format!("range=12m&country=DE&min={}s", round + 1),
        expected: "\"report\"",
        target: "≤ 1 s",
    },
    Figure {
        name: "newest 50, 0.8 in 1,000 match, 12 months",
        path: "/api/links/{link}/visits",
        query: |_| "range=12m&who=.surname7%40".to_owned(),
        expected: SEARCHED,
        target: "≤ 300 ms",
    },
    Figure {
        name: "longest 50, 12 months",
        path: "/api/links/{link}/visits",
        query: |_| "range=12m&sort=duration".to_owned(),
        expected: "visits",
        target: "shown only",
    },
];

fn days_ago(days: i32) -> Day {
    Day::from_epoch((system_now() / MS_PER_DAY) as i32 - days)
}

/// All figures; the link with few visits stands for the baseline.
pub async fn measure(folder: &Path, redis_url: &str, redis: &Redis) -> Outcome<Vec<Row>> {
    let few = prepare(folder, redis_url, redis, "history-few", FEW).await?;
    let many = prepare(folder, redis_url, redis, "history-many", MANY).await?;
    let program = Program::start(folder, redis_url).await?;
    let mut rows = Vec::new();
    for Figure { name, path, query, expected, target } in FIGURES {
        let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
        // The first round is for warming up.
        for round in 0..=ROUNDS {
            for (link, times) in [(&few, &mut of_few), (&many, &mut of_many)] {
                let path = format!("{}?{}", path.replace("{link}", link.as_str()), query(round as i32));
                let began = Instant::now();
                let answer = http::page(program.address, &program.key, &path).await?;
                if round > 0 {
                    times.push(began.elapsed().as_secs_f64() * 1e3);
                }
                if !String::from_utf8_lossy(&answer).contains(expected) {
                    return Err(format!("{path} does not show {expected}").into());
                }
            }
        }
        let (of_few, of_many) = (median(&of_few), median(&of_many));
        rows.push(Row {
            figure: format!("{name}, {MANY} visits"),
            measured: format!("{of_many:.0} ms"),
            baseline: format!("{FEW} visits: {of_few:.1} ms"),
            ratio: of_many / of_few,
            target,
        });
    }
    let (of_few, of_many) = (memory(redis, &few).await?, memory(redis, &many).await?);
    rows.push(Row {
        figure: format!("Redis memory of a link with {MANY} visits, without sums"),
        measured: format!("{:.0} kB", of_many / 1e3),
        baseline: format!("{FEW} visits: {:.1} kB", of_few / 1e3),
        ratio: of_many / of_few,
        target: "≤ 200 kB",
    });
    Ok(rows)
}

/// A link whose visits are sealed and summed, as they are after a year.
async fn prepare(folder: &Path, redis_url: &str, redis: &Redis, name: &str, count: usize) -> Outcome<LinkId> {
    let link: LinkId = name.parse()?;
    program::share(folder, redis_url, &link, &pdf::of_dense_text(12)).await?;
    let visits = generate(&link, system_now(), count, Readers::Returning)?;
    let sealed = SealedVisits::new(Objects::local(folder)?);
    for part in visits.chunks(MAX_VISITS_PER_FILE as usize) {
        let name = FileName::new(part[0].id, part[part.len() - 1].id)?;
        let file = sealed.write(&link, name, part.to_vec()).await?;
        let mut list = redis::cmd("HSET");
        list.arg(keys::sealed(&link)).arg(name.to_string()).arg(serde_json::to_string(&file)?);
        redis.query::<u64>(&list).await?;
    }
    sum(redis, &link, &visits).await?;
    Ok(link)
}

async fn sum(redis: &Redis, link: &LinkId, visits: &[Visit]) -> Outcome<()> {
    let mut from = redis::cmd("HSET");
    from.arg(keys::sums(link)).arg("from").arg(visits[0].joined_at);
    redis.query::<u64>(&from).await?;
    let mut days: BTreeMap<String, BTreeMap<i64, u64>> = BTreeMap::new();
    for visit in visits {
        let day = Calendar::at(visit.joined_at);
        let quarters = days.entry(keys::sums_of_day(link, &day)).or_default();
        *quarters.entry(day.quarter(visit.joined_at)).or_default() += 1;
    }
    for (day, quarters) in days {
        let mut write = redis::cmd("HSET");
        write.arg(day).arg(quarters.into_iter().collect::<Vec<_>>());
        redis.query::<u64>(&write).await?;
    }
    Ok(())
}

/// Bytes of the link's keys, its sums apart.
async fn memory(redis: &Redis, link: &LinkId) -> Outcome<f64> {
    let mut find = redis::cmd("KEYS");
    find.arg(format!("send:*:{{{link}}}*"));
    let found: Vec<String> = redis.query(&find).await?;
    let mut bytes = 0.0;
    for key in found.iter().filter(|key| !key.starts_with("send:sums:")) {
        let mut usage = redis::cmd("MEMORY");
        usage.arg("USAGE").arg(key).arg("SAMPLES").arg(0);
        bytes += redis.query::<f64>(&usage).await?;
    }
    Ok(bytes)
}
