//! A minimal stream server, axum and a `watch`: the baseline for what a dashboard costs.

use std::{convert::Infallible, process::Stdio, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    routing::get,
};
use futures::stream;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::watch,
};

use super::Outcome;

/// The argument that runs this program as the server instead of the benchmark.
pub const BARE: &str = "--bare-stream";
/// The interval at which a busy link is read.
const PACE: Duration = Duration::from_millis(250);

/// The running server: this program in a second process, killed on drop.
pub struct Bare {
    /// The address it listens on.
    pub address: std::net::SocketAddr,
    child: Child,
}

impl Bare {
    /// Starts the server; it sends `size` bytes four times a second.
    pub async fn start(size: usize) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--bench", BARE, &size.to_string()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let line = BufReader::new(output).lines().next_line().await?.ok_or("the server ended")?;
        Ok(Self { address: line.parse()?, child })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}

/// Serves until it is killed. Each snapshot has a higher total than the last, as Sightline's do.
#[tokio::main]
pub async fn serve(size: usize) -> Outcome<()> {
    let (sender, receiver) = watch::channel(snapshot(0, size));
    tokio::spawn(async move {
        for total in 1.. {
            tokio::time::sleep(PACE).await;
            sender.send_replace(snapshot(total, size));
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let stream = async move || {
        let mut receiver = receiver.clone();
        receiver.mark_changed();
        Body::from_stream(stream::unfold(receiver, async |mut receiver| {
            receiver.changed().await.ok()?;
            let snapshot = receiver.borrow_and_update().clone();
            Some((Ok::<_, Infallible>(snapshot), receiver))
        }))
    };
    axum::serve(listener, Router::new().route("/", get(stream))).await?;
    Ok(())
}

fn snapshot(total: u64, size: usize) -> Bytes {
    let head = format!("event: snapshot\ndata: {{\"totalViews\":{total},\"rest\":\"");
    let rest = size.saturating_sub(head.len() + 4);
    format!("{head}{}\"}}\n\n", "x".repeat(rest)).into()
}
