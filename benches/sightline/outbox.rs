//! What it costs to tell events: a join with an outbox, for channels or for mail, beside one without, how many deliveries a second
//! go out, and how soon a local webhook knows of a join.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode};
use redis::InfoDict;
use reqwest::Client;
use sightline::{
    model::LinkId,
    server::store::{
        analytics::{Analytics, Rules},
        catalogue,
        clock::Clock,
        link_keys,
        redis::Redis,
    },
};
use tokio::{
    net::TcpListener,
    sync::Notify,
    time::{Instant, interval, timeout},
};

use super::{
    Outcome,
    program::Program,
    table::{Row, median, quantile},
    viewers,
};

/// In a round; rounds are short and many, because a machine is never quiet.
const JOINS: u64 = 300;
const ROUNDS: u64 = 61;
const JOINS_PER_SECOND: u32 = 100;
const SECONDS: u32 = 20;
const BURST: u64 = 5_000;
/// How long deliveries may take until the measurement has failed.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(120);

/// When each reader joined, and when the receiver was told.
#[derive(Clone, Default)]
struct Told {
    at: Arc<Mutex<HashMap<String, Instant>>>,
    arrived: Arc<Notify>,
    last_body: Arc<Mutex<Bytes>>,
}

impl Told {
    fn len(&self) -> usize {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    async fn wait_for(&self, count: usize) -> Outcome<()> {
        let all = async {
            loop {
                let arrived = self.arrived.notified();
                if self.len() >= count {
                    return;
                }
                arrived.await;
            }
        };
        timeout(DELIVERY_TIMEOUT, all).await.map_err(|_| format!("{} of {count} arrived", self.len()).into())
    }
}

async fn receive(State(told): State<Told>, body: Bytes) -> StatusCode {
    let now = Instant::now();
    told.last_body.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&body);
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let email = body["data"]["reader"]["email"].as_str().unwrap_or_default().to_owned();
    told.at.lock().unwrap_or_else(PoisonError::into_inner).entry(email).or_insert(now);
    told.arrived.notify_waiters();
    StatusCode::NO_CONTENT
}

/// Redis' own time in a command so far, in microseconds. That of a script holds that of its commands.
async fn redis_time(redis: &Redis, command: &str) -> Outcome<f64> {
    let info: InfoDict = redis.query(redis::cmd("INFO").arg("commandstats")).await?;
    let Some(stats) = info.get::<String>(&format!("cmdstat_{command}")) else { return Ok(0.0) };
    let usec = stats.split(',').find_map(|field| field.strip_prefix("usec=")).ok_or("no time")?;
    Ok(usec.parse()?)
}

/// A link and what its joins cost Redis in each round, in microseconds a join: the script, and `ZADD` in and beside it.
struct Joined {
    link: LinkId,
    analytics: Analytics,
    script: Vec<f64>,
    zadd: Vec<f64>,
}

impl Joined {
    async fn measure(&mut self, redis: &Redis, round: u64) -> Outcome<()> {
        let before = (redis_time(redis, "evalsha").await?, redis_time(redis, "zadd").await?);
        for number in round * JOINS..(round + 1) * JOINS {
            self.analytics.join(&self.link, &viewers::join(number)?, &viewers::arrival()).await?;
            // As if every event were told at once: each join then finds an empty outbox, and notes the link.
            let mut empty = redis::cmd("XTRIM");
            empty.arg(link_keys::outbox(&self.link)).arg("MAXLEN").arg(0);
            redis.query::<u64>(&empty).await?;
        }
        self.script.push((redis_time(redis, "evalsha").await? - before.0) / JOINS as f64);
        self.zadd.push((redis_time(redis, "zadd").await? - before.1) / JOINS as f64);
        Ok(())
    }
}

