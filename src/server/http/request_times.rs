//! Times requests, by method, route template and status.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
};

use crate::server::instruments::{ActiveRequest, Requests, RouteRequests};

/// The route of what no route answers.
const NO_ROUTE: &str = "none";

/// The times of a route. Shared by its clones, of which each request has one.
#[derive(Clone)]
pub(super) struct RouteTimes(Arc<Times>);

struct Times {
    requests: Requests,
    /// Set by the first request.
    of_route: OnceLock<RouteRequests>,
}

/// A request that is being answered. It stops to count as active when it is dropped.
pub(super) struct TimedRequest {
    times: RouteTimes,
    method: &'static str,
    _active: ActiveRequest,
}

impl RouteTimes {
    /// Of a new route; `None` where requests are not timed.
    pub(super) fn of(requests: &Requests) -> Option<Self> {
        let times = Times { requests: requests.clone(), of_route: OnceLock::new() };
        requests.are_timed().then(|| Self(Arc::new(times)))
    }

    /// Begins a request.
    pub(super) fn begin(&self, request: &Request) -> TimedRequest {
        TimedRequest {
            _active: self.of_route(request).begin(),
            method: method_name(request.method()),
            times: self.clone(),
        }
    }

    fn of_route(&self, request: &Request) -> &RouteRequests {
        self.0.of_route.get_or_init(|| {
            let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str);
            self.0.requests.of_route(route)
        })
    }
}

impl TimedRequest {
    /// Counts the answer.
    pub(super) fn answered(self, status: u16, took: Duration) {
        if let Some(of_route) = self.times.0.of_route.get() {
            of_route.answered(self.method, status, took);
        }
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
