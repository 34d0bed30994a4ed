//! What clients observe of the reader: parts of pages, links opened, printing; from the request to the owner's pages.

mod records;

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::Visit;

use crate::support::{pdf::Pdf, test_app::TestApp};

/// What is tested, requests, pages with seconds and thirds, completion.
type Case = (&'static str, Vec<Step>, &'static [(u32, u64, u8)], u8);

/// One request of a client, so many milliseconds after the one before.
type Step = (i64, &'static str, Value);

fn page(page: u32) -> Value {
    json!({ "currentPage": page })
}

fn seen(parts: &[(u32, u8)]) -> Value {
    let parts = parts.iter().map(|(page, thirds)| json!({ "page": page, "thirds": thirds }));
    json!({ "seen": parts.collect::<Vec<_>>() })
}

/// What was seen while the reader turned to a page.
fn turned(to: u32, parts: &[(u32, u8)]) -> Value {
    json!({ "currentPage": to, "seen": seen(parts)["seen"] })
}

async fn replay(app: &TestApp, steps: &[Step]) {
    for (after, action, more) in steps {
        app.advance_ms(*after);
        app.act(action, "s1", more.clone()).await.ok();
    }
}

async fn only_visit(app: &TestApp) -> Visit {
    let mut visits = app.visits().await;
    assert_eq!(visits.len(), 1, "{visits:?}");
    visits.remove(0)
}

/// Page, whole seconds and thirds of each page.
fn pages(visit: &Visit) -> Vec<(u32, u64, u8)> {
    let pages = visit.pages.iter().flatten();
    pages.map(|time| (time.page, time.visible_ms / 1_000, time.thirds.into())).collect()
}

#[tokio::test]
async fn parts_of_pages_add_up() {
    let leave = || (2_000, "leave", json!({}));
    let table: [Case; 9] = [
        (
            "parts of several heartbeats",
            vec![
                (0, "join", page(1)),
                (2_000, "heartbeat", seen(&[(1, 1)])),
                (2_000, "heartbeat", turned(2, &[(1, 4), (2, 1)])),
                leave(),
            ],
            &[(1, 4, 5), (2, 2, 1)],
            8,
        ),
        (
            "a client that tells no parts",
            vec![(0, "join", page(1)), (2_000, "heartbeat", page(2)), leave()],
            &[(1, 2, 7), (2, 2, 7)],
            16,
        ),
        (
            "all three thirds, one by one",
            vec![
                (0, "join", page(1)),
                (2_000, "heartbeat", seen(&[(1, 1)])),
                (0, "heartbeat", seen(&[(1, 2)])),
                (0, "heartbeat", turned(2, &[(1, 4)])),
                (2_000, "heartbeat", turned(1, &[(2, 7)])),
                (2_000, "heartbeat", seen(&[(1, 1), (2, 1)])),
                leave(),
            ],
            &[(1, 6, 7), (2, 2, 7)],
            16,
        ),
        (
            "a page left without a word stays whole",
            vec![
                (0, "join", page(1)),
                (2_000, "heartbeat", page(2)),
                (2_000, "heartbeat", turned(1, &[(2, 3), (1, 1)])),
                leave(),
            ],
            &[(1, 4, 7), (2, 2, 3)],
            13,
        ),
        (
            "a page passed over, and then read in parts",
            vec![
                (0, "join", page(1)),
                (1_500, "heartbeat", turned(2, &[(1, 0), (2, 0)])),
                (1_500, "heartbeat", turned(1, &[])),
                (2_000, "heartbeat", seen(&[(1, 2)])),
                leave(),
            ],
            &[(1, 5, 2), (2, 1, 0)],
            2,
        ),
        (
            "parts of a page that was never the one in view",
            vec![(0, "join", page(1)), (2_000, "heartbeat", seen(&[(1, 6), (2, 1), (12, 1)])), leave()],
            &[(1, 4, 6)],
            5,
        ),
        (
            "the last parts come with the leave",
            vec![
                (0, "join", page(1)),
                (2_000, "heartbeat", turned(12, &[(1, 1), (11, 7), (12, 1)])),
                (2_000, "leave", seen(&[(12, 2), (1, 2)])),
            ],
            &[(1, 2, 3), (12, 2, 3)],
            11,
        ),
        (
            "the same parts twice, and an empty list",
            vec![
                (0, "join", page(1)),
                (2_000, "heartbeat", seen(&[(1, 1)])),
                (0, "heartbeat", seen(&[(1, 1)])),
                (2_000, "heartbeat", seen(&[])),
                leave(),
            ],
            &[(1, 6, 1)],
            2,
        ),
        (
            "less than a second in view is no part",
            vec![(0, "join", page(1)), (900, "heartbeat", turned(2, &[(1, 7), (2, 1)])), leave()],
            &[(1, 0, 7), (2, 2, 1)],
            2,
        ),
    ];
    for (name, steps, expected, completion) in table {
        let app = TestApp::new().await;
        replay(&app, &steps).await;
        let visit = only_visit(&app).await;
        assert_eq!(pages(&visit), expected, "{name}");
        assert_eq!(visit.completion(), Some(completion), "{name}");
    }
}

#[tokio::test]
async fn resumed_visit_keeps_what_was_observed() {
    let app = TestApp::new().await;
    let told =
        json!({ "seen": [{ "page": 1, "thirds": 1 }], "clicked": ["https://a.example"], "printed": true });
    replay(&app, &[(0, "join", page(1)), (2_000, "heartbeat", told), (0, "leave", json!({}))]).await;
    let before = only_visit(&app).await;
    assert_eq!((pages(&before), before.printed, before.clicked.len()), (vec![(1, 2, 1)], true, 1));
    let more = json!({ "seen": [{ "page": 1, "thirds": 4 }], "clicked": ["mailto:b@example.org"] });
    replay(&app, &[(60_000, "join", page(1)), (3_000, "heartbeat", more)]).await;
    app.advance(6);
    app.sweep().await;
    let visit = only_visit(&app).await;
    assert_eq!((pages(&visit), visit.printed), (vec![(1, 5, 5)], true), "expired, not left");
    assert_eq!(visit.clicked, ["https://a.example", "mailto:b@example.org"]);
}

#[tokio::test]
async fn visit_keeps_the_first_twenty_links_once_each() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let address = |number: usize| format!("https://example.org/{number};3/7");
    for from in [0, 5, 5, 10, 15, 20] {
        let clicked: Vec<_> = (from..from + 10).map(address).collect();
        app.act("heartbeat", "s1", json!({ "clicked": clicked })).await.ok();
    }
    app.leave("s1").await;
    let visit = only_visit(&app).await;
    assert_eq!(visit.clicked, (0..20).map(address).collect::<Vec<_>>());
    assert!(!visit.printed);
}

