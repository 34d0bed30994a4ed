//! The sealer: visits move from Redis to files, and none is lost or there twice.

mod killed;

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use sightline::model::Visit;

use crate::support::{redis_server::RedisServer, storage::files_below, test_app::TestApp};

/// An app whose sealer takes visits from the third on.
async fn app() -> TestApp {
    TestApp::with_config(|config| config.seal_from = 3).await
}

/// Visits by readers, one after the other, each of which can no longer be resumed.
async fn visit(app: &TestApp, readers: std::ops::Range<u32>) {
    for reader in readers {
        let session = format!("s{reader}");
        let more = json!({
            "currentPage": 1 + reader % 3, "fingerprint": format!("mark-{reader}"),
            "email": format!("reader{reader}@example.com"),
        });
        app.join_with(&session, more).await;
        app.advance_ms(4_000);
        app.leave(&session).await;
    }
    app.advance(11);
}

/// One round of the sealer on the link.
async fn seal(app: &TestApp) {
    let visits = &app.state.stores.visits;
    visits.tend(&app.link, &app.document).await.expect("Redis and the folder answer");
}

fn files(app: &TestApp) -> Vec<String> {
    files_below(app.data_dir()).into_iter().filter(|file| file.starts_with("visits/")).collect()
}

fn emails(visits: &[Visit]) -> Vec<String> {
    visits.iter().map(|visit| visit.email.clone().unwrap_or_default()).collect()
}

#[tokio::test]
async fn sealed_visits_read_as_before() {
    let app = app().await;
    visit(&app, 0..5).await;
    let before = app.visits().await;
    seal(&app).await;
    assert_eq!((app.stored::<u32>("XLEN", "visits", ""), files(&app).len()), (0, 1));
    assert_eq!(app.visits().await, before);
    visit(&app, 5..7).await;
    seal(&app).await;
    assert_eq!(app.stored::<u32>("XLEN", "visits", ""), 2, "too few to seal");
    let all = app.visits().await;
    assert_eq!((&all[..5], all.len()), (&before[..], 7));
}

#[tokio::test]
async fn visit_that_can_be_resumed_is_not_sealed() {
    let app = app().await;
    for session in ["a", "b", "c"] {
        app.join(session).await;
        app.leave(session).await;
    }
    let visits = &app.state.stores.visits;
    let next = visits.tend(&app.link, &app.document).await.expect("Redis answers");
    assert_eq!(app.stored::<u32>("XLEN", "visits", ""), 3);
    assert!(next.is_some_and(|next| next > app.now()), "{next:?}");
}

#[tokio::test]
async fn sweeper_finds_long_tails() {
    let app = TestApp::with_redis(RedisServer::start(), |config| config.seal_from = 3).await;
    visit(&app, 0..2).await;
    app.state.sweeper().sweep().await.expect("Redis answers");
    assert_eq!(app.stored::<u32>("XLEN", "visits", ""), 2);
    visit(&app, 2..4).await;
    app.state.sweeper().sweep().await.expect("Redis answers");
    assert_eq!((app.stored::<u32>("XLEN", "visits", ""), app.visits().await.len()), (0, 4));
}

#[tokio::test]
async fn small_files_are_merged() {
    let app = app().await;
    for round in 0..10 {
        visit(&app, 3 * round..3 * round + 3).await;
        seal(&app).await;
    }
    assert_eq!(files(&app).len(), 1, "{:?}", files(&app));
    let expected: Vec<String> = (0..30).map(|reader| format!("reader{reader}@example.com")).collect();
    assert_eq!(emails(&app.visits().await), expected);
}

#[tokio::test]
async fn two_sealers_at_once_lose_nothing_and_double_nothing() {
    let app = app().await;
    visit(&app, 0..30).await;
    tokio::join!(seal(&app), seal(&app), seal(&app), seal(&app));
    seal(&app).await;
    let emails = emails(&app.visits().await);
    assert_eq!((emails.len(), emails.iter().collect::<BTreeSet<_>>().len()), (30, 30));
    assert_eq!(files(&app).len(), app.stored::<usize>("HLEN", "sealed", ""), "what is not listed is removed");
}

