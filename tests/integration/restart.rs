//! A server that is killed and started again under a thousand dashboards.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::support::{
    events::Events,
    program::{DataDir, Server, data_with_document, sightline},
    reply::Reply,
};

const DASHBOARDS: usize = 1_000;
/// How soon a client connects again.
const RETRY: Duration = Duration::from_millis(50);
/// Ends a test that hangs; no limit of the program.
const TEST_TIMEOUT: Duration = Duration::from_secs(300);

/// How long the server waits for Redis: longer than by default, for machines that are busy with other tests.
const REDIS_TIMEOUT_MS: &str = "2000";

/// A server for many clients at one address.
async fn start(data: &DataDir, addr: &str) -> Server {
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_REDIS_TIMEOUT_MS", REDIS_TIMEOUT_MS).env("SIGHTLINE_ADDR", addr);
    for limit in ["CONNECTIONS_PER_ADDRESS", "STREAMS_PER_ADDRESS", "STREAMS_PER_OWNER"] {
        command.env(format!("SIGHTLINE_MAX_{limit}"), "5000");
    }
    command.env("SIGHTLINE_NO_LIMITS", "true");
    Server::start_as(command).await
}

/// A free address with a port that the system gives to no client: one that connects while nothing listens there could
/// otherwise be given the port that it connects to, and reach itself.
fn free_address() -> String {
    let first = 20_000 + std::process::id() % 5_000;
    let mut addresses = (first..30_000).map(|port| format!("127.0.0.1:{port}"));
    addresses.find(|address| std::net::TcpListener::bind(address).is_ok()).expect("a free port")
}

/// Opens a stream until the server ends it, again and again. No dashboard is that impatient.
async fn watch_for_ever(
    addr: SocketAddr,
    head: Arc<str>,
    shown: watch::Sender<u64>,
    refused: Arc<AtomicUsize>,
) {
    loop {
        sleep(RETRY).await;
        let Ok(stream) = TcpStream::connect(addr).await else { continue };
        let (mut stream, mut status) = (BufReader::new(stream), String::new());
        if stream.write_all(head.as_bytes()).await.is_err() || stream.read_line(&mut status).await.is_err() {
            continue;
        }
        if !status.starts_with("HTTP/1.1 200") {
            refused.fetch_add(usize::from(!status.is_empty()), Relaxed);
            continue;
        }
        let mut events = Events::read(stream);
        while let Some(event) = events.try_next().await {
            if let Some(total) = event.data["metrics"]["totalViews"].as_u64() {
                shown.send_replace(total);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_server_takes_all_dashboards_back() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let data = data_with_document().await;
    let server = start(&data, &free_address()).await;
    let (addr, refused) = (server.addr(), Arc::new(AtomicUsize::new(0)));
    let key = std::fs::read_to_string(data.path().join("api-key")).expect("a key");
    let head: Arc<str> = format!(
        "GET /api/send/realtime/doc/events HTTP/1.1\r\nhost: {addr}\r\nauthorization: Bearer {key}\r\n\r\n"
    )
    .into();
    server.act_ok("doc", "join", "before").await;
    let mut dashboards = JoinSet::new();
    let mut shown = Vec::new();
    for _ in 0..DASHBOARDS {
        let (showing, shows) = watch::channel(0);
        dashboards.spawn(watch_for_ever(addr, head.clone(), showing, refused.clone()));
        shown.push(shows);
    }
    let all_show = async |shown: &mut Vec<watch::Receiver<u64>>, total: u64| {
        for shown in shown {
            let shows = shown.wait_for(|shown| *shown >= total);
            timeout(TEST_TIMEOUT, shows).await.expect("a dashboard shows it").expect("it runs");
        }
    };
    all_show(&mut shown, 1).await;
    let before = refused.swap(0, Relaxed);

    server.signal("KILL").await;
    server.wait_for_exit().await;
    let server = Arc::new(start(&data, &addr.to_string()).await);
    let is_over = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for reader in 0..4 {
        let (server, is_over) = (server.clone(), is_over.clone());
        readers.spawn(async move {
            let (mut answers, mut number) = (Vec::new(), 0);
            while !is_over.load(Relaxed) || number < 10 {
                number += 1;
                let join = json!({ "action": "join", "sessionId": format!("{reader}-{number}") }).to_string();
                for (method, path, body) in [
                    ("GET", "/v/doc", ""),
                    ("POST", "/api/send/realtime/doc", &*join),
                    ("GET", "/api/send/realtime/doc", ""),
                    ("GET", "/api/documents", ""),
                ] {
                    let reply: Reply = server.send(method, path, body).await;
                    answers.push((path, reply.status));
                }
            }
            answers
        });
    }
    server.act_ok("doc", "join", "after").await;
    all_show(&mut shown, 2).await;
    is_over.store(true, Relaxed);
    let answers = readers.join_all().await.concat();
    let bad: Vec<_> = answers.iter().filter(|(_, status)| *status != 200).collect();
    println!(
        "{before} refused before, {} after; {} reads, bad {bad:?}",
        refused.load(Relaxed),
        answers.len()
    );
    assert!(bad.is_empty(), "{bad:?} of {}", answers.len());
    assert_eq!(refused.load(Relaxed), 0, "streams that were refused");
    let total = server.metrics("doc").await["totalViews"].as_u64().expect("a number");
    assert_eq!(total as usize, 2 + answers.len() / 4);
    all_show(&mut shown, total).await;
}
