//! Traces, as a collector of OpenTelemetry receives them; in builds with the feature `otlp`: `./make traces`.

use std::collections::HashMap;

use serde_json::Value;

use crate::support::{
    program::{Server, data_with_document, request, sightline},
    receiver::WebhookReceiver,
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A span that the collector was sent.
#[derive(Debug)]
struct Span {
    name: String,
    trace: String,
    kind: i64,
    attributes: HashMap<String, String>,
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whichever of the kinds of value it is, as text.
fn value(attribute: &Value) -> String {
    let kinds = attribute["value"].as_object().expect("a value");
    text(kinds.values().next().expect("one kind"))
}

fn spans(collector: &WebhookReceiver) -> Vec<Span> {
    let mut spans = Vec::new();
    for received in collector.received() {
        for resource in received.json()["resourceSpans"].as_array().expect("resources") {
            for scope in resource["scopeSpans"].as_array().expect("scopes") {
                spans.extend(scope["spans"].as_array().expect("spans").iter().map(|span| {
                    Span {
                        name: text(&span["name"]),
                        trace: text(&span["traceId"]),
                        kind: span["kind"].as_i64().expect("a kind"),
                        attributes: (span["attributes"].as_array().into_iter().flatten())
                            .map(|attribute| (text(&attribute["key"]), value(attribute)))
                            .collect(),
                    }
                }));
            }
        }
    }
    spans
}

/// Whatever a trace could tell of a person or a link.
fn told(collector: &WebhookReceiver) -> String {
    collector.received().into_iter().map(|received| received.body).collect()
}

#[tokio::test]
async fn requests_and_their_scripts_are_spans_of_the_callers_trace() {
    let collector = WebhookReceiver::start().await;
    let data = data_with_document().await;
    let mut program = sightline(&["serve"], data.path());
    program
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .env("SIGHTLINE_TRUSTED_PROXIES", "127.0.0.1/32");
    let server = Server::start_as(program).await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let headers = [("traceparent", parent), ("x-forwarded-for", "203.0.113.9".to_owned())];
    let page = request(&server.addr().to_string(), "/v/doc/pages/1", &headers).await;
    assert_eq!(page.status, 200, "{page}");
    server.act_ok("doc", "join", "traced-session").await;
    assert_eq!(server.get("/setup/a-secret-token").await.status, 404);
    server.signal("TERM").await;
    server.wait_for_exit().await;

    let spans = spans(&collector);
    let of = |name: &str| {
        spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:#?}"))
    };
    let picture = of("GET /v/{link}/pages/{page}");
    assert_eq!((picture.trace.as_str(), picture.kind), (TRACE, 2), "a server's span");
    for (key, expected) in [
        ("http.request.method", "GET"),
        ("http.route", "/v/{link}/pages/{page}"),
        ("http.response.status_code", "200"),
        ("http.request.header.x-request-id", page.header("x-request-id")),
    ] {
        assert_eq!(picture.attributes.get(key).map(String::as_str), Some(expected), "{key}");
    }
    let join = of("POST /api/send/realtime/{link}");
    assert_ne!(join.trace, TRACE, "it has a trace of its own");
    let script = spans.iter().find(|span| span.name == "EVALSHA join" && span.trace == join.trace);
    let script = script.unwrap_or_else(|| panic!("{spans:#?}"));
    assert_eq!((script.kind, script.attributes["db.system.name"].as_str()), (3, "redis"), "a client's span");
    assert_eq!(of("GET /setup/{token}").attributes["http.response.status_code"], "404");
    let told = told(&collector);
    for secret in ["a-secret-token", "traced-session", "/v/doc", "203.0.113.9"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

#[tokio::test]
async fn collector_that_is_away_costs_no_request() {
    let data = data_with_document().await;
    let mut program = sightline(&["serve"], data.path());
    // Port 9 discards; nothing listens there.
    program.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let server = Server::start_as(program).await;
    server.act_ok("doc", "join", "untraced").await;
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn address_that_is_none_fails_at_the_start() {
    let data = data_with_document().await;
    let mut program = sightline(&["serve"], data.path());
    program.env("OTEL_EXPORTER_OTLP_ENDPOINT", "no address");
    let output = program.output().await.expect("the program runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used"), "{said}");
}
