//! What a finished visit holds: pages, versions, where it came from, downloads.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use sightline::model::{ClientKind, PageTime, ReaderName, Visit};

use crate::support::{pdf::Pdf, redis_server::RedisServer, test_app::TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

fn page(page: u32, seconds: u64) -> PageTime {
    PageTime::whole(page, 1_000 * seconds)
}

async fn turn(app: &TestApp, seconds: i64, more: Value) {
    app.advance_ms(1_000 * seconds);
    app.act("heartbeat", "s1", more).await.ok();
}

async fn only_visit(app: &TestApp) -> Visit {
    let mut visits = app.visits().await;
    assert_eq!(visits.len(), 1, "{visits:?}");
    visits.remove(0)
}

#[tokio::test]
async fn visit_lists_its_pages_as_first_seen() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 5 })).await;
    turn(&app, 10, json!({ "currentPage": 2 })).await;
    turn(&app, 20, json!({ "currentPage": 2 })).await;
    turn(&app, 30, json!({ "currentPage": 5 })).await;
    turn(&app, 4, json!({ "visible": false })).await;
    turn(&app, 60, json!({ "visible": true, "currentPage": 7 })).await;
    app.advance_ms(3_000);
    app.leave("s1").await;
    let visit = only_visit(&app).await;
    assert_eq!(visit.pages, Some(vec![page(5, 14), page(2, 50), page(7, 3)]));
    assert_eq!((visit.visible_ms, visit.exit_page, visit.furthest_page()), (67_000, Some(7), Some(7)));
    assert_eq!((visit.page_count, visit.completion()), (Some(12), Some(25)));
}

#[tokio::test]
async fn time_before_the_first_page_is_no_pages() {
    let app = TestApp::new().await;
    app.join("s1").await;
    turn(&app, 40, json!({ "currentPage": 3 })).await;
    app.advance_ms(5_000);
    app.leave("s1").await;
    let visit = only_visit(&app).await;
    assert_eq!((visit.pages, visit.visible_ms), (Some(vec![page(3, 5)]), 45_000));
}

#[tokio::test]
async fn resumed_visit_goes_on_with_its_pages() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 1, "referrer": "news.example.org", "returning": false }))
        .await;
    turn(&app, 10, json!({ "currentPage": 2 })).await;
    app.leave("s1").await;
    assert_eq!(only_visit(&app).await.pages, Some(vec![page(1, 10), page(2, 0)]));
    app.advance(5);
    app.join_with("s1", json!({ "currentPage": 2, "referrer": "", "returning": true })).await;
    turn(&app, 7, json!({ "currentPage": 1 })).await;
    app.advance_ms(2_000);
    app.leave("s1").await;
    let visit = only_visit(&app).await;
    assert_eq!((visit.pages, visit.visible_ms), (Some(vec![page(1, 12), page(2, 7)]), 19_000));
    assert_eq!((visit.referrer.as_deref(), visit.returning), (Some("news.example.org"), Some(false)));
}

#[tokio::test]
async fn expired_visit_keeps_its_pages() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 4 })).await;
    turn(&app, 80, json!({})).await;
    app.advance(6);
    app.sweep().await;
    assert_eq!(only_visit(&app).await.pages, Some(vec![page(4, 80)]));
}

