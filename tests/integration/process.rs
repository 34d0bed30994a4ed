//! The process: signals, standard streams, and what becomes of requests meanwhile.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::support::{
    ports::free_address,
    program::{Server, data_with_document, data_with_document_on, parse, sightline, under_shell},
    redis_server::RedisServer,
};

#[tokio::test]
async fn hang_up_stops_the_server_like_a_termination() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    server.signal("HUP").await;
    assert_eq!(server.wait_for_exit().await.0, Some(0));
    assert_eq!(data.redis_command("PING"), None, "its Redis is stopped");
}

#[tokio::test]
async fn ignored_hang_up_stays_ignored() {
    let data = data_with_document().await;
    let server = Server::start_as(under_shell("trap '' HUP", sightline(&["serve"], data.path()))).await;
    server.signal("HUP").await;
    server.act_ok("doc", "join", "s1").await;
    server.signal("TERM").await;
    assert_eq!(server.wait_for_exit().await.0, Some(0));
}

#[tokio::test]
async fn slow_upload_is_told_to_come_again() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    let key = std::fs::read_to_string(data.path().join("api-key")).expect("a key");
    let head = format!(
        "POST /api/documents?title=Slow HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {key}\r\ncontent-length: 1000000\r\n\r\n"
    );
    let mut upload = TcpStream::connect(server.addr()).await.expect("a connection");
    upload.write_all((head + "%PDF-1.7").as_bytes()).await.expect("it is sent");
    // A request on a second connection is answered after the first one has arrived.
    server.get("/readyz").await.ok();
    while std::fs::read_dir(data.path().join("incoming")).map_or(0, Iterator::count) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.signal("TERM").await;
    let mut answer = Vec::new();
    upload.read_to_end(&mut answer).await.expect("an answer");
    let answer = parse(&answer).expect("a whole answer");
    answer.refused(503, "stopping");
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(server.wait_for_exit().await.0, Some(0));
}

/// Sends requests, each of which writes to the log.
async fn requests_are_answered(addr: &str, count: usize) {
    for _ in 0..count {
        let mut stream = TcpStream::connect(addr).await.expect("a connection");
        let request = "GET /api/nothing HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        assert_eq!(parse(&answer).expect("an answer").status, 404);
    }
}

#[tokio::test]
async fn log_that_nothing_reads_costs_no_request() {
    let data = data_with_document().await;
    let mut command = sightline(&["serve"], data.path());
    command.env("RUST_LOG", "trace").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
    let addr = loop {
        let line = said.next_line().await.expect("text").expect("an address");
        if let Some(address) = line.trim().strip_prefix("Documents      http://") {
            break address.trim_end_matches('/').to_owned();
        }
    };
    // At `trace` each takes kilobytes, and a pipe holds 64 kB.
    requests_are_answered(&addr, 200).await;
}

#[tokio::test]
async fn closed_standard_streams_cost_no_request() {
    let data = data_with_document().await;
    let addr = free_address();
    let mut command = sightline(&["serve"], data.path());
    command.env("RUST_LOG", "trace").env("SIGHTLINE_ADDR", &addr);
    let mut command = under_shell("exec <&- >&- 2>&-", command);
    let _child = command.kill_on_drop(true).spawn().expect("the program starts");
    while TcpStream::connect(&addr).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    requests_are_answered(&addr, 50).await;
}

#[tokio::test]
async fn repeated_warning_is_one_line() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let server = Server::start_as(data.command(&["serve"], Some(&redis.url()))).await;
    redis.stop();
    for _ in 0..200 {
        server.get("/readyz").await.refused(503, "unavailable");
    }
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    let lines = log.lines().filter(|line| line.contains("Redis")).count();
    assert!((1..20).contains(&lines), "{lines} lines: {log}");
}