/// Whatever step a server is killed at: a file is noted, or written, or listed, and that server does not go on.
#[tokio::test]
async fn sealer_that_is_stopped_at_any_moment_leaves_every_visit_once() {
    let app = app().await;
    visit(&app, 0..12).await;
    let expected = app.visits().await;
    for microseconds in (0..40).map(|step| step * step * 20) {
        let sealing = seal(&app);
        let _stopped = tokio::time::timeout(Duration::from_micros(microseconds), sealing).await;
        assert_eq!(app.visits().await, expected);
    }
    // A later sealer removes what was left, once no server can still be writing it.
    app.advance(11);
    seal(&app).await;
    assert_eq!(app.visits().await, expected);
    assert_eq!(files(&app).len(), app.stored::<usize>("HLEN", "sealed", ""));
}

#[tokio::test]
async fn archived_visit_stays_so_in_its_file() {
    let app = app().await;
    visit(&app, 0..4).await;
    let visits = app.visits().await;
    let archive = async |visit: &Visit, is_archived| {
        let store = &app.state.stores.visits;
        store.archive(&app.link, &app.document, visit.id, is_archived).await.expect("it is changed")
    };
    assert!(archive(&visits[1], true).await);
    seal(&app).await;
    assert!(archive(&visits[2], true).await);
    let is_archived = async || app.visits().await.iter().map(|visit| visit.archived).collect::<Vec<_>>();
    assert_eq!(is_archived().await, [false, true, true, false]);
    assert_eq!((files(&app).len(), app.stored::<u32>("SCARD", "archived", "")), (1, 0));
    assert!(archive(&visits[1], false).await);
    assert_eq!(is_archived().await, [false, false, true, false]);
    let missing = Visit { id: "1-1".parse().expect("an id"), ..visits[0].clone() };
    assert!(!archive(&missing, true).await);
}

/// Of visits in the tail and in a file alike. Noon is the 48th quarter-hour.
#[tokio::test]
async fn views_are_summed_by_the_quarter_hour_without_archived_ones() {
    let app = app().await;
    let noon = app.now();
    visit(&app, 0..3).await;
    seal(&app).await;
    visit(&app, 3..5).await;
    app.join("still-reading").await;
    let quarter = 15 * 60 * 1_000;
    let sums = async |until| app.state.stores.visits.sums(&app.link, noon, until).await.expect("sums");
    let expected = |first, second| vec![(noon, first), (noon + quarter, second)];
    let day = noon + 24 * 60 * 60 * 1_000;
    assert_eq!((sums(day).await.from, sums(day).await.views), (Some(noon), expected(5, 1)));
    let visits = app.visits().await;
    for (archived, left) in [(&visits[0], 4), (&visits[4], 3)] {
        let store = &app.state.stores.visits;
        for is_archived in [true, false, true] {
            store.archive(&app.link, &app.document, archived.id, is_archived).await.expect("it is changed");
        }
        assert_eq!(sums(day).await.views, expected(left, 1));
        assert_eq!(app.snapshot().await.metrics.total_views, left + 1);
    }
    assert_eq!(sums(noon).await.views, expected(3, 1), "whole days of UTC");
}

#[tokio::test]
async fn erased_reader_leaves_no_byte_anywhere() {
    let app = app().await;
    visit(&app, 0..4).await;
    visit(&app, 0..1).await;
    seal(&app).await;
    visit(&app, 0..2).await;
    let visits = app.visits().await;
    assert_eq!((visits.len(), app.stored::<u32>("XLEN", "visits", "")), (7, 2));
    let path = format!("/api/links/{}/visits/{}/reader", app.link, visits[0].id);
    let erased = app.send(axum::http::Method::DELETE, &path, "").await;
    assert_eq!(erased.json()["erased"], 3);
    assert_eq!(emails(&app.visits().await), [1, 2, 3, 1].map(|reader| format!("reader{reader}@example.com")));
    let holds = |bytes: &[u8]| bytes.windows(7).any(|window| window == b"reader0");
    let in_redis: Vec<_> = app.dump().into_iter().filter(|(_, value)| holds(value)).collect();
    assert_eq!(in_redis, []);
    let names = files(&app);
    assert_eq!(names.len(), 1);
    assert!(!holds(&std::fs::read(app.data_dir().join(&names[0])).expect("a file")));
}

