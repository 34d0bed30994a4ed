//! Connections: how many, from how many clients, and what the rest are told.

use std::time::Duration;

use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::program::{Server, data_with_document, kill, parse, sightline, under_shell};

/// Ends a test that hangs; no limit of the program.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

/// Connections that send this and nothing more.
async fn silent(server: &Server, count: usize, sent: &str) -> Vec<TcpStream> {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let connect = async || {
        let mut stream = TcpStream::connect(server.addr()).await.expect("a connection");
        stream.write_all(sent.as_bytes()).await.expect("it is sent");
        stream
    };
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(connect().await);
    }
    open
}

#[tokio::test]
async fn silent_connections_take_no_place() {
    let data = data_with_document().await;
    let server = Server::start_as(under_shell("ulimit -n 1000", sightline(&["serve"], data.path()))).await;
    let half_a_head = "GET /v/doc HTTP/1.1\r\nhost: here\r\n";
    let _open = [silent(&server, 1_100, "").await, silent(&server, 1_100, half_a_head).await];
    server.get("/readyz").await.ok();
    server.act_ok("doc", "join", "s1").await;
    // Redis, the file and the process that draws it need files, too.
    server.get("/v/doc/pages/1").await.ok();
    assert_eq!(server.metrics("doc").await["activeViewers"], 1);
}

#[tokio::test]
async fn connection_without_a_place_is_told_so() {
    let data = data_with_document().await;
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_MAX_CONNECTIONS", "3");
    let server = Server::start_as(command).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut events = server.events("doc").await;
        events.snapshot().await;
        streams.push(events);
    }
    let refused = server.get("/healthz").await;
    refused.refused(503, "full");
    assert_eq!(refused.header("retry-after"), "5");
    drop(streams.pop());
    // The server learns of the closed stream when it next writes or reads.
    while server.get("/healthz").await.status != 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    streams[0].next().await;
}

/// Thousands of dashboards come back at the moment at which a server starts.
#[tokio::test]
async fn connections_wait_for_a_busy_server() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    kill("STOP", &server.id()).await;
    let connecting = join_all((0..1_000).map(|_| TcpStream::connect(server.addr())));
    let open = timeout(TEST_TIMEOUT, connecting).await.expect("the queue takes all");
    kill("CONT", &server.id()).await;
    for stream in open {
        let mut stream = stream.expect("a connection");
        let request = "GET /healthz HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        assert_eq!(parse(&answer).expect("an answer").status, 200);
    }
}
