//! Addresses that no page of ours has: each is answered, and none by a fault of the server.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::program::{Server, data_with_document, parse};

/// The status of an answer to a head that is sent as it is.
async fn status(server: &Server, method: &str, target: &str) -> u16 {
    let mut stream = TcpStream::connect(server.addr()).await.expect("a connection");
    let head =
        format!("{method} {target} HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let text = String::from_utf8_lossy(&answer).into_owned();
    parse(&answer).unwrap_or_else(|| panic!("{method} {target}: {text}")).status
}

#[tokio::test]
async fn odd_address_is_never_a_fault_of_ours() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    let (long, longest) = ("x".repeat(256), "x".repeat(10_000));
    let encoded = "%C3%A4".repeat(128);
    let mut targets: Vec<String> =
        ["*", "/*", "/%", "/%zz", "/%00", "/a%00b", "/%FF", "/..", "/../..", "/%2e%2e/%2e%2e/etc/passwd"]
            .map(str::to_owned)
            .to_vec();
    for base in [
        "/",
        "/pkg/",
        "/v/",
        "/v/doc/",
        "/v/doc/pages/",
        "/api/",
        "/api/links/",
        "/sfn/",
        "/documents/",
        "/readers/",
    ] {
        for rest in [&long, &longest, &encoded, "", "/", "%2F", "a/", "a//b/", "%00", "*"] {
            targets.push(format!("{base}{rest}"));
        }
    }
    targets.push("http://elsewhere.example/v/doc".to_owned());
    let mut odd = Vec::new();
    for target in &targets {
        for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let status = status(&server, method, target).await;
            if status >= 500 {
                odd.push(format!("{status} {method} {}", &target[..target.len().min(80)]));
            }
        }
    }
    assert_eq!(odd, [""; 0]);
    server.get("/v/doc").await.ok();
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    assert!(!log.contains("ERROR"), "{log}");
}

/// Of what we answer 500, the log has a line.
#[tokio::test]
async fn fault_of_ours_is_always_logged() {
    let redis = crate::support::redis_server::RedisServer::start();
    let data = crate::support::program::data_with_document_on(Some(&redis.url())).await;
    let server = Server::start_as(data.command(&["serve"], Some(&redis.url()))).await;
    let [document]: [String; 1] =
        redis.query::<Vec<String>>("KEYS send:document:*").try_into().expect("one document");
    redis.query::<()>(&format!("HSET {document} file damaged"));
    assert_eq!(server.get("/v/doc").await.status, 500);
    server.wait_for_log("a request is answered 500").await;
}
