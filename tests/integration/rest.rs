//! The wire contract: what is refused, with which status, code and message, and that a refusal counts nothing.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;
use sightline::model::ReaderName;

use crate::support::{
    browser::Browser,
    test_app::{PAGES, TestApp},
};

/// An app whose link has an active viewer and a finished visit, so that a wrong change would show.
async fn app_with_visits() -> TestApp {
    let app = TestApp::new().await;
    app.join("gone").await;
    app.leave_with("gone", json!({ "duration": 5 })).await;
    app.join_with("here", json!({ "currentPage": 1, "epoch": 5 })).await;
    app.advance(1);
    app
}

#[tokio::test]
async fn snapshot_has_the_fields_of_the_contract() {
    let app = app_with_visits().await;
    app.join_with("ann", json!({ "email": "a@b.c", "currentPage": 2, "fingerprint": "f" })).await;
    let reply = app.get(&app.api()).await.ok();
    assert_eq!(
        (reply.header("content-type"), reply.header("cache-control")),
        ("application/json", "no-store")
    );
    let now = app.now();
    assert_eq!(
        reply.json(),
        json!({
            "success": true,
            "metrics": {
                "activeViewers": 2, "totalViews": 3, "viewsToday": 3, "viewsThisWeek": 3, "viewsThisMonth": 3,
                "peakConcurrentViewers": 2, "avgViewDuration": 5,
            },
            "activeViewers": [
                {
                    "sessionId": "ann", "email": "a@b.c", "reader": ReaderName::of_text("f"), "joinedAt": now, "lastActivity": now,
                    "currentPage": 2, "duration": 0, "away": false, "emailVerified": false,
                },
                {
                    "sessionId": "here", "joinedAt": now - 60_000, "lastActivity": now - 60_000,
                    "currentPage": 1, "duration": 60, "away": false, "emailVerified": false,
                },
            ],
            "filtered": 0,
            "history": 1,
            "windows": { "inactiveAfter": 300, "resumeWithin": 600 },
            "asOf": now,
        })
    );
}

#[tokio::test]
async fn actions_answer_success() {
    let app = TestApp::new().await;
    for body in [
        r#"{"action":"join","sessionId":"s"}"#,
        r#"{"action":"heartbeat","sessionId":"s","currentPage":2,"visible":true,"anything":"else"}"#,
        r#" {"sessionId":"s","action":"leave","duration":null,"epoch":null} "#,
        r#"{"action":"leave","sessionId":"s"}"#,
    ] {
        let reply = app.post(body).await.ok();
        assert_eq!(
            (reply.json()["success"].as_bool(), reply.header("cache-control")),
            (Some(true), "no-store")
        );
    }
}

