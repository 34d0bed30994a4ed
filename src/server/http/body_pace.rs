//! Bounds how slowly the body of a request may arrive.
//!
//! Only time spent waiting for the client counts: not that in which the server is busy with what has arrived.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Json,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::body_around::{Around, BodyAround, Polled};
use crate::model::failure;

/// In so much time of waiting for a client...
const WINDOW: Duration = Duration::from_secs(30);
/// ...so many bytes must arrive, or the end of the body: 1 kB a second.
const LEAST_IN_WINDOW: usize = 30 * 1024;
/// How long a body may still arrive once the server is told to stop; within [`DRAIN_TIMEOUT`](crate::server).
const STOP_GRACE: Duration = Duration::from_secs(3);

/// Why a body was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Cut {
    No = 0,
    TooSlow = 1,
    Stopping = 2,
}

/// How a body arrived, once its request is answered.
pub struct Pace(Arc<AtomicU8>);

/// Bounds the body of a request, if it has one.
pub fn limit(request: Request, stopping: &CancellationToken) -> (Request, Option<Pace>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let cut = Arc::new(AtomicU8::new(Cut::No as u8));
    let paced = |body| Body::new(BodyAround::new(body, Pacing::new(cut.clone(), stopping.clone())));
    (request.map(paced), Some(Pace(cut)))
}

impl Pace {
    /// The answer in place of the route's: 408 for a body that arrived too slowly, 503 for one that arrived while the server
    /// stops.
    pub fn refusal(&self) -> Option<Response> {
        let (status, message, code) = match self.0.load(Relaxed) {
            cut if cut == Cut::TooSlow as u8 => (
                StatusCode::REQUEST_TIMEOUT,
                "The request arrived too slowly. Try again on a better connection.",
                "too_slow",
            ),
            cut if cut == Cut::Stopping as u8 => (
                StatusCode::SERVICE_UNAVAILABLE,
                "This server is being restarted. Try again in 5 seconds.",
                "stopping",
            ),
            _ => return None,
        };
        let mut response = (status, Json(failure(message.to_owned(), code))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        Some(response)
    }
}

/// Has a body fail that arrives too slowly.
struct Pacing {
    cut: Arc<AtomicU8>,
    stopping: CancellationToken,
    /// Of the window: bytes that arrived, time spent waiting, and since when it waits now.
    received: usize,
    waited: Duration,
    waits_since: Option<Instant>,
    /// Whether it has waited at all.
    has_waited: bool,
    timer: Option<Pin<Box<Sleep>>>,
    stop: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Why a body failed; the layer's answer says it to the client.
#[derive(Debug, thiserror::Error)]
enum PaceError {
    #[error("the body arrived too slowly, or while the server stops")]
    Cut,
    #[error(transparent)]
    Body(#[from] axum::Error),
}

impl Pacing {
    fn new(cut: Arc<AtomicU8>, stopping: CancellationToken) -> Self {
        Self {
            cut,
            stopping,
            received: 0,
            waited: Duration::ZERO,
            waits_since: None,
            has_waited: false,
            timer: None,
            stop: None,
        }
    }

    fn fail(&self, cut: Cut) -> Polled<PaceError> {
        self.cut.store(cut as u8, Relaxed);
        Poll::Ready(Some(Err(PaceError::Cut)))
    }

    /// Ends the window once it is over; `false` if too little arrived in it.
    fn end_window(&mut self) -> bool {
        if self.waited < WINDOW {
            return true;
        }
        let is_enough = self.received >= LEAST_IN_WINDOW;
        (self.received, self.waited) = (0, Duration::ZERO);
        is_enough
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Polled<PaceError> {
        let stopping = self.stopping.clone();
        let stop = self.stop.get_or_insert_with(|| {
            Box::pin(async move {
                stopping.cancelled().await;
                sleep(STOP_GRACE).await;
            })
        });
        if stop.as_mut().poll(cx).is_ready() {
            return self.fail(Cut::Stopping);
        }
        loop {
            let since = *self.waits_since.get_or_insert_with(Instant::now);
            let deadline = since + (WINDOW - self.waited);
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.waited = WINDOW;
            self.waits_since = None;
            if !self.end_window() {
                return self.fail(Cut::TooSlow);
            }
        }
    }
}

impl Around for Pacing {
    type Error = PaceError;

