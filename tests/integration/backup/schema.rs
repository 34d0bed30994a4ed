//! The version of the data in Redis.

use serde_json::json;

use crate::support::{
    program::{Server, data_with_document_on, run},
    redis_server::RedisServer,
};

const VERSION: &str = "send:schema:{schema}";
const CURRENT: u32 = 2;

#[tokio::test]
async fn data_of_a_newer_program_is_refused() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    assert_eq!(redis.query::<u32>(&format!("GET {VERSION}")), CURRENT);
    redis.query::<()>(&format!("SET {VERSION} 99"));
    let file = data.path().join("small.pdf");
    for arguments in [&["serve"][..], &["share", file.to_str().expect("a path")], &["owner", "list"]] {
        let output = run(&mut data.command(arguments, Some(&redis.url()))).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("written by a newer Sightline: its version is 99"), "{arguments:?}: {said}");
    }
    assert_eq!(redis.query::<u32>(&format!("GET {VERSION}")), 99);
}

#[tokio::test]
async fn older_data_is_brought_along_once() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    // As the first versions left it: neither a version nor indexes.
    redis.query::<()>(&format!("DEL {VERSION}"));
    let keys: Vec<String> = redis.query("KEYS send:*{sweep}*");
    for key in &keys {
        redis.query::<()>(&format!("DEL {key}"));
    }
    let start = || async {
        let mut command = data.command(&["serve"], Some(&redis.url()));
        command.env("RUST_LOG", "info");
        Server::start_as(command).await
    };
    let (one, other) = tokio::join!(start(), start());
    assert_eq!(redis.query::<u32>(&format!("GET {VERSION}")), CURRENT);
    assert_eq!(redis.query::<u64>("EXISTS send:schema-turn:{schema}"), 0, "the turn is over");
    one.act_ok("doc", "join", "s1").await;
    other.act_ok("doc", "heartbeat", "s1").await;
    let mut told = 0;
    for server in [one, other] {
        server.signal("TERM").await;
        let (_, log) = server.wait_for_exit().await;
        told += log.matches("brought along to version 1").count();
    }
    assert_eq!(told, 1, "one of the two did it, and said so");
}

#[tokio::test]
async fn address_of_a_chat_is_encrypted_later() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let server = Server::start_as(data.command(&["serve"], Some(&redis.url()))).await;
    let url = "https://hooks.example.org/services/secret";
    let chat = json!({ "kind": "slack", "url": url }).to_string();
    let made = server.send("POST", "/api/webhooks", &chat).await;
    assert_eq!(made.status, 201, "{made}");
    server.signal("TERM").await;
    server.wait_for_exit().await;
    let key = redis.query::<Vec<String>>("KEYS send:channels:*").remove(0);
    let id = made.json()["webhook"]["webhookId"].as_str().expect("an id").to_owned();
    let record = || redis.command::<String>(&["HGET", &key, &id]);
    assert!(!record().contains("hooks.example.org"), "{}", record());
    // As version 1 had it.
    let mut plain: serde_json::Value = serde_json::from_str(&record()).expect("JSON");
    plain["url"] = url.into();
    redis.command::<u64>(&["HSET", &key, &id, &plain.to_string()]);
    redis.query::<()>(&format!("SET {VERSION} 1"));
    let server = Server::start_as(data.command(&["serve"], Some(&redis.url()))).await;
    assert!(!record().contains("hooks.example.org"), "{}", record());
    let listed = server.get("/api/webhooks").await.ok().json();
    assert_eq!(listed["webhooks"][0]["url"], url, "its owner reads it");
}

#[tokio::test]
async fn new_data_has_the_version_without_a_word() {
    let redis = RedisServer::start();
    let data = crate::support::program::DataDir::new();
    let server = Server::start_as(data.command(&["serve"], Some(&redis.url()))).await;
    assert_eq!(redis.query::<u32>(&format!("GET {VERSION}")), CURRENT);
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    assert!(!log.contains("brought along"), "{log}");
}