#[tokio::test]
async fn bad_fields_are_named_and_change_nothing() {
    let app = app_with_visits().await;
    let before = app.dump();
    let long = |length: usize| "x".repeat(length);
    let email = |text: &str| json!({ "action": "join", "sessionId": "new", "email": text });
    let rows = [
        (json!({ "action": "join" }), "sessionId"),
        (json!({ "action": "join", "sessionId": "" }), "sessionId"),
        (json!({ "action": "join", "sessionId": "a b" }), "sessionId"),
        (json!({ "action": "join", "sessionId": "a\u{0}b" }), "sessionId"),
        (json!({ "action": "join", "sessionId": "ä" }), "sessionId"),
        (json!({ "action": "join", "sessionId": long(129) }), "sessionId"),
        (json!({ "action": "join", "sessionId": 7 }), "sessionId"),
        (json!({ "action": "join", "sessionId": null }), "sessionId"),
        (json!({ "action": "heartbeat", "sessionId": ["here"] }), "sessionId"),
        (json!({ "action": "join", "sessionId": "new", "fingerprint": "<f>" }), "fingerprint"),
        (json!({ "action": "join", "sessionId": "new", "fingerprint": long(129) }), "fingerprint"),
        (json!({ "action": "join", "sessionId": "new", "currentPage": 0 }), "currentPage"),
        (json!({ "action": "join", "sessionId": "new", "currentPage": PAGES + 1 }), "currentPage"),
        (json!({ "action": "join", "sessionId": "new", "currentPage": -1 }), "currentPage"),
        (json!({ "action": "join", "sessionId": "new", "currentPage": 1.5 }), "currentPage"),
        (json!({ "action": "join", "sessionId": "new", "currentPage": 1_u64 << 40 }), "currentPage"),
        (json!({ "action": "heartbeat", "sessionId": "here", "currentPage": 0 }), "currentPage"),
        (json!({ "action": "heartbeat", "sessionId": "here", "currentPage": PAGES + 1 }), "currentPage"),
        (json!({ "action": "heartbeat", "sessionId": "here", "currentPage": "2" }), "currentPage"),
        (json!({ "action": "heartbeat", "sessionId": "here", "visible": "yes" }), "visible"),
        (json!({ "action": "leave", "sessionId": "here", "duration": -1 }), "duration"),
        (json!({ "action": "leave", "sessionId": "here", "duration": 86_401 }), "duration"),
        (json!({ "action": "leave", "sessionId": "here", "duration": 1e30 }), "duration"),
        (json!({ "action": "leave", "sessionId": "here", "duration": 1.5 }), "duration"),
        (json!({ "action": "leave", "sessionId": "here", "epoch": -1 }), "epoch"),
        (json!({ "action": "leave", "sessionId": "here", "epoch": (1_u64 << 53) + 1 }), "epoch"),
        (json!({ "action": "join", "sessionId": "new", "epoch": (1_u64 << 53) + 1 }), "epoch"),
        (email(""), "email"),
        (email("no-address"), "email"),
        (email("@b.c"), "email"),
        (email("a@"), "email"),
        (email("a@b@c"), "email"),
        (email("a b@c.d"), "email"),
        (email("a@b.c\n"), "email"),
        (email(&format!("{}@b.c", long(251))), "email"), // 255 characters
        (json!({ "action": "join", "sessionId": "new", "email": 7 }), "email"),
        (json!({ "action": "dance", "sessionId": "here" }), "action"),
        (json!({ "action": "JOIN", "sessionId": "here" }), "action"),
        (json!({ "action": 1, "sessionId": "here" }), "action"),
        (json!({ "sessionId": "here" }), "action"),
        (json!([]), "action"),
        (json!("join"), "action"),
        (json!(null), "action"),
    ];
    for (body, field) in rows {
        let reply = app.post(body.to_string()).await;
        let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
        assert!(["invalid_field", "bad_request"].contains(&code.as_str()), "{body}: {reply}");
        let words = reply.refused(400, &code);
        assert!(words.contains(field), "{body} answered {words:?}");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn bounds_themselves_are_accepted() {
    let app = TestApp::new().await;
    let email = format!("{}@b.c", "x".repeat(250)); // 254 characters
    app.join_with("s1", json!({ "email": email, "currentPage": PAGES, "epoch": 1_u64 << 53 })).await;
    app.heartbeat("s1", 1).await;
    app.heartbeat("s1", PAGES).await;
    let viewer = app.snapshot().await.active_viewers.remove(0);
    assert_eq!((viewer.email, viewer.current_page), (Some(email), Some(PAGES)));
}

#[tokio::test]
async fn body_that_is_not_json_is_refused() {
    let app = app_with_visits().await;
    let before = app.dump();
    let deep = "[".repeat(4_000);
    for body in
        [&b""[..], b"{", b"action=join&sessionId=s", b"\xff\xfe", b"{\"action\":\"join\"", deep.as_bytes()]
    {
        let words = app.post(body).await.refused(400, "bad_request");
        assert!(words.contains("JSON"), "{words}");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn body_over_4_kib_is_refused() {
    let app = app_with_visits().await;
    let before = app.dump();
    let padded = |length: usize| {
        let body = r#"{"action":"join","sessionId":"new"}"#;
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    let words = app.post(padded(4_097)).await.refused(413, "body_too_large");
    assert!(words.contains("4096"), "{words}");
    app.post("x".repeat(1_000_000)).await.refused(413, "body_too_large");
    assert_eq!(app.dump(), before);
    app.post(padded(4_096)).await.ok();
}

#[tokio::test]
async fn unknown_and_invalid_links_answer_alike() {
    let app = app_with_visits().await;
    let before = app.dump();
    let long = "x".repeat(65);
    for link in ["unknown", "a%20b", "%7Ba%7D", "%C3%A4", "%FF", "a%00b", "..", "%2e%2e%2fetc", ".", &long] {
        let path = format!("/api/send/realtime/{link}");
        app.get(&path).await.refused(404, "link_not_found");
        for action in ["join", "heartbeat", "leave"] {
            let body = json!({ "action": action, "sessionId": "s" }).to_string();
            app.send(Method::POST, &path, body).await.refused(404, "link_not_found");
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn impossible_ids_answer_for_what_the_address_names() {
    let app = TestApp::new().await;
    for id in ["unknown", "a%20b", "%FF", "a%00b", &"x".repeat(65)] {
        for path in [format!("/api/documents/{id}"), format!("/api/documents/{id}/thumbnail")] {
            app.get(&path).await.refused(404, "document_not_found");
        }
        for path in [
            format!("/api/links/{id}"),
            format!("/api/links/{id}/qr.svg"),
            format!("/api/links/{id}/pages/1/text"),
            format!("/api/links/{id}/outline"),
            format!("/v/{id}/download"),
            format!("/v/{id}/pages/1"),
        ] {
            app.get(&path).await.refused(404, "link_not_found");
        }
    }
    for token in ["unknown", "%FF", "a%20b"] {
        app.get(&format!("/embed/{token}/events")).await.refused(404, "not_found");
    }
    app.get("/embed/%FF").await.refused(404, "not_found");
    for page in ["%FF", "x", "-1"] {
        app.get(&format!("/api/links/{}/pages/{page}/text", app.link)).await.refused(404, "not_found");
        app.get(&format!("/v/{}/pages/{page}", app.link)).await.refused(404, "not_found");
    }
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let link = format!("/api/links/{}", app.link);
    for id in ["%FF", "a%20b", "a%00b", &"x".repeat(65)] {
        for (method, path) in [
            ("GET", format!("{link}/visits/{id}")),
            ("DELETE", format!("{link}/visits/{id}/reader")),
            ("DELETE", format!("{link}/badges/{id}")),
            ("DELETE", format!("/api/corrections/{id}")),
            ("DELETE", format!("/api/keys/{id}")),
            ("GET", format!("/api/readers/{id}")),
            ("GET", format!("/api/webhooks/{id}")),
            ("POST", format!("/api/webhooks/{id}/test")),
            ("POST", format!("/api/webhooks/unknown/deliveries/{id}")),
        ] {
            let reply = owner.send(method, &path, &[], "").await;
            assert_eq!(
                (reply.status, reply.json()["code"].as_str()),
                (404, Some("not_found")),
                "{method} {path}"
            );
        }
        for part in ["badges", "visits"] {
            let path = format!("/api/links/{id}/{part}/{}", if part == "badges" { "unknown" } else { "1-0" });
            let method = if part == "badges" { Method::DELETE } else { Method::GET };
            app.send(method, &path, "").await.refused(404, "link_not_found");
        }
    }
}

#[tokio::test]
async fn unknown_routes_answer_in_the_error_envelope() {
    let app = TestApp::new().await;
    for path in ["/api/nothing", "/api/send/realtime", "/api/send/realtime/a/b/c", "/api/send"] {
        app.get(path).await.refused(404, "not_found");
        app.send(Method::POST, path, "{}").await.refused(404, "not_found");
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        app.send(method, &app.api(), "").await.refused(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn limit_must_be_1_to_500() {
    let app = app_with_visits().await;
    for limit in ["0", "501", "abc", "", "-1", "1.5", "99999999999999999999", "5&limit=6"] {
        let reply = app.get(&format!("{}?limit={limit}", app.api())).await;
        let code = if limit.contains('&') { "bad_request" } else { "invalid_field" };
        assert!(reply.refused(400, code).contains("limit"), "{limit}: {reply}");
    }
    for limit in ["1", "500", "100&other=1"] {
        app.get(&format!("{}?limit={limit}", app.api())).await.ok();
    }
}

/// A beacon can only send text/plain; some clients send no content type at all.
#[tokio::test]
async fn json_is_read_whatever_the_content_type() {
    let app = TestApp::new().await;
    for (n, content_type) in
        [Some("text/plain;charset=UTF-8"), Some("application/x-www-form-urlencoded"), None]
            .into_iter()
            .enumerate()
    {
        let mut request = Request::post(app.api());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let body = json!({ "action": "join", "sessionId": format!("s{n}") }).to_string();
        app.request(request.body(Body::from(body)).expect("a request")).await.ok();
    }
    assert_eq!(app.snapshot().await.metrics.active_viewers, 3);
}

#[tokio::test]
async fn heartbeat_needs_a_session_but_leave_does_not() {
    let app = TestApp::new().await;
    app.leave("unknown").await;
    let words = app.act("heartbeat", "unknown", json!({})).await.refused(404, "session_not_active");
    assert!(words.contains("join again"), "{words}");
}

#[tokio::test]
async fn health_and_readiness_are_reported() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/healthz").await.ok().text(), "ok\n");
    assert_eq!(app.get("/readyz").await.ok().text(), "ready\n");
}

#[tokio::test]
async fn every_api_answer_carries_the_security_headers() {
    let app = TestApp::new().await;
    for path in [app.api(), "/api/nothing".into(), "/healthz".into(), format!("/v/{}/pages/0", app.link)] {
        let reply = app.get(&path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), value, "{path}: {name}");
        }
    }
}

/// The route that sets the clock exists only on a server started for tests.
#[tokio::test]
async fn only_tests_can_move_the_clock() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let later = (app.now() + 400_000).to_string();
    app.send(Method::PUT, "/test/clock", later.clone()).await.ok();
    assert_eq!(app.get("/test/clock").await.ok().text(), later);
    assert_eq!(app.snapshot().await.metrics.active_viewers, 0);
    app.send(Method::PUT, "/test/clock", "soon").await.refused(400, "invalid_field");
    let real = TestApp::with_config(|config| config.test_clock = false).await;
    let refused = real.send(Method::PUT, "/test/clock", "0").await.status;
    assert!(refused == 404 || refused == 405, "{refused}");
    real.join("s1").await;
    assert_eq!(real.snapshot().await.metrics.active_viewers, 1);
}
