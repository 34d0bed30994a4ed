//! Sends spans to a collector, named as the conventions of OpenTelemetry name them.

use std::{env, time::Duration};

use axum::http::HeaderMap;
use opentelemetry::{
    KeyValue,
    propagation::{Extractor, TextMapPropagator},
    trace::{SpanKind, Status, TracerProvider},
};
use opentelemetry_otlp::{OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, Registry, filter::Targets};

use crate::server::start_error::StartError;

/// How long the end of the program waits for the last spans.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends what is left when it is dropped.
#[derive(Debug)]
pub struct TracesGuard(SdkTracerProvider);

impl Drop for TracesGuard {
    fn drop(&mut self) {
        let _ = self.0.shutdown_with_timeout(FLUSH_TIMEOUT);
    }
}

/// The layer that makes spans of OpenTelemetry from those of the log; `None` unless a collector is named.
/// [`StartError`] where its address is none.
pub fn layer() -> Result<Option<(impl Layer<Registry>, TracesGuard)>, StartError> {
    let named = |variable| env::var(variable).is_ok_and(|address| !address.is_empty());
    if !named(OTEL_EXPORTER_OTLP_ENDPOINT) && !named(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) {
        return Ok(None);
    }
    // For a collector behind https. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .build()
        .map_err(|error| StartError::new(format!("{OTEL_EXPORTER_OTLP_ENDPOINT} cannot be used: {error}")))?;
    let mut resource = Resource::builder();
    if !named("OTEL_SERVICE_NAME") {
        resource = resource.with_service_name(env!("CARGO_PKG_NAME"));
    }
    let provider = SdkTracerProvider::builder()
        .with_resource(resource.build())
        .with_batch_exporter(Conventional(exporter))
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(env!("CARGO_PKG_NAME")))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(env!("CARGO_PKG_NAME"), Level::DEBUG));
    Ok(Some((layer, TracesGuard(provider))))
}

/// Makes the span a part of the trace that `traceparent` names (W3C Trace Context), if there is one.
pub fn continue_from(span: &Span, headers: &HeaderMap) {
    if headers.contains_key("traceparent") {
        let context = TraceContextPropagator::new().extract(&Headers(headers));
        // A disabled span has no trace.
        let _ = span.set_parent(context);
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

/// Renames what the log calls otherwise, before it is sent.
#[derive(Debug)]
struct Conventional(opentelemetry_otlp::SpanExporter);

impl SpanExporter for Conventional {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(rename);
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// A request becomes `GET /v/{link}`, a span of a server with the status of its answer
/// (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>); a script becomes a call of a database.
fn rename(span: &mut SpanData) {
    match &*span.name {
        "request" => rename_request(span),
        "script" => {
            let script = text_of(span, "script").unwrap_or_default();
            span.name = format!("EVALSHA {script}").into();
            span.span_kind = SpanKind::Client;
            rename_attribute(span, "script", "db.stored_procedure.name");
            span.attributes.push(KeyValue::new("db.system.name", "redis"));
        }
        _ => {}
    }
}

fn rename_request(span: &mut SpanData) {
    let (method, route) = (text_of(span, "method"), text_of(span, "route"));
    span.name = format!("{} {}", method.unwrap_or_default(), route.unwrap_or_default()).into();
    span.span_kind = SpanKind::Server;
    for (ours, conventional) in [
        ("method", "http.request.method"),
        ("route", "http.route"),
        ("id", "http.request.header.x-request-id"),
    ] {
        rename_attribute(span, ours, conventional);
    }
    let answered = span.events.iter().flat_map(|event| &event.attributes);
    let mut statuses = answered.filter(|field| field.key.as_str() == "status");
    if let Some(status) = statuses.find_map(|field| field.value.as_str().parse::<i64>().ok()) {
        span.attributes.push(KeyValue::new("http.response.status_code", status));
        if status >= 500 {
            span.status = Status::error("");
        }
    }
}

fn text_of(span: &SpanData, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|field| field.key.as_str() == name)?;
    Some(found.value.as_str().into_owned())
}

fn rename_attribute(span: &mut SpanData, from: &str, to: &'static str) {
    if let Some(field) = span.attributes.iter_mut().find(|field| field.key.as_str() == from) {
        field.key = to.into();
    }
}
