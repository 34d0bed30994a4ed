//! Requests by method, route and status.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use super::durations::{Durations, Totals};

/// All requests. Cheap to clone.
#[derive(Clone)]
pub struct Requests {
    are_timed: bool,
    by_route: Family<RequestLabels, Durations>,
    active: Gauge,
    all: Durations,
}

/// By the names of
/// [OpenTelemetry](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration).
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    http_request_method: &'static str,
    http_route: Arc<str>,
    http_response_status_code: u16,
}

/// The requests of one route. It finds the histogram of a method and a status in a short list, without hashing or
/// allocating.
pub struct RouteRequests {
    requests: Requests,
    route: Arc<str>,
    known: RwLock<Vec<(&'static str, u16, Durations)>>,
}

/// Counts as an active request until it is dropped.
#[must_use = "it ends when dropped"]
pub struct ActiveRequest(Gauge);

impl Requests {
    pub(super) fn new(are_timed: bool) -> Self {
        Self { are_timed, by_route: Family::default(), active: Gauge::default(), all: Durations::default() }
    }

    /// Whether requests are timed at all.
    pub fn are_timed(&self) -> bool {
        self.are_timed
    }

    /// The requests of a route; `route` is its template.
    pub fn of_route(&self, route: &str) -> RouteRequests {
        RouteRequests { requests: self.clone(), route: route.into(), known: RwLock::default() }
    }

    /// How long all took until the head of their answer.
    pub fn totals(&self) -> Totals {
        self.all.totals()
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_server_request_duration_seconds",
            "How long requests took until the head of their answer",
            self.by_route.clone(),
        );
        registry.register(
            "http_server_active_requests",
            "Requests whose answer has not begun",
            self.active.clone(),
        );
    }
}

impl RouteRequests {
    /// Begins a request.
    pub fn begin(&self) -> ActiveRequest {
        self.requests.active.inc();
        ActiveRequest(self.requests.active.clone())
    }

    /// Counts an answer.
    pub fn answered(&self, method: &'static str, status: u16, took: Duration) {
        self.requests.all.observe(took);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(of, with, _)| *with == status && *of == method);
        if let Some((.., durations)) = found {
            return durations.observe(took);
        }
        drop(known);
        let labels = RequestLabels {
            http_request_method: method,
            http_route: self.route.clone(),
            http_response_status_code: status,
        };
        let durations = self.requests.by_route.get_or_create(&labels).clone();
        durations.observe(took);
        // Another request may have added it meanwhile: the same once more, which is found just as well.
        self.known.write().unwrap_or_else(PoisonError::into_inner).push((method, status, durations));
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.dec();
    }
}
