//! `/metrics`: who may read it, what it says, and what it never says.

mod dashboards;

use std::collections::BTreeSet;

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use serde_json::json;
use sightline::server::http::admin::{self, AdminToken};
use tower::ServiceExt;

use crate::support::{
    program::{DataDir, Server, run, sightline},
    receiver::WebhookReceiver,
    reply::Reply,
    test_app::TestApp,
};

const TOKEN: &str = "a-token-of-the-operator-that-is-long";

/// Asks the operator's listener of an app.
async fn ask(app: &TestApp, path: &str, authorization: Option<&str>) -> Reply {
    let token: AdminToken = TOKEN.parse().expect("a token");
    let router = admin::router(app.state.services.monitoring.clone(), token);
    let mut request = Request::get(path);
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let response = router.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole body");
    Reply::new(parts.status, parts.headers, body.to_vec())
}

/// The metrics of an app.
async fn metrics(app: &TestApp) -> String {
    ask(app, "/metrics", Some(&format!("Bearer {TOKEN}"))).await.ok().text()
}

/// The value of a line; `None` when there is none.
fn value(metrics: &str, line: &str) -> Option<f64> {
    metrics.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
}

/// All values of a label.
fn values(metrics: &str, label: &str) -> BTreeSet<String> {
    let start = format!("{label}=\"");
    metrics
        .lines()
        .filter_map(|line| Some(line.split_once(&start)?.1.split_once('"')?.0.to_owned()))
        .collect()
}

#[tokio::test]
async fn only_the_token_opens_metrics() {
    let app = TestApp::new().await;
    let bearer = format!("Bearer {TOKEN}");
    for (authorization, status) in [
        (None, 401),
        (Some("Bearer"), 401),
        (Some("Bearer "), 401),
        (Some(TOKEN), 401),
        (Some("Basic a-token-of-the-operator-that-is-long"), 401),
        (Some("Bearer a-token-of-the-operator-that-is-lonG"), 401),
        (Some(&bearer[..bearer.len() - 1]), 401),
        (Some(&format!("Bearer {}", app.api_key)), 401),
        (Some(&bearer), 200),
        (Some("bearer a-token-of-the-operator-that-is-long"), 200),
    ] {
        let reply = ask(&app, "/metrics", authorization).await;
        assert_eq!(reply.status, status, "{authorization:?}");
        assert_eq!(reply.text().contains("sightline_"), status == 200, "{authorization:?}");
    }
    assert_eq!(ask(&app, "/", None).await.status, 401, "nothing is told without a token");
    assert_eq!(ask(&app, "/", Some(&bearer)).await.status, 404);
    let reply = app.get("/metrics").await;
    assert_eq!(reply.status, 404, "readers' listener has none: {reply}");
}

#[tokio::test]
async fn answers_are_timed_by_method_route_and_status() {
    let app = TestApp::new().await;
    app.get(&app.api()).await.ok();
    app.get(&app.api()).await.ok();
    app.get("/api/send/realtime/unknown").await;
    app.join("s1").await;
    app.get(&format!("/v/{}/pages/1", app.link)).await.ok();
    let text = metrics(&app).await;
    for (method, route, status, count) in [
        ("GET", "/api/send/realtime/{link}", 200, 2.0),
        ("GET", "/api/send/realtime/{link}", 404, 1.0),
        ("POST", "/api/send/realtime/{link}", 200, 1.0),
        ("GET", "/v/{link}/pages/{page}", 200, 1.0),
    ] {
        let labels = format!(
            "http_request_method=\"{method}\",http_route=\"{route}\",http_response_status_code=\"{status}\""
        );
        let line = format!("http_server_request_duration_seconds_count{{{labels}}}");
        assert_eq!(value(&text, &line), Some(count), "{line}\n{text}");
    }
    assert_eq!(value(&text, "http_server_active_requests"), Some(0.0), "{text}");
    assert_eq!(
        value(&text, "sightline_render_duration_seconds_count{task=\"picture\",result=\"ok\"}"),
        Some(1.0)
    );
    assert_eq!(value(&text, "sightline_page_cache_misses_total"), Some(1.0), "{text}");
    assert!(
        value(&text, "sightline_redis_script_duration_seconds_count{script=\"join\"}") >= Some(1.0),
        "{text}"
    );
}

