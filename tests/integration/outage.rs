//! Redis is stopped, hangs, and comes back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::Method;
use serde_json::json;
use sightline::server::store::redis::Redis;
use tokio::{runtime::Runtime, sync::watch, task::JoinSet};

use crate::support::{
    program::{DataDir, Server, data_with_document_on, sightline},
    redis_server::RedisServer,
    reply::Reply,
    test_app::TestApp,
};

/// The contract's limit for an answer while Redis is unreachable.
const ANSWERS_WITHIN: Duration = Duration::from_millis(500);
/// The contract's limit for recovery.
const RECOVERS_WITHIN: Duration = Duration::from_secs(2);

/// An app as it is set up by default, with its own redis-server.
async fn app_with_short_timeout() -> TestApp {
    TestApp::with_redis(RedisServer::start(), |config| config.redis_timeout_ms = 300).await
}

/// The median time of all operations, each of which must be refused.
async fn median_refusal_time(app: &TestApp) -> Duration {
    let action = |action: &str| json!({ "action": action, "sessionId": "s1" }).to_string();
    let mut times = Vec::new();
    for (method, path, body) in [
        (Method::GET, app.api(), String::new()),
        (Method::POST, app.api(), action("join")),
        (Method::POST, app.api(), action("heartbeat")),
        (Method::POST, app.api(), action("leave")),
        (Method::GET, "/readyz".to_owned(), String::new()),
    ] {
        let began = Instant::now();
        let reply = app.send(method, &path, body).await;
        times.push(began.elapsed());
        assert_unavailable(&reply);
    }
    times.sort();
    times[times.len() / 2]
}

/// Fails unless the answer is 503, without any numbers.
fn assert_unavailable(reply: &Reply) {
    reply.refused(503, "unavailable");
    assert_eq!(reply.header("retry-after"), "1");
    assert!(reply.json().get("metrics").is_none(), "{reply}");
}

#[tokio::test]
async fn stopped_redis_means_503_only_where_needed() {
    let app = app_with_short_timeout().await;
    app.join("s1").await;
    app.redis.stop();
    let median = median_refusal_time(&app).await;
    // The median, since a busy machine may delay any one request.
    assert!(median < ANSWERS_WITHIN, "{median:?}");
    app.get("/healthz").await.ok();
    app.get(&format!("/v/{}/pages/1", app.link)).await.ok();
    assert_unavailable(&app.get("/api/send/realtime/unknown").await);
    app.act("join", "a b", json!({})).await.refused(400, "invalid_field");
}

#[tokio::test]
async fn hanging_redis_means_503_within_half_a_second() {
    let app = app_with_short_timeout().await;
    app.join("s1").await;
    app.redis.note_pid();
    app.redis.signal("STOP");
    let median = median_refusal_time(&app).await;
    assert!(median < ANSWERS_WITHIN, "{median:?}");
    app.get("/healthz").await.ok();
    app.redis.signal("CONT");
    let began = Instant::now();
    while app.get(&app.api()).await.status != 200 {
        assert!(began.elapsed() < RECOVERS_WITHIN, "not recovered");
    }
    // Redis may have run the hanging commands after all; a retried join counts one view.
    app.join("s1").await;
    assert_eq!(app.snapshot().await.metrics.total_views, 1);
}

