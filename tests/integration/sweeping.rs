//! Background tidying: what is due is found by its time, and what nothing is due for costs nothing.

use redis::Value;
use serde_json::json;
use sightline::{
    model::{LinkId, NewLink, OwnerId},
    server::store::{catalogue::Document, time_index::TimeIndex},
};

use crate::support::{
    monitor::Monitor, redis_server::RedisServer, storage::REDIS_TIMEOUT, test_app::TestApp,
};

const EXPIRIES: &str = "send:expiries:{sweep}";

/// One round of the background sweeper.
async fn sweep(app: &TestApp) {
    app.state.sweeper().sweep().await.expect("Redis answers");
}

/// A document of an owner that no test reads, with so many links.
async fn add_document(app: &TestApp, id: &str, owner: &OwnerId, links: usize) -> Document {
    let template = app.state.stores.catalogue.document(&app.document).await.expect("the document");
    let document = Document { id: id.parse().expect("an id"), owner: Some(owner.clone()), ..template };
    app.state.stores.catalogue.add_document(&document).await.expect("Redis answers");
    for number in 0..links {
        let link_id = Some(format!("{id}-{number}").parse::<LinkId>().expect("a link id"));
        let new = NewLink { link_id, ..NewLink::default() };
        app.state.services.library.make_link(&document, new).await.expect("a link");
    }
    document
}

#[tokio::test]
async fn vanished_viewer_is_recorded_without_a_reader() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.advance(1);
    app.heartbeat("s1", 2).await;
    app.advance(4);
    sweep(&app).await;
    assert!(app.visits().await.is_empty(), "a heartbeat came four minutes ago");
    app.advance(1);
    app.advance_ms(1);
    sweep(&app).await;
    assert_eq!(app.visits().await.len(), 1);
}

#[tokio::test]
async fn each_viewer_of_a_link_is_swept_in_time() {
    let app = TestApp::with_own_redis().await;
    for session in ["s1", "s2", "s3"] {
        app.join(session).await;
        app.advance(1);
        sweep(&app).await;
    }
    for (minutes, recorded) in [(2, 0), (1, 1), (1, 2), (1, 3)] {
        app.advance(minutes);
        sweep(&app).await;
        assert_eq!(app.visits().await.len(), recorded);
    }
    let indexed: u64 = app.redis.query(&format!("ZCARD {EXPIRIES}"));
    assert_eq!(indexed, 0, "a link without viewers needs no sweep");
}

#[tokio::test]
async fn two_sweepers_record_a_visit_once() {
    let app = TestApp::with_own_redis().await;
    let second = app.second_server();
    for n in 0..20 {
        app.join(&format!("s{n}")).await;
    }
    app.advance(6);
    second.set_clock(app.now());
    tokio::join!(sweep(&app), sweep(&second));
    assert_eq!(app.visits().await.len(), 20);
    assert_eq!(app.durations().len(), 20);
}

#[tokio::test]
async fn work_of_a_sweeper_that_died_is_taken_again() {
    let redis = RedisServer::start();
    let connection =
        sightline::server::store::redis::Redis::new(&redis.url(), REDIS_TIMEOUT).expect("an address");
    let index = TimeIndex::new(connection, "send:index:{test}");
    index.note("a", 1_000).await.expect("Redis answers");
    assert_eq!(index.take(999, 10).await, Ok(vec![]));
    let taken = index.take(1_000, 10).await.expect("Redis answers");
    assert_eq!(taken.len(), 1);
    assert_eq!(index.take(2_000, 10).await, Ok(vec![]), "it is leased");
    assert_eq!(index.take(31_000, 10).await.expect("Redis answers").len(), 1, "the lease has ended");
}

#[tokio::test]
async fn name_noted_while_it_is_leased_stays() {
    let redis = RedisServer::start();
    let connection =
        sightline::server::store::redis::Redis::new(&redis.url(), REDIS_TIMEOUT).expect("an address");
    let index = TimeIndex::new(connection, "send:index:{test}");
    index.note("a", 1_000).await.expect("Redis answers");
    let taken = index.take(1_000, 10).await.expect("Redis answers");
    // A join comes in, after the sweeper saw no viewer and before it says so.
    index.note("a", 40_000).await.expect("Redis answers");
    index.settle(&taken[0], None).await.expect("Redis answers");
    assert_eq!(index.take(40_000, 10).await.expect("Redis answers").len(), 1);
}

#[tokio::test]
async fn idle_round_costs_four_commands_whatever_is_shared() {
    let app = TestApp::with_own_redis().await;
    let owner = app.owner.owner_id.clone();
    for number in 0..20 {
        add_document(&app, &format!("d{number}"), &owner, 50).await;
    }
    app.state.sweeper().index_all().await.expect("Redis answers");
    app.advance(1);
    sweep(&app).await;
    let mut monitor = Monitor::start(&app.redis);
    sweep(&app).await;
    assert_eq!(monitor.commands(&app.redis), ["EVALSHA"; 4]);
    app.state.sweeper().index_all().await.expect("Redis answers");
    assert_eq!(monitor.commands(&app.redis), ["EXISTS"], "earlier documents are indexed once");
}

#[tokio::test]
async fn damaged_record_of_one_owner_stops_no_tidying() {
    let app = TestApp::with_own_redis().await;
    let other = "other-owner".parse().expect("an owner id");
    add_document(&app, "damaged", &other, 1).await;
    app.redis.query::<Value>("HDEL send:document:{damaged} file");
    app.redis.query::<Value>("ZADD send:previous-files:{sweep} 0 damaged");
    app.redis.query::<Value>(&format!("ZADD {EXPIRIES} 0 not/a/link"));
    app.join_with("s1", json!({ "currentPage": 1 })).await;
    app.advance(6);
    sweep(&app).await;
    assert_eq!(app.visits().await.len(), 1);
}

#[tokio::test]
async fn viewers_of_a_version_without_index_are_swept() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.redis.query::<Value>(&format!("DEL {EXPIRIES} send:indexed:{{sweep}}"));
    app.advance(6);
    app.state.sweeper().index_all().await.expect("Redis answers");
    app.advance(1);
    sweep(&app).await;
    assert_eq!(app.visits().await.len(), 1);
}