#[tokio::test]
async fn notices_are_counted_and_their_wait_is_told() {
    let app = TestApp::with_own_redis().await;
    let receiver = WebhookReceiver::start().await;
    let webhook = json!({ "url": receiver.url(), "events": ["visit.started"] }).to_string();
    assert_eq!(app.send(Method::POST, "/api/webhooks", webhook).await.status, 201);
    app.join("s1").await;
    app.advance_ms(90_000);
    let text = metrics(&app).await;
    assert_eq!(value(&text, "sightline_outbox_lag_seconds"), Some(90.0), "{text}");
    receiver.answer(500, &[], "");
    app.state.teller().tell().await.expect("Redis answers");
    app.advance_ms(10_000);
    app.state.teller().tell().await.expect("Redis answers");
    // The first server remembers its observation for some seconds; another one has made none.
    let text = metrics(&app.second_server()).await;
    assert_eq!(value(&text, "sightline_outbox_lag_seconds"), Some(0.0), "{text}");
    assert_eq!(value(&text, "sightline_delivery_due_channels"), Some(0.0));
    assert_eq!(value(&text, "sightline_mails_waiting"), Some(0.0));
    let counted = metrics(&app).await;
    for (result, count) in [("delivered", 1.0), ("failed", 1.0), ("given_up", 0.0), ("gone", 0.0)] {
        let line = format!("sightline_deliveries_total{{result=\"{result}\"}}");
        assert_eq!(value(&counted, &line), Some(count), "{result}: {counted}");
    }
}

#[tokio::test]
async fn hostile_requests_make_no_labels() {
    let app = TestApp::new().await;
    let secrets = ["evil-link", "evil-owner", "EVILMETHOD", "evil-session", "evil-token", "evil.example"];
    let send = async |number: usize| {
        for method in ["GET", "POST", "EVILMETHOD", "TRACE", &format!("EVILMETHOD{number}")] {
            for path in [
                format!("/evil-link-{number}"),
                format!("/v/evil-link-{number}"),
                format!("/v/evil-link-{number}/pages/7?session=evil-session"),
                format!("/api/send/realtime/evil-link-{number}"),
                format!("/api/evil-owner-{number}/x"),
                format!("/pkg/evil-link-{number}.js"),
                format!("/sfn/evil-link-{number}"),
                format!("/setup/evil-token-{number}"),
                format!("/v/%7Bevil-link{number}%7D"),
                "/v/evil.example/%0a%0devil-link".to_owned(),
            ] {
                let request = Request::builder()
                    .method(method)
                    .uri(&path)
                    .header("host", "evil.example")
                    .header("x-request-id", "evil-session")
                    .header("authorization", "Bearer evil-token")
                    .body(Body::from(r#"{"action":"heartbeat","sessionId":"evil-session"}"#));
                app.request(request.expect("a request")).await;
            }
        }
    };
    send(0).await;
    let first = metrics(&app).await;
    for number in 1..5 {
        send(number).await;
    }
    let text = app.state.services.monitoring.text().await.expect("text");
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}\n{text}");
    }
    let series = |text: &str| text.lines().filter(|line| line.starts_with("http_")).count();
    assert_eq!(series(&text), series(&first), "the same labels, however often other words come");
    let methods = values(&text, "http_request_method");
    assert!(
        methods.iter().all(|method| ["GET", "POST", "TRACE", "_OTHER"].contains(&method.as_str())),
        "{methods:?}"
    );
    let results = values(&text, "result");
    assert!(
        results.iter().all(|result| result.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    );
}

#[tokio::test]
async fn heartbeats_and_joins_count_by_result() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.join("s2").await;
    app.heartbeat("s1", 2).await;
    app.act("heartbeat", "gone", json!({})).await.refused(404, "session_not_active");
    app.act("join", "s3", json!({ "currentPage": 999 })).await.refused(400, "invalid_field");
    let text = metrics(&app).await;
    for (line, count) in [
        ("sightline_heartbeats_total{result=\"ok\"}", 1.0),
        ("sightline_heartbeats_total{result=\"session_not_active\"}", 1.0),
        ("sightline_heartbeats_total{result=\"unavailable\"}", 0.0),
        ("sightline_joins_total{result=\"ok\"}", 2.0),
        ("sightline_joins_total{result=\"invalid_field\"}", 1.0),
        ("sightline_active_viewers", 2.0),
        ("sightline_active_viewers_of_busiest_link", 2.0),
        ("sightline_links_with_viewers", 1.0),
        ("sightline_redis_up", 1.0),
        ("sightline_redis_writable", 1.0),
        ("sightline_redis_evicted_keys_total{node=\"socket\"}", 0.0),
    ] {
        assert_eq!(value(&text, line), Some(count), "{line}\n{text}");
    }
    assert!(value(&text, "sightline_redis_memory_bytes{node=\"socket\"}") > Some(100_000.0), "{text}");
    assert!(value(&text, "sightline_disk_free_bytes") > Some(0.0), "{text}");
    assert!(value(&text, "process_cpu_seconds_total") > Some(0.0), "{text}");
}