/// Every visitor retries until it is answered; an operation that ran without an answer must not count twice.
#[tokio::test]
async fn stalled_redis_counts_nothing_twice() {
    const STALL: Duration = Duration::from_secs(3);
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_REDIS_URL", redis.url()).env_remove("SIGHTLINE_REDIS_TIMEOUT_MS");
    let server = Arc::new(Server::start_as(command).await);
    let (visits, ended) = (watch::Sender::new(0_u64), watch::Sender::new(false));
    let mut visitors = JoinSet::new();
    for visitor in 0..8 {
        let (server, visits, ended) = (server.clone(), visits.clone(), ended.subscribe());
        visitors.spawn(async move {
            let mut refused = Vec::new();
            for n in 0.. {
                if *ended.borrow() {
                    break;
                }
                for action in ["join", "heartbeat", "leave"] {
                    loop {
                        let asked = Instant::now();
                        let reply = server.act("doc", action, &format!("v{visitor}-{n}")).await;
                        if reply.status == 200 {
                            break;
                        }
                        assert_unavailable(&reply);
                        refused.push(asked.elapsed());
                    }
                }
                visits.send_modify(|count| *count += 1);
            }
            refused
        });
    }
    let under_way = async |more: u64| {
        let enough = *visits.borrow() + more;
        visits.subscribe().wait_for(|count| *count >= enough).await.expect("visitors read");
    };
    under_way(50).await;
    redis.note_pid();
    redis.signal("STOP");
    // The length of the stall, not a wait for an event.
    tokio::time::sleep(STALL).await;
    redis.signal("CONT");
    under_way(50).await;
    ended.send_replace(true);
    let mut refused: Vec<Duration> = visitors.join_all().await.concat();
    refused.sort();
    let (median, longest) = (refused[refused.len() / 2], refused[refused.len() - 1]);
    assert!(median < ANSWERS_WITHIN && longest < STALL, "{median:?}, {longest:?} at most");
    let metrics = server.metrics("doc").await;
    let visits = *visits.borrow();
    assert_eq!((&metrics["totalViews"], &metrics["activeViewers"]), (&json!(visits), &json!(0)));
    let finished: u64 = redis.query("XLEN send:visits:{doc}");
    assert_eq!(finished, visits);
}

#[tokio::test]
async fn requests_during_a_hang_wait_in_parallel() {
    let app = Arc::new(app_with_short_timeout().await);
    app.join("s1").await;
    app.redis.note_pid();
    app.redis.signal("STOP");
    let began = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        let app = app.clone();
        asking.spawn(async move { assert_unavailable(&app.get(&app.api()).await) });
    }
    asking.join_all().await;
    // In sequence they would take half a minute; twice the contract's limit allows for a busy machine.
    assert!(began.elapsed() < 2 * ANSWERS_WITHIN, "{:?}", began.elapsed());
    app.redis.signal("CONT");
}

/// The real program, which reconnects even without requests.
#[tokio::test]
async fn server_recovers_within_two_seconds_of_redis() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_REDIS_URL", redis.url());
    let server = Server::start_as(command).await;
    for round in 0..3 {
        server.act_ok("doc", "join", "s1").await;
        redis.stop();
        assert_unavailable(&server.act("doc", "heartbeat", "s1").await);
        assert_unavailable(&server.get("/readyz").await);
        server.get("/healthz").await.ok();
        server.get("/v/doc").await.ok();
        redis.launch(); // without our scripts
        let back = Instant::now();
        loop {
            let reply = server.act("doc", "join", "s2").await;
            if reply.status == 200 {
                break;
            }
            assert_unavailable(&reply);
            assert!(back.elapsed() < RECOVERS_WITHIN, "round {round}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(server.metrics("doc").await["totalViews"], 2, "each join is counted once");
        server.get("/readyz").await.ok();
    }
}

#[tokio::test]
async fn server_started_before_redis_waits_for_it() {
    let (data, redis) = (DataDir::new(), RedisServer::start());
    redis.stop();
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_REDIS_URL", redis.url());
    let server = Server::start_as(command).await;
    assert_unavailable(&server.act("user-guide", "join", "s1").await);
    redis.launch();
    server.wait_until_ready().await;
    // The sample is shared as soon as Redis can store it.
    let joins = async || server.act("user-guide", "join", "s1").await.status == 200;
    while !joins().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Workers ask first, such as after Redis was away.
#[test]
fn connection_outlives_the_threads_that_ask_first() {
    let (home, workers) = (Runtime::new().expect("threads"), Runtime::new().expect("threads"));
    let server = home.block_on(async { RedisServer::start() });
    let redis =
        home.block_on(async { Redis::new(&server.url(), Duration::from_secs(10)) }).expect("an address");
    let id =
        async |redis: Redis| redis.query::<u64>(redis::cmd("CLIENT").arg("ID")).await.expect("an answer");
    let first = workers.block_on(id(redis.clone()));
    drop(workers);
    assert_eq!(home.block_on(id(redis)), first, "it is the same connection");
}
