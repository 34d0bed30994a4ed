//! Accepts connections and serves the router on them, within limits of number and time.
//!
//! A connection without a request costs its client nothing, and the server a file. Beyond a limit the one that has been
//! without a request for longest is closed in favour of the new one; only where all have requests is the new one
//! refused. So a client that opens connections and says nothing takes no place from others.

mod activity;
mod open;
mod timed_stream;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use self::{
    activity::RequestGuard,
    open::{OpenConnections, Slot},
    timed_stream::TimedStream,
};
use super::{
    body_around::{Around, BodyAround},
    client_address::is_trusted,
};
use crate::server::services::RateLimitKey;

/// How many connections may wait until they are accepted: thousands of dashboards come back at once after a restart.
/// The system's own limit is often the same (Linux: `net.core.somaxconn`).
const BACKLOG: u32 = 4_096;
/// The most memory that the head of a request may take, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// How long the server waits when the system has no more files.
const OUT_OF_FILES_DELAY: Duration = Duration::from_millis(50);
/// How many refused connections may be told so at once, and how long each may take to read it.
const MAX_REFUSALS: usize = 32;
const REFUSAL_TIMEOUT: Duration = Duration::from_millis(500);
/// What a connection is told that finds no place.
const REFUSAL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
    retry-after: 5\r\nconnection: close\r\ncontent-length: 103\r\n\r\n\
    {\"success\":false,\"error\":\"This server has too many connections. Try again in 5 seconds.\",\"code\":\"full\"}";

/// How many connections there may be.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// In all.
    pub in_all: usize,
    /// From one address, a network of IPv6 counting as one. Proxies that are trusted have no limit of their own.
    pub per_address: usize,
    /// The networks of these proxies.
    pub trusted_proxies: Vec<IpNet>,
}

/// Listens on an address.
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As a server that is started again at once needs it.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// Serves until `stopping` is cancelled, and then until the requests in progress are answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    stopping: CancellationToken,
) {
    let open = OpenConnections::new(limits.in_all, limits.per_address);
    let (tasks, refusals) = (TaskTracker::new(), Arc::new(Semaphore::new(MAX_REFUSALS)));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                handle_accept_error(&error, &open).await;
                continue;
            }
        };
        let is_limited = !is_trusted(&limits.trusted_proxies, peer.ip());
        match open.admit(is_limited.then(|| RateLimitKey::of(peer.ip()))) {
            Some(slot) => {
                // The small pieces of an event stream go out at once.
                let _ = stream.set_nodelay(true);
                tasks.spawn(serve_one(stream, peer, slot, router.clone(), stopping.clone()));
            }
            None => {
                tracing::warn!("a connection is refused: all others have requests");
                if let Ok(permit) = refusals.clone().try_acquire_owned() {
                    tokio::spawn(async move {
                        let _ = timeout(REFUSAL_TIMEOUT, refuse(stream)).await;
                        drop(permit);
                    });
                }
            }
        }
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

/// Waits a moment where the fault is this machine's, such as a lack of files, which closing an idle connection helps.
async fn handle_accept_error(error: &io::Error, open: &OpenConnections) {
    let is_of_client = matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    );
    if !is_of_client {
        tracing::error!(%error, "a connection cannot be accepted");
        open.close_longest_idle();
        sleep(OUT_OF_FILES_DELAY).await;
    }
}

/// Tells a client that there is no place. What it sent is read first: closing with unread bytes would take the answer
/// back.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(REFUSAL.as_bytes()).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1_024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    slot: Slot,
    router: Router,
    stopping: CancellationToken,
) {
    let activity = slot.activity();
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let guard = activity.begin_request();
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answered = router.clone().oneshot(request);
        async move { answered.await.map(|response| response.map(|body| BodyAround::new(body, guard))) }
    });
    let stream = TokioIo::new(TimedStream::new(stream, activity.clone()));
    let connection = http1::Builder::new()
        // `TimedStream` bounds the time of a head.
        .header_read_timeout(None::<Duration>)
        .max_buf_size(MAX_HEAD)
        .serve_connection(stream, service);
    let mut connection = pin!(connection);
    let (mut is_draining, mut is_spared) = (false, false);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection failed");
                }
                return;
            }
            () = slot.closed(), if !is_spared => {
                if !activity.has_request() {
                    return;
                }
                // A request came at the same moment.
                is_spared = true;
            }
            () = stopping.cancelled(), if !is_draining => {
                is_draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Around the body of an answer, at whose end the connection has no request any more.
impl Around for RequestGuard {
    type Error = axum::Error;
}

#[cfg(test)]
mod tests {
    use super::REFUSAL;

    #[test]
    fn refusal_is_a_whole_answer() {
        let (head, body) = REFUSAL.split_once("\r\n\r\n").expect("head and body");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["code"], "full");
    }
}