    fn poll(&mut self, body: Pin<&mut Body>, cx: &mut Context<'_>) -> Polled<PaceError> {
        let Poll::Ready(frame) = body.poll_frame(cx) else {
            if std::mem::replace(&mut self.has_waited, true) {
                return self.poll_waiting(cx);
            }
            // The connection passes a body on once it is asked for, so that a short one is here the next time: without
            // timers.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        };
        if let Some(since) = self.waits_since.take() {
            self.waited = (self.waited + since.elapsed()).min(WINDOW);
        }
        let Some(frame) = frame else { return Poll::Ready(None) };
        if let Ok(frame) = &frame {
            self.received += frame.data_ref().map_or(0, Bytes::len);
        }
        if !self.end_window() {
            return self.fail(Cut::TooSlow);
        }
        Poll::Ready(Some(frame.map_err(PaceError::from)))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::to_bytes;
    use futures::{StreamExt, stream};

    use super::*;

    /// A body of pieces of `size` bytes, one every so many seconds; how it ends, and after how many seconds.
    async fn read(pieces: usize, size: usize, every: u64, stopping: &CancellationToken) -> (Cut, u64) {
        let pieces = stream::iter(0..pieces).then(move |_| async move {
            sleep(Duration::from_secs(every)).await;
            Ok::<_, Infallible>(Bytes::from(vec![0; size]))
        });
        let (cut, began) = (Arc::new(AtomicU8::new(0)), Instant::now());
        let body = BodyAround::new(Body::from_stream(pieces), Pacing::new(cut.clone(), stopping.clone()));
        let _ = to_bytes(Body::new(body), usize::MAX).await;
        let cut = match cut.load(Relaxed) {
            0 => Cut::No,
            1 => Cut::TooSlow,
            _ => Cut::Stopping,
        };
        (cut, began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn body_must_bring_a_kilobyte_a_second() {
        let running = CancellationToken::new();
        for (pieces, size, every, expected) in [
            (100, 1_100, 1, (Cut::No, 100)),
            (100, 40_000, 29, (Cut::No, 2_900)),
            (2, 1, 10, (Cut::No, 20)),
            (100, 1, 1, (Cut::TooSlow, 30)),
            (100, 900, 1, (Cut::TooSlow, 30)),
            (1, 1, 3_600, (Cut::TooSlow, 30)),
        ] {
            assert_eq!(read(pieces, size, every, &running).await, expected, "{pieces} of {size} B");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn body_has_a_grace_while_the_server_stops() {
        let stopping = CancellationToken::new();
        stopping.cancel();
        assert_eq!(read(2, 5_000, 1, &stopping).await, (Cut::No, 2));
        assert_eq!(read(100, 5_000, 1, &stopping).await, (Cut::Stopping, 3));
    }

    /// The server reads a piece, and is busy with it for an hour.
    #[tokio::test(start_paused = true)]
    async fn busy_server_is_not_the_clients_fault() {
        let pieces = stream::iter((0..4).map(|_| Ok::<_, Infallible>(Bytes::from_static(b"x"))));
        let cut = Arc::new(AtomicU8::new(0));
        let body =
            BodyAround::new(Body::from_stream(pieces), Pacing::new(cut.clone(), CancellationToken::new()));
        let mut pieces = Body::new(body).into_data_stream();
        while let Some(piece) = pieces.next().await {
            piece.expect("a piece");
            sleep(Duration::from_secs(3_600)).await;
        }
        assert_eq!(cut.load(Relaxed), Cut::No as u8);
    }
}
