//! Times requests, by method, route template and status.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    response::Response,
};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::server::instruments::{ActiveRequest, Requests, RouteRequests};

/// The route of what no route answers.
const NO_ROUTE: &str = "none";

/// Times the requests of a router. A router puts it around each of its routes.
#[derive(Clone)]
pub(super) struct TimeRequests(pub(super) Requests);

/// A route and its times.
#[derive(Clone)]
pub(super) struct TimedRoute<S> {
    inner: S,
    requests: Requests,
    /// Shared by all clones of the route, of which each request has one. Set by the first.
    times: Arc<OnceLock<RouteRequests>>,
}

impl<S> Layer<S> for TimeRequests {
    type Service = TimedRoute<S>;

    fn layer(&self, inner: S) -> TimedRoute<S> {
        TimedRoute { inner, requests: self.0.clone(), times: Arc::default() }
    }
}

impl<S: Service<Request, Response = Response<B>>, B> Service<Request> for TimedRoute<S> {
    type Response = Response<B>;
    type Error = S::Error;
    type Future = TimedAnswer<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> TimedAnswer<S::Future> {
        let times = self.times.clone();
        let active = times
            .get_or_init(|| {
                let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str);
                self.requests.of_route(route)
            })
            .begin();
        let method = method_name(request.method());
        TimedAnswer {
            inner: self.inner.call(request),
            times,
            method,
            began: Instant::now(),
            active: Some(active),
        }
    }
}

pin_project! {
    /// The answer to a request that is timed.
    pub(super) struct TimedAnswer<F> {
        #[pin]
        inner: F,
        times: Arc<OnceLock<RouteRequests>>,
        method: &'static str,
        began: Instant,
        // Ends with the future too, when the client hangs up first.
        active: Option<ActiveRequest>,
    }
}

impl<F: Future<Output = Result<Response<B>, E>>, B, E> Future for TimedAnswer<F> {
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.project();
        let response = ready!(answer.inner.poll(cx))?;
        if let Some(times) = answer.times.get() {
            times.answered(answer.method, response.status().as_u16(), answer.began.elapsed());
        }
        answer.active.take();
        Poll::Ready(Ok(response))
    }
}

/// A method by its own name if it is one that HTTP knows: a client may send any word.
pub(super) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "_OTHER",
    }
}
