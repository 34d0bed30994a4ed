//! The request log: one line per request, and an id in all lines of a request and in its answer.
//!
//! The log names the route, not the address: an address can hold the id of a link or the token of the first account.

use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    pin::Pin,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Context,
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderValue, header::HeaderName},
    response::Response,
};
use ipnet::IpNet;
use tracing::Span;

use super::{
    body_around::{Around, BodyAround, Polled, is_made_while_sent},
    client_address::is_trusted,
    request_times::method_name,
};
use crate::server::traces;

/// Set by clients and proxies that trace a request through several servers.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is accepted from a client, in characters.
const MAX_ID_LENGTH: usize = 64;

/// The id of a request: the one that a trusted proxy sent, if that is safe to log, otherwise a new one. Anyone else could
/// write an address or a name into the log.
pub(super) fn id(headers: &HeaderMap, peer: Option<IpAddr>, trusted: &[IpNet]) -> HeaderValue {
    let sent = headers.get(X_REQUEST_ID).filter(|id| is_valid(id));
    let sent = sent.filter(|_| peer.is_some_and(|peer| is_trusted(trusted, peer)));
    sent.cloned().unwrap_or_else(new_id)
}

fn is_valid(id: &HeaderValue) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:+/=".contains(byte);
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(allowed)
}

/// An id of 64 bits that tells nothing of others: a count under a keyed hash, as each request would otherwise ask the
/// system for randomness.
fn new_id() -> HeaderValue {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let hash = KEY.hash_one(COUNT.fetch_add(1, Relaxed));
    let digits: [u8; 16] =
        std::array::from_fn(|place| b"0123456789abcdef"[(hash >> (60 - 4 * place)) as usize & 15]);
    // Fails only for bytes that no header can have.
    HeaderValue::from_bytes(&digits).unwrap_or(HeaderValue::from_static("-"))
}

/// The span of a request, at the level of errors: a log at any level names the request. It is a part of the trace that a
/// trusted proxy names; anyone else could write into another's.
pub(super) fn span(id: &HeaderValue, request: &Request, peer: Option<IpAddr>, trusted: &[IpNet]) -> Span {
    let id = id.to_str().unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    let span = tracing::error_span!("request", id, method = method_name(request.method()), route);
    if peer.is_some_and(|peer| is_trusted(trusted, peer)) {
        traces::continue_from(&span, request.headers());
    }
    span
}

/// Tells the client the id.
pub(super) fn set_id(response: &mut Response, id: HeaderValue) {
    response.headers_mut().insert(X_REQUEST_ID, id);
}

/// Has what is logged while a body is sent piece by piece name the request. An event stream is left alone: what it sends is
/// made elsewhere, and it would keep the span in memory for hours.
pub(super) fn follow_body(response: Response, span: &Span) -> Response {
    if !is_made_while_sent(&response) {
        return response;
    }
    let span = span.clone();
    response.map(|body| Body::new(BodyAround::new(body, span)))
}

impl Around for Span {
    type Error = axum::Error;

    fn poll(&mut self, body: Pin<&mut Body>, cx: &mut Context<'_>) -> Polled<axum::Error> {
        let _entered = self.enter();
        body.poll_frame(cx)
    }
}

/// Logs an answer, inside the request's span.
pub(super) fn log_answer(status: u16, latency: Duration, at_info: bool) {
    let ms = latency.as_secs_f64() * 1_000.0;
    if status == 500 {
        // The cause is a line of its own where it is known.
        tracing::error!("a request is answered 500");
    }
    if at_info {
        tracing::info!(status, ms, "answered");
    } else {
        tracing::debug!(status, ms, "answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_1_to_64_safe_characters() {
        let longest = "x".repeat(MAX_ID_LENGTH);
        let trace = "Root=1-67891233-abcdef012345678912345678";
        for (id, valid) in [
            ("a", true),
            (longest.as_str(), true),
            (trace, true),
            ("", false),
            (&format!("{longest}x"), false),
            ("two words", false),
            ("a\tb", false),
            ("{id}", false),
            ("\"", false),
        ] {
            assert_eq!(is_valid(&HeaderValue::from_str(id).expect("a header")), valid, "{id:?}");
        }
        assert!(!is_valid(&HeaderValue::from_bytes(b"\xff").expect("a header")));
    }

    #[test]
    fn made_ids_are_valid_and_differ() {
        let (id, other) = (new_id(), new_id());
        assert!(is_valid(&id) && id.len() == 16, "{id:?}");
        assert_ne!(id, other);
    }
}