#[tokio::test]
async fn visits_are_removed_when_their_time_is_over() {
    let app = TestApp::with_config(|config| {
        config.seal_from = 3;
        config.keep_visits = Some(2);
    })
    .await;
    visit(&app, 0..4).await;
    seal(&app).await;
    app.advance(24 * 60);
    visit(&app, 4..6).await;
    seal(&app).await;
    assert_eq!((app.visits().await.len(), files(&app).len()), (6, 1));
    app.advance(24 * 60);
    seal(&app).await;
    assert_eq!((emails(&app.visits().await).len(), files(&app).len()), (2, 0));
    app.advance(24 * 60);
    seal(&app).await;
    assert_eq!(app.visits().await, []);
}

/// Of sealed visits as of those in the tail: told is what the owner sees.
#[tokio::test]
async fn sealing_and_merging_are_not_told() {
    let app = TestApp::with_config(|config| {
        config.seal_from = 3;
        config.keep_visits = Some(2);
    })
    .await;
    for round in 0..10 {
        visit(&app, 3 * round..3 * round + 3).await;
        let before = app.snapshot().await.history;
        seal(&app).await;
        assert_eq!((app.snapshot().await.history, before), (before, 3 * (u64::from(round) + 1)));
    }
    assert_eq!((files(&app).len(), app.stored::<u32>("XLEN", "visits", "")), (1, 0));
    let (visits, store) = (app.visits().await, &app.state.stores.visits);
    for (is_archived, told) in [(true, 31), (true, 31), (false, 32)] {
        store.archive(&app.link, &app.document, visits[0].id, is_archived).await.expect("it is changed");
        assert_eq!(app.snapshot().await.history, told);
    }
    let path = format!("/api/links/{}/visits/{}/reader", app.link, visits[0].id);
    assert_eq!(app.send(axum::http::Method::DELETE, &path, "").await.json()["erased"], 1);
    assert!(app.snapshot().await.history > 32);
    let before = app.snapshot().await.history;
    app.advance(3 * 24 * 60);
    seal(&app).await;
    assert_eq!(app.visits().await, []);
    assert!(app.snapshot().await.history > before);
}

#[tokio::test]
async fn visits_of_an_idle_link_grow_old_too() {
    let app = TestApp::with_redis(RedisServer::start(), |config| config.keep_visits = Some(1)).await;
    visit(&app, 0..2).await;
    app.state.sweeper().sweep().await.expect("Redis answers");
    assert_eq!(app.visits().await.len(), 2);
    app.advance(24 * 60);
    let _: u32 = app.redis.command(&["DEL", "send:daily-turn:{sweep}"]);
    app.state.sweeper().sweep().await.expect("Redis answers");
    assert_eq!(app.visits().await, []);
}

#[tokio::test]
async fn damaged_file_is_told_and_the_others_are_read() {
    let app = app().await;
    visit(&app, 0..3).await;
    seal(&app).await;
    visit(&app, 3..6).await;
    seal(&app).await;
    visit(&app, 6..7).await;
    let names = files(&app);
    std::fs::write(app.data_dir().join(&names[0]), "no longer").expect("a file");
    let (visits, unreadable) = app.visits_and_unreadable().await;
    assert_eq!((visits.len(), unreadable), (4, 3));
    std::fs::remove_file(app.data_dir().join(&names[0])).expect("a file");
    assert_eq!(app.visits_and_unreadable().await, (visits, 3));
}

#[tokio::test]
async fn deleted_link_takes_its_files_along() {
    let app = app().await;
    visit(&app, 0..4).await;
    seal(&app).await;
    assert_eq!(files(&app).len(), 1);
    app.send(axum::http::Method::DELETE, &format!("/api/links/{}", app.link), "").await.ok();
    assert_eq!((files(&app), app.dump()), (vec![], vec![]));
}