/// Measures joins alone, without a program that takes events out of the outbox. All links have as many viewers.
pub async fn measure_joins(redis: &Redis) -> Outcome<Vec<Row>> {
    let mut links = Vec::new();
    for (name, events, busy, sends_mail) in [
        ("outbox-none", "", "", false),
        ("outbox-one", "s", "", false),
        ("outbox-all", "bcdfgs", "", false),
        ("outbox-busy", "bcdfgs", "1000000", false),
        ("outbox-mail", "", "", true),
    ] {
        let rules = Rules { sends_mail, ..viewers::rules() };
        let analytics = Analytics::new(redis.clone(), Clock::redis(), rules, catalogue::link_key);
        let link: LinkId = name.parse()?;
        let mut record = redis::cmd("HSET");
        record.arg(catalogue::link_key(&link)).arg(&["document", "bench", "events", events, "busy", busy]);
        redis.query::<u64>(&record).await?;
        links.push(Joined { link, analytics, script: Vec::new(), zadd: Vec::new() });
    }
    for round in 0..ROUNDS {
        for link in &mut links {
            link.measure(redis, round).await?;
        }
    }
    for joined in &links {
        joined.analytics.forget(&joined.link).await?;
        joined.analytics.outboxes().remove(joined.link.as_str()).await?;
    }
    let [none, told @ ..] = &links[..] else { return Err("no links".into()) };
    let (without, other_zadds) = (median(&none.script), median(&none.zadd));
    let events = [
        "one event wanted",
        "all events wanted",
        "all events and a number of viewers wanted",
        "mail of first visits wanted and no channel",
    ];
    let row = |(joined, events): (&Joined, &str)| {
        let with = median(&joined.script) + median(&joined.zadd) - other_zadds;
        Row {
            figure: format!("Redis time of a join, {events}, its note in the index included"),
            measured: format!("{with:.1} µs"),
            baseline: format!("no channel and no mail: {without:.1} µs"),
            ratio: with / without,
            target: "ratio ≤ 1.2",
        }
    };
    Ok(told.iter().zip(events).map(row).collect())
}

/// How many seconds a client needs to send as many bodies of this kind to the receiver, one after the other, as a server does.
async fn requests_alone(url: &str, told: &Told) -> Outcome<f64> {
    let body = told.last_body.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let client = Client::new();
    let began = Instant::now();
    for _ in 0..BURST {
        client.post(url).body(body.clone()).send().await?.error_for_status()?;
    }
    Ok(began.elapsed().as_secs_f64())
}

/// Measures deliveries of the program to a receiver in this process.
pub async fn measure_deliveries(program: &Program, redis: &Redis, link: &LinkId) -> Outcome<Vec<Row>> {
    let told = Told::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let router = Router::new().fallback(receive).with_state(told.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::new();
    let api = |path: &str| format!("http://{}{path}", program.address);
    let made = client
        .post(api("/api/webhooks"))
        .bearer_auth(&program.key)
        .body(format!(r#"{{"url":"{url}","events":["reader.first_seen"]}}"#))
        .send()
        .await?;
    if made.status() != 201 {
        return Err(format!("no webhook: {}", made.text().await?).into());
    }

    // How soon, at a steady rate.
    let mut joined = HashMap::new();
    let mut pace = interval(Duration::from_secs(1) / JOINS_PER_SECOND);
    let count = u64::from(JOINS_PER_SECOND * SECONDS);
    for number in 0..count {
        pace.tick().await;
        let email = format!("paced.{number}@example.org");
        let body = format!(r#"{{"action":"join","sessionId":"paced-{number}","email":"{email}"}}"#);
        joined.insert(email, Instant::now());
        client
            .post(api(&format!("/api/send/realtime/{link}")))
            .body(body)
            .send()
            .await?
            .error_for_status()?;
    }
    told.wait_for(count as usize).await?;
    let delays: Vec<f64> = {
        let at = told.at.lock().unwrap_or_else(PoisonError::into_inner);
        let delay = |(email, at): (&String, &Instant)| Some((*at - *joined.get(email)?).as_secs_f64() * 1e3);
        at.iter().filter_map(delay).collect()
    };
    let (p50, p99) = (quantile(&delays, 0.5), quantile(&delays, 0.99));

    // How many, when they wait.
    let analytics = Analytics::new(redis.clone(), Clock::redis(), viewers::rules(), catalogue::link_key);
    let before = told.len();
    let began = Instant::now();
    for number in 0..BURST {
        let mut join = viewers::join(1_000_000 + number)?;
        join.email = Some(format!("burst.{number}@example.org"));
        analytics.join(link, &join, &viewers::arrival()).await?;
    }
    told.wait_for(before + BURST as usize).await?;
    let took = began.elapsed().as_secs_f64();
    let alone = requests_alone(&url, &told).await?;
    Ok(vec![
        Row {
            figure: format!(
                "join to local webhook, first visit of a reader, {JOINS_PER_SECOND} joins a second, p99"
            ),
            measured: format!("{p99:.0} ms"),
            baseline: format!("p50: {p50:.0} ms"),
            ratio: p99 / p50,
            target: "≤ 1 s",
        },
        Row {
            figure: format!("deliveries per second to one webhook, {BURST} joins at once, with their joins"),
            measured: format!("{:.0}/s", BURST as f64 / took),
            baseline: format!("the same requests alone, one after the other: {:.0}/s", BURST as f64 / alone),
            ratio: alone / took,
            target: "",
        },
    ])
}
