//! What the log holds, in both of its formats, and what it never holds.

use serde_json::{Value, json};

use crate::support::{
    program::{DataDir, Server, data_with_document_on, request},
    redis_server::RedisServer,
};

async fn server(data: &DataDir, redis: &RedisServer, settings: &[(&str, &str)]) -> Server {
    let mut command = data.command(&["serve"], Some(&redis.url()));
    command.env("NO_COLOR", "1").env_remove("RUST_LOG").envs(settings.iter().copied());
    Server::start_as(command).await
}

async fn log_of(server: Server) -> String {
    server.signal("TERM").await;
    server.wait_for_exit().await.1
}

#[tokio::test]
async fn json_log_is_one_object_a_line() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let server =
        server(&data, &redis, &[("SIGHTLINE_LOG_FORMAT", "json"), ("SIGHTLINE_LOG_REQUESTS", "true")]).await;
    let id = server.get("/v/doc/pages/1").await.header("x-request-id").to_owned();
    let log = log_of(server).await;
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let answered: Vec<&Value> = lines.iter().filter(|line| line["span"]["id"] == id.as_str()).collect();
    let [line] = answered[..] else { panic!("one line: {log}") };
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["message"], "answered");
    assert_eq!(line["status"], 200);
    assert_eq!(line["span"]["route"], "/v/{link}/pages/{page}");
    assert!(line["ms"].is_f64() && line["timestamp"].is_string(), "{line}");
}

/// Its standard error is a pipe here.
#[tokio::test]
async fn log_beside_a_terminal_has_no_colours() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let mut command = data.command(&["serve"], Some(&redis.url()));
    command.env_remove("NO_COLOR").env_remove("RUST_LOG").env("SIGHTLINE_LOG_REQUESTS", "true");
    let server = Server::start_as(command).await;
    server.get("/healthz").await.ok();
    let log = log_of(server).await;
    assert!(log.contains("answered status=200") && !log.contains('\u{1b}'), "{log}");
}

#[tokio::test]
async fn requests_are_logged_only_when_asked_for() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let (on, off) = ([("SIGHTLINE_LOG_REQUESTS", "true")], [("SIGHTLINE_LOG_REQUESTS", "false")]);
    for (settings, count) in [(&[][..], 0), (&on[..], 2), (&off[..], 0)] {
        let server = server(&data, &redis, settings).await;
        server.get("/healthz").await.ok();
        server.get("/nothing").await;
        let log = log_of(server).await;
        assert_eq!(log.matches("answered status=").count(), count, "{settings:?}: {log}");
    }
}

#[tokio::test]
async fn id_is_taken_from_trusted_proxies_alone() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    for (trusted, is_taken) in [("127.0.0.1/32", true), ("192.0.2.0/24", false)] {
        let server = server(&data, &redis, &[("SIGHTLINE_TRUSTED_PROXIES", trusted)]).await;
        let headers = [("x-request-id", "trace-1".to_owned())];
        let reply = request(&server.addr().to_string(), "/healthz", &headers).await;
        assert_eq!(reply.header("x-request-id") == "trace-1", is_taken, "{trusted}");
    }
}

/// Sends what people and attackers send, with something secret in every part of a request.
async fn send_secrets(server: &Server, secrets: &[&str]) {
    let address = server.addr().to_string();
    for secret in secrets {
        let encoded = secret.replace('@', "%40").replace(' ', "+");
        for path in [
            "/setup/",
            "/readers/",
            "/v/",
            "/documents/",
            "/links/",
            "/nothing/",
            "/api/send/realtime/",
            "/sfn/",
            "/pkg/",
        ] {
            let headers = [
                ("authorization", format!("Bearer {secret}")),
                ("cookie", format!("session={secret}; grants={secret}")),
                ("referer", format!("http://{address}/v/doc?who={encoded}")),
                ("user-agent", format!("Mozilla/5.0 {secret}")),
                ("x-request-id", encoded.clone()),
                ("x-forwarded-for", (*secret).to_owned()),
                ("origin", "http://evil.example".to_owned()),
            ];
            request(&address, &format!("{path}{encoded}?token={encoded}&q={encoded}"), &headers).await;
        }
        let text = secret.replace('"', "");
        for body in [
            json!({ "action": "join", "sessionId": "s1", "email": text, "fingerprint": text }).to_string(),
            json!({ "action": "join", "sessionId": text }).to_string(),
            json!({ "action": "heartbeat", "sessionId": "s1", "clicked": [format!("mailto:{text}")] })
                .to_string(),
            format!("{{\"action\":\"{text}\""),
        ] {
            server.send("POST", "/api/send/realtime/doc", &body).await;
        }
        for function in ["sign_in", "set_up", "sign_in_code", "pass_gate", "change_email", "change_password"]
        {
            let body =
                json!({ "email": text, "password": text, "token": text, "code": text, "link_id": text })
                    .to_string();
            server.send("POST", &format!("/sfn/{function}"), &body).await;
        }
        server.send("POST", &format!("/api/documents?title={encoded}"), "%PDF-1.4 broken").await;
    }
}

#[tokio::test]
async fn log_holds_no_email_address_token_or_key() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let key = std::fs::read_to_string(data.path().join("api-key")).expect("the key");
    let secrets = [
        "reader@example.com",
        "owner@example.com",
        "correct horse battery",
        "203.0.113.77",
        "2001:db8::77",
        "a-token-for-no-eye-5f2c91d0",
        key.trim(),
    ];
    for settings in [
        [
            ("SIGHTLINE_LOG_REQUESTS", "true"),
            ("RUST_LOG", "sightline=debug,info"),
            ("SIGHTLINE_LOG_FORMAT", "text"),
        ],
        [
            ("SIGHTLINE_LOG_REQUESTS", "true"),
            ("RUST_LOG", "sightline=debug,info"),
            ("SIGHTLINE_LOG_FORMAT", "json"),
        ],
    ] {
        let server = server(&data, &redis, &settings).await;
        send_secrets(&server, &secrets).await;
        // Redis refuses: its errors name what was asked.
        redis.query::<()>("ACL SETUSER default -evalsha -eval -hgetall");
        send_secrets(&server, &secrets[..2]).await;
        redis.query::<()>("ACL SETUSER default +@all");
        let log = log_of(server).await;
        assert!(log.matches("answered").count() > 100, "{log}");
        for secret in secrets {
            for form in [secret.to_owned(), secret.replace('@', "%40"), secret.replace(' ', "+")] {
                let found = log.lines().find(|line| line.contains(&form));
                assert_eq!(found, None, "{form}");
            }
        }
    }
}
