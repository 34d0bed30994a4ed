//! Server functions: the same operations, refusals and statuses as REST.

use axum::http::Method;
use serde_json::{Value, json};
use sightline::{error::AppError, model::Snapshot};

use crate::support::{
    reply::Reply,
    test_app::{PAGES, TestApp},
};

async fn call(app: &TestApp, function: &str, arguments: Value) -> Reply {
    app.send(Method::POST, &format!("/sfn/{function}"), arguments.to_string()).await
}

/// The error as the browser parses it; fails unless it has this status.
fn error_with_status(reply: &Reply, status: u16) -> AppError {
    assert_eq!(reply.status, status, "{reply}");
    serde_json::from_slice(&reply.body).unwrap_or_else(|error| panic!("{error}: {reply}"))
}

#[tokio::test]
async fn server_functions_carry_a_whole_visit() {
    let app = TestApp::new().await;
    let link = app.link.as_str();
    let join =
        json!({ "sessionId": "s1", "fingerprint": "f", "email": "a@b.c", "currentPage": 1, "epoch": 1 });
    call(&app, "join", json!({ "link_id": link, "join": join })).await.ok();
    app.advance(1);
    let beat = json!({ "sessionId": "s1", "currentPage": 2, "visible": false });
    call(&app, "heartbeat", json!({ "link_id": link, "heartbeat": beat })).await.ok();
    let reply = call(&app, "realtime_snapshot", json!({ "link_id": link })).await.ok();
    let snapshot: Snapshot = serde_json::from_slice(&reply.body).expect("a snapshot");
    assert_eq!(snapshot, app.snapshot().await);
    let viewer = &snapshot.active_viewers[0];
    assert_eq!((viewer.current_page, viewer.away, viewer.duration), (Some(2), true, 60));
    let leave = json!({ "sessionId": "s1", "duration": 59, "epoch": 1 });
    call(&app, "leave", json!({ "link_id": link, "leave": leave })).await.ok();
    assert_eq!((app.snapshot().await.metrics.active_viewers, app.durations()), (0, vec![59]));
}

#[tokio::test]
async fn server_functions_refuse_what_rest_refuses() {
    let app = TestApp::new().await;
    app.join("here").await;
    let (link, before) = (app.link.as_str(), app.dump());
    let join = |more: Value| {
        let mut join = json!({ "sessionId": "new" });
        join.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({ "link_id": link, "join": join })
    };
    for (function, arguments, status) in [
        ("realtime_snapshot", json!({ "link_id": "unknown" }), 404),
        ("open_link", json!({ "link_id": "unknown" }), 404),
        ("link", json!({ "link_id": "unknown" }), 404),
        ("join", json!({ "link_id": "unknown", "join": { "sessionId": "s" } }), 404),
        ("heartbeat", json!({ "link_id": link, "heartbeat": { "sessionId": "unknown" } }), 404),
        ("join", join(json!({ "currentPage": 0 })), 400),
        ("join", join(json!({ "currentPage": PAGES + 1 })), 400),
        ("join", join(json!({ "email": "no-address" })), 400),
        ("join", join(json!({ "epoch": (1_u64 << 53) + 1 })), 400),
        ("join", join(json!({ "sessionId": "a b" })), 400),
        ("join", json!({ "link_id": "a b", "join": { "sessionId": "s" } }), 400),
        ("join", json!({}), 400),
        ("join", json!([]), 400),
        (
            "heartbeat",
            json!({ "link_id": link, "heartbeat": { "sessionId": "here", "currentPage": -1 } }),
            400,
        ),
        ("leave", json!({ "link_id": link, "leave": { "sessionId": "here", "duration": 86_401 } }), 400),
        ("leave", json!({ "link_id": link, "leave": { "sessionId": "here", "duration": -1 } }), 400),
    ] {
        let reply = call(&app, function, arguments.clone()).await;
        let error = error_with_status(&reply, status);
        assert_eq!(error.status(), status, "{function} {arguments}: {error:?}");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn body_that_is_not_json_is_refused() {
    let app = TestApp::new().await;
    for body in ["", "{", "link_id=a"] {
        let reply = app.send(Method::POST, "/sfn/join", body).await;
        assert_eq!(error_with_status(&reply, 400).status(), 400);
    }
}

#[tokio::test]
async fn body_over_4_kib_is_refused() {
    let app = TestApp::new().await;
    let join = json!({ "link_id": app.link, "join": { "sessionId": "s" }, "padding": "x".repeat(5_000) });
    assert_eq!(call(&app, "join", join).await.status, 413);
    assert_eq!(app.snapshot().await.metrics.total_views, 0);
}

#[tokio::test]
async fn without_redis_server_functions_answer_503() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.redis.stop();
    for (function, arguments) in [
        ("realtime_snapshot", json!({ "link_id": app.link })),
        ("documents", json!({})),
        ("join", json!({ "link_id": app.link, "join": { "sessionId": "s2" } })),
        ("heartbeat", json!({ "link_id": app.link, "heartbeat": { "sessionId": "s1" } })),
        ("leave", json!({ "link_id": app.link, "leave": { "sessionId": "s1" } })),
    ] {
        let reply = call(&app, function, arguments).await;
        assert_eq!(error_with_status(&reply, 503), AppError::Unavailable);
        assert_eq!((reply.header("retry-after"), reply.header("cache-control")), ("1", "no-store"));
    }
}

#[tokio::test]
async fn owner_sees_document_title_and_viewer_address() {
    let app = TestApp::new().await;
    let link = call(&app, "link", json!({ "link_id": app.link })).await.ok().json();
    assert_eq!((link["title"].as_str(), link["pageCount"].as_u64()), (Some("Twelve pages"), Some(12)));
    let url = link["viewerUrl"].as_str().expect("an address");
    assert!(url.ends_with(&format!("/v/{}", app.link)), "{url}");
    app.join("s1").await;
    let rows = call(&app, "documents", json!({})).await.ok().json()["documents"][0]["links"].take();
    assert_eq!((rows[0]["activeViewers"].as_u64(), rows[0]["totalViews"].as_u64()), (Some(1), Some(1)));
}