#[tokio::test]
async fn unknown_numbers_are_absent_not_zero() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.redis.stop();
    app.act("heartbeat", "s1", json!({})).await.refused(503, "unavailable");
    let text = metrics(&app).await;
    assert_eq!(value(&text, "sightline_redis_up"), Some(0.0), "{text}");
    for absent in [
        "sightline_redis_memory_bytes",
        "sightline_redis_writable",
        "sightline_active_viewers",
        "sightline_sealer_due_links",
    ] {
        assert!(!text.contains(absent), "{absent}\n{text}");
    }
    assert_eq!(value(&text, "sightline_heartbeats_total{result=\"unavailable\"}"), Some(1.0), "{text}");
    assert!(value(&text, "sightline_redis_failures_total") >= Some(1.0), "{text}");
}

#[tokio::test]
async fn scrapes_at_once_ask_redis_once() {
    let app = TestApp::with_own_redis().await;
    let calls = |app: &TestApp| {
        let stats: String = app.redis.query("INFO commandstats");
        let info = stats.lines().find(|line| line.starts_with("cmdstat_info")).unwrap_or_default().to_owned();
        info.split("calls=").nth(1).and_then(|rest| rest.split(',').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    let before = calls(&app);
    futures::future::join_all((0..20).map(|_| metrics(&app))).await;
    // The second look is an INFO as well.
    assert_eq!(calls(&app) - before, 2);
}

#[tokio::test]
async fn open_streams_and_their_readers_are_counted() {
    let app = TestApp::new().await;
    let _dashboards = [app.events().await, app.events().await];
    let text = metrics(&app).await;
    assert_eq!(value(&text, "sightline_streams"), Some(2.0), "{text}");
    assert_eq!(value(&text, "sightline_live_readers"), Some(1.0), "{text}");
}

#[tokio::test]
async fn operators_listener_needs_a_long_token() {
    let data = DataDir::new();
    for (token, said) in [(None, "SIGHTLINE_ADMIN_TOKEN"), (Some("short-secret"), "32 characters")] {
        let mut command = sightline(&["serve"], data.path());
        command.env("SIGHTLINE_ADMIN_ADDR", "127.0.0.1:0");
        command.envs(token.map(|token| ("SIGHTLINE_ADMIN_TOKEN", token)));
        let output = run(&mut command).await;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(said), "{error}");
        assert!(!error.contains("short-secret"), "{error}");
    }
    let mut help = sightline(&["--help"], data.path());
    help.env("SIGHTLINE_ADMIN_TOKEN", TOKEN);
    let output = run(&mut help).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("SIGHTLINE_ADMIN_TOKEN") && !text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn operators_listener_is_an_address_of_its_own() {
    let data = DataDir::new();
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_ADMIN_ADDR", "127.0.0.1:0").env("SIGHTLINE_ADMIN_TOKEN", TOKEN);
    let server = Server::start_as(command).await;
    let line = server.startup_output.lines().find_map(|line| line.trim().strip_prefix("Metrics"));
    let address = line.and_then(|line| line.trim().strip_prefix("http://")?.strip_suffix("/metrics"));
    let address = address.unwrap_or_else(|| panic!("{}", server.startup_output));
    let get = async |path: &str, token: &str| {
        let headers = [("authorization", format!("Bearer {token}"))];
        crate::support::program::request(address, path, &headers).await
    };
    assert_eq!(get("/metrics", "wrong").await.status, 401);
    let text = get("/metrics", TOKEN).await.ok().text();
    assert!(value(&text, "process_open_fds") > Some(3.0) && text.contains("sightline_build_info"), "{text}");
    assert_eq!(get("/healthz", TOKEN).await.status, 404);
    assert_ne!(server.addr().to_string(), address);
    server.signal("TERM").await;
    let (status, log) = server.wait_for_exit().await;
    assert_eq!(status, Some(0), "{log}");
    assert!(!log.contains(TOKEN), "{log}");
}
