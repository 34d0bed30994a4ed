//! The request log: one line per request, and an id in all lines of a request and in its answer.
//!
//! The log names the route, not the address: an address can hold the id of a link or the token of the first account.

use std::{
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, MatchedPath, Request},
    http::{HeaderValue, Request as AnyRequest, header::HeaderName},
    response::Response,
};
use ipnet::IpNet;
use tower::ServiceBuilder;
use tower_http::{
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Span;

use super::{
    HttpSettings,
    client_address::is_trusted,
    request_times::{TimeRequests, method_name},
};

/// Set by clients and proxies that trace a request through several servers.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is accepted from a client, in characters.
const MAX_ID_LENGTH: usize = 64;

/// Adds the request log to all routes, and what times them.
pub(super) fn add(router: Router, times: Option<TimeRequests>, settings: &HttpSettings) -> Router {
    let (log_requests, trusted) = (settings.log_requests, settings.trusted_proxies.clone());
    let trace = TraceLayer::new_for_http()
        .make_span_with(request_span)
        .on_request(())
        .on_response(move |response: &Response, latency: Duration, _: &Span| {
            log_answer(response.status().as_u16(), latency, log_requests);
        })
        .on_body_chunk(())
        .on_eos(())
        // Errors are logged where they happen.
        .on_failure(());
    router.layer(
        ServiceBuilder::new()
            .map_request(move |request| drop_other_ids(request, &trusted))
            .layer(SetRequestIdLayer::new(X_REQUEST_ID, RandomIds::default()))
            .option_layer(times)
            .layer(trace)
            .layer(PropagateRequestIdLayer::new(X_REQUEST_ID)),
    )
}

/// Removes an id that no trusted proxy sent, or that is not safe to log; a made one replaces it. Anyone else could write an
/// address or a name into the log.
fn drop_other_ids(mut request: Request, trusted: &[IpNet]) -> Request {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_trusted = peer.is_some_and(|ConnectInfo(peer)| is_trusted(trusted, peer.ip()));
    if request.headers().get(X_REQUEST_ID).is_some_and(|id| !is_trusted || !is_valid(id)) {
        request.headers_mut().remove(X_REQUEST_ID);
    }
    request
}

fn is_valid(id: &HeaderValue) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:+/=".contains(byte);
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(allowed)
}

/// Makes ids of 64 bits that tell nothing of each other: a count under a keyed hash, as each request would otherwise
/// ask the system for randomness.
#[derive(Clone, Default)]
struct RandomIds(Arc<(RandomState, AtomicU64)>);

impl MakeRequestId for RandomIds {
    fn make_request_id<B>(&mut self, _: &AnyRequest<B>) -> Option<RequestId> {
        let (key, count) = &*self.0;
        let id = format!("{:016x}", key.hash_one(count.fetch_add(1, Relaxed)));
        HeaderValue::try_from(id).ok().map(RequestId::new)
    }
}

/// The span of a request, at the level of errors: a log at any level names the request.
fn request_span(request: &Request) -> Span {
    let id = request.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    tracing::error_span!("request", id, method = method_name(request.method()), route)
}

fn log_answer(status: u16, latency: Duration, at_info: bool) {
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
        let request = AnyRequest::new(());
        let mut ids = RandomIds::default();
        let mut make = || ids.make_request_id(&request).expect("an id").into_header_value();
        assert!(is_valid(&make()));
        assert_ne!(make(), make());
    }
}
