//! Every request has an id, which its answer and its log lines carry.

use axum::{
    body::Body,
    http::{Method, Request},
};

use crate::support::{
    program::{DataDir, Server, data_with_document_on, sightline},
    redis_server::RedisServer,
    test_app::TestApp,
};

/// The id of the answer to a GET that brings `id` along.
async fn answered_id(app: &TestApp, path: &str, id: &str) -> String {
    let request = Request::get(path).header("x-request-id", id).body(Body::empty()).expect("a request");
    app.request(request).await.header("x-request-id").to_owned()
}

#[tokio::test]
async fn every_answer_has_an_id() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();
    for path in ["/healthz", "/sign-in", "/api/nothing", "/nothing", "/v/unknown/pages/1", &app.api()] {
        ids.push(app.get(path).await.header("x-request-id").to_owned());
    }
    ids.push(app.post("{").await.header("x-request-id").to_owned());
    ids.push(app.send(Method::POST, "/sfn/join", "{").await.header("x-request-id").to_owned());
    assert!(ids.iter().all(|id| id.len() == 16), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8, "each its own");
}

#[tokio::test]
async fn valid_id_is_taken_and_any_other_replaced() {
    let app = TestApp::with_config(|config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")]
    })
    .await;
    let longest = "x".repeat(64);
    for valid in ["a", "Root=1-67891233-abcdef", longest.as_str()] {
        for path in ["/healthz", "/api/nothing"] {
            assert_eq!(answered_id(&app, path, valid).await, valid);
        }
    }
    for invalid in ["", "two words", "{}", "\t", &"x".repeat(65)] {
        let id = answered_id(&app, "/healthz", invalid).await;
        assert!(id.len() == 16 && id != invalid, "{invalid:?}: {id:?}");
    }
}

async fn server(data: &DataDir, redis: &RedisServer, log: Option<&str>) -> Server {
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_REDIS_URL", redis.url()).env("NO_COLOR", "1").env_remove("RUST_LOG");
    command.envs(log.map(|filter| ("RUST_LOG", filter)));
    Server::start_as(command).await
}

#[tokio::test]
async fn each_request_is_one_line_at_debug_without_its_address() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let server = server(&data, &redis, Some("sightline=debug")).await;
    let id = server.get("/v/doc/pages/1").await.header("x-request-id").to_owned();
    let line = format!("request{{id=\"{id}\" method=\"GET\" route=\"/v/{{link}}/pages/{{page}}\"}}");
    server.wait_for_log(&line).await;
    server.get("/setup/a-secret-token").await;
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    let lines: Vec<&str> = log.lines().filter(|text| text.contains(&line)).collect();
    assert!(matches!(lines[..], [line] if line.contains("answered status=200 ms=")), "{log}");
    assert!(log.contains("/setup/{token}") && !log.contains("a-secret-token"), "{log}");
}

#[tokio::test]
async fn warnings_carry_the_id_without_debug() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let server = server(&data, &redis, None).await;
    server.act_ok("doc", "join", "s1").await;
    redis.query::<()>("ACL SETUSER default -lrange");
    let reply = server.get("/api/send/realtime/doc").await;
    reply.refused(503, "unavailable");
    let id = reply.header("x-request-id").to_owned();
    server.wait_for_log(&format!("id=\"{id}\"")).await;
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(&id)).collect();
    assert!(lines.iter().any(|line| line.contains("Redis refused or failed")), "{log}");
    assert!(!log.contains("answered"), "{log}");
}
