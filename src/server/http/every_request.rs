//! What happens to every request, whatever its route.
//!
//! One service around each route, and not a stack of layers: a router copies all layers of a route for each request, and a
//! heartbeat is short.

use std::{
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, DefaultBodyLimit, Request},
    http::HeaderValue,
    response::Response,
};
use pin_project_lite::pin_project;
use tower::{Layer, Service};
use tracing::Span;

use super::{
    AppState, MAX_BODY,
    body_pace::{self, Pace},
    client_address::Client,
    cross_site::{self, Mismatch},
    request_log,
    request_times::{RouteTimes, TimedRequest},
    requester::Identity,
    security_headers,
};

/// The layer. A router puts it around each of its routes.
#[derive(Clone)]
pub(super) struct EveryRequest(pub(super) AppState);

/// A route, and what happens before and after it.
#[derive(Clone)]
pub(super) struct EveryRoute<S> {
    route: S,
    state: AppState,
    times: Option<RouteTimes>,
}

impl<S> Layer<S> for EveryRequest {
    type Service = EveryRoute<S>;

    fn layer(&self, route: S) -> EveryRoute<S> {
        let requests = &self.0.services.monitoring.instruments.requests;
        EveryRoute { route, state: self.0.clone(), times: RouteTimes::of(requests) }
    }
}

impl<S: Service<Request, Response = Response>> Service<Request> for EveryRoute<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.route.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Answering<S::Future> {
        let (state, began) = (&self.state, Instant::now());
        let trusted = &state.settings.trusted_proxies;
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let id = request_log::id(request.headers(), peer, trusted);
        let span = request_log::span(&id, &request, peer, trusted);
        let timed = self.times.as_ref().map(|times| times.begin(&request));
        let mut is_secure = false;
        if let Some(peer) = peer {
            cross_site::believe_proxy(peer, request.headers_mut(), trusted);
            let client = Client::new(peer, request.headers(), trusted);
            is_secure = client.is_secure(&state.settings);
            let identity = Identity::read(state, client, &request);
            request.extensions_mut().insert(identity);
        }
        let mismatch = Mismatch::of(request.method(), request.uri(), request.headers());
        // A route may set another.
        DefaultBodyLimit::max(MAX_BODY).apply(&mut request);
        let (request, pace) = body_pace::limit(request, &state.stopping);
        let after = After { state: state.clone(), began, id, timed, is_secure, mismatch, pace };
        Answering { answer: self.route.call(request), span, after: Some(after) }
    }
}

/// What is needed once a request is answered.
struct After {
    state: AppState,
    began: Instant,
    id: HeaderValue,
    timed: Option<TimedRequest>,
    is_secure: bool,
    mismatch: Option<Mismatch>,
    pace: Option<Pace>,
}

impl After {
    fn finish(self, response: Response) -> Response {
        let mut response = self.pace.and_then(|pace| pace.refusal()).unwrap_or(response);
        if let Some(mismatch) = &self.mismatch {
            self.state.refused_visits.note(mismatch, &response);
        }
        security_headers::add(&mut response, self.is_secure);
        request_log::set_id(&mut response, self.id);
        let (status, took) = (response.status().as_u16(), self.began.elapsed());
        if let Some(timed) = self.timed {
            timed.answered(status, took);
        }
        request_log::log_answer(status, took, self.state.settings.log_requests);
        response
    }
}

pin_project! {
    /// The answer to a request, while its route makes it.
    pub(super) struct Answering<F> {
        #[pin]
        answer: F,
        span: Span,
        // Taken with the answer; dropped with the future when the client hangs up first.
        after: Option<After>,
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for Answering<F> {
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = this.span.enter();
        let response = ready!(this.answer.poll(cx))?;
        Poll::Ready(Ok(match this.after.take() {
            Some(after) => request_log::follow_body(after.finish(response), this.span),
            None => response,
        }))
    }
}