#[tokio::test]
async fn invalid_observation_is_refused_and_changes_nothing() {
    let app = TestApp::new().await;
    replay(&app, &[(0, "join", page(1)), (2_000, "heartbeat", seen(&[(1, 1)]))]).await;
    app.advance_ms(2_000);
    let before = app.dump();
    let many = vec![json!({ "page": 1, "thirds": 1 }); 101];
    for (field, value) in [
        ("seen", json!(1)),
        ("seen", json!([{ "page": 0, "thirds": 1 }])),
        ("seen", json!([{ "page": 13, "thirds": 1 }])),
        ("seen", json!([{ "page": 1, "thirds": -1 }])),
        ("seen", json!([{ "page": 1, "thirds": 8 }])),
        ("seen", json!([{ "page": 1 }])),
        ("seen", json!([{ "page": "1", "thirds": 1 }])),
        ("seen", json!(many)),
        ("clicked", json!("https://example.org")),
        ("clicked", json!(["javascript:alert(1)"])),
        ("clicked", json!(["https://example.org/a b"])),
        ("clicked", json!(["https://example.org/a>b"])),
        ("clicked", json!([format!("https://example.org/{}", "a".repeat(200))])),
        ("clicked", json!(vec!["https://example.org"; 11])),
        ("printed", json!("yes")),
    ] {
        for action in ["heartbeat", "leave"] {
            let told = app.act(action, "s1", json!({ field: value })).await.refused(400, "invalid_field");
            assert!(told.starts_with(field), "{action} {value}: {told}");
            assert_eq!(app.dump(), before, "{action} {value}");
        }
    }
}

#[tokio::test]
async fn replaced_file_has_parts_of_its_own() {
    let app = TestApp::new().await;
    let told =
        json!({ "seen": [{ "page": 2, "thirds": 1 }], "clicked": ["https://a.example"], "printed": true });
    replay(&app, &[(0, "join", page(2)), (2_000, "heartbeat", told)]).await;
    let path = format!("/api/documents/{}/file", app.document);
    app.send(Method::PUT, &path, Pdf::with_pages(3).bytes()).await.ok();
    replay(&app, &[(0, "join", page(2)), (2_000, "heartbeat", page(1)), (2_000, "leave", seen(&[(1, 2)]))])
        .await;
    let visit = only_visit(&app).await;
    assert_eq!((pages(&visit), visit.page_count), (vec![(2, 2, 7), (1, 2, 2)], Some(3)));
    assert_eq!((visit.clicked.len(), visit.printed), (1, true));
}

#[tokio::test]
async fn leave_tells_parts_of_a_file_that_grew() {
    let app = TestApp::new().await;
    let second = app.second_server();
    app.join("s1").await;
    second.heartbeat("s1", 1).await;
    let path = format!("/api/documents/{}/file", app.document);
    app.send(Method::PUT, &path, Pdf::with_pages(20).bytes()).await.ok();
    second.act("leave", "s1", seen(&[(20, 1)])).await.ok();
    assert_eq!(app.visits().await.len(), 1);
}