#[tokio::test]
async fn visit_says_where_it_came_from() {
    let app = TestApp::with_config(|config| {
        config.country_header = Some("x-country".to_owned());
        config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let join = json!({
        "action": "join", "sessionId": "s1", "fingerprint": "mark-1", "referrer": "chat.example.org", "returning": true,
    });
    let request = Request::post(app.api()).header("user-agent", FIREFOX).header("x-country", "NP");
    app.request(request.body(Body::from(join.to_string())).expect("a request")).await.ok();
    app.leave("s1").await;
    let visit = only_visit(&app).await;
    assert_eq!(visit.client, ClientKind::of_code("fld"));
    assert_eq!(visit.country.map(|country| country.to_string()).as_deref(), Some("NP"));
    assert_eq!(visit.reader, Some(ReaderName::of_text("mark-1")));
    assert_eq!((visit.referrer.as_deref(), visit.returning), (Some("chat.example.org"), Some(true)));
    assert!(!app.dump().iter().any(|(_, value)| String::from_utf8_lossy(value).contains("Gecko")));
}

#[tokio::test]
async fn what_a_client_does_not_say_is_not_known() {
    let app = TestApp::new().await;
    app.join("s1").await;
    app.leave("s1").await;
    let visit = only_visit(&app).await;
    assert_eq!((visit.client, visit.country, visit.returning, visit.reader), (None, None, None, None));
    assert_eq!((visit.downloaded_at, visit.pages), (None, Some(vec![])));
}

#[tokio::test]
async fn pages_of_two_versions_never_mix() {
    let app = TestApp::new().await;
    app.join_with("s1", json!({ "currentPage": 9 })).await;
    turn(&app, 30, json!({})).await;
    let path = format!("/api/documents/{}/file", app.document);
    app.send(Method::PUT, &path, Pdf::with_pages(3).bytes()).await.ok();
    app.join_with("s1", json!({ "currentPage": 2 })).await;
    turn(&app, 6, json!({})).await;
    app.leave("s1").await;
    app.join_with("s2", json!({ "currentPage": 1 })).await;
    app.leave("s2").await;
    let visits = app.visits().await;
    assert_eq!((&visits[0].pages, visits[0].page_count), (&Some(vec![page(2, 6)]), Some(3)));
    assert_eq!(visits[0].visible_ms, 36_000);
    assert_eq!(visits[0].version, visits[1].version);
    assert_eq!(app.stored::<u32>("LLEN", "versions", ""), 2);
}

#[tokio::test]
async fn download_belongs_to_the_visit_of_its_session() {
    let app = TestApp::new().await;
    allow_downloads(&app).await;
    app.join_with("s1", json!({ "currentPage": 1 })).await;
    app.advance_ms(12_000);
    let path = format!("/v/{}/download", app.link);
    assert_eq!(app.send(Method::HEAD, &format!("{path}?session=s1"), "").await.status, 200);
    app.act("heartbeat", "s1", json!({})).await.ok();
    let before = app.now();
    app.get(&format!("{path}?session=s1")).await.ok();
    app.advance_ms(8_000);
    app.leave("s1").await;
    let visit = only_visit(&app).await;
    assert_eq!((visit.downloaded_at, visit.visible_ms), (Some(before), 20_000));
}

#[tokio::test]
async fn download_without_a_visit_is_kept_on_its_own() {
    let app = TestApp::new().await;
    allow_downloads(&app).await;
    for query in ["", "?session=never-came", "?session=not%20valid"] {
        app.get(&format!("/v/{}/download{query}", app.link)).await.ok();
    }
    let downloads = app.visits().await;
    let times: Vec<_> = downloads.iter().map(|download| download.downloaded_at).collect();
    assert_eq!(times, [Some(app.now()); 3]);
    assert!(downloads.iter().all(|download| !download.is_view()));
}

async fn allow_downloads(app: &TestApp) {
    let path = format!("/api/links/{}", app.link);
    app.send(Method::PATCH, &path, json!({ "download": true }).to_string()).await.ok();
}

/// An update finds viewers and visits as the release before wrote them.
#[tokio::test]
async fn records_of_the_release_before_are_brought_along() {
    let app = TestApp::with_redis(RedisServer::start(), |_| {}).await;
    app.join_with("s1", json!({ "currentPage": 2, "email": "ann@example.com" })).await;
    let earlier = format!("2 {} 0 1 0 mark ann@example.com", app.now());
    let _: u32 = app.redis.command(&["HSET", &app.redis_key("active"), "s1", &earlier]);
    for visit in ["ended", "finished"] {
        let entry =
            ["XADD", &app.redis_key("visits"), "*", "session", visit, "joined", "1000", "ended", "61000"];
        let more = ["seconds", "59", "page", "4", "email", ""];
        let _: String = app.redis.command(&[&entry[..], &more].concat());
    }
    turn(&app, 20, json!({})).await;
    turn(&app, 20, json!({ "currentPage": 3 })).await;
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!(
        (viewer.duration, viewer.current_page, viewer.email.as_deref()),
        (40, Some(3), Some("ann@example.com"))
    );
    app.advance_ms(10_000);
    app.leave("s1").await;
    let visits = app.visits().await;
    assert_eq!((visits.len(), visits[0].visible_ms, visits[0].exit_page), (3, 59_000, Some(4)));
    for visit in &visits {
        assert_eq!((&visit.pages, &visit.version, visit.completion()), (&None, &None, None), "not recorded");
    }
    assert_eq!(visits[2].visible_ms, 50_000);
    assert_eq!(visits[2].reader, Some(ReaderName::of_text("mark")), "the release before kept the mark");
}

#[tokio::test]
async fn damaged_visit_is_told_and_passed_over() {
    let app = TestApp::new().await;
    for session in ["a", "b"] {
        app.join(session).await;
        app.leave(session).await;
    }
    let _: String = app.redis.command(&["XADD", &app.redis_key("visits"), "*", "v", "damaged"]);
    let (visits, unreadable) = app.visits_and_unreadable().await;
    assert_eq!((visits.len(), unreadable), (2, 1));
}
