//! Security headers of every answer, as the OWASP HTTP Headers Cheat Sheet recommends them.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// Adds the headers that an answer does not bring itself.
pub async fn add(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let is_stream = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    for (name, value) in usual_headers() {
        // A connection keeps the headers of its stream in memory for as long as a dashboard is open, and all but
        // this one are about pages.
        if !is_stream || name == header::X_CONTENT_TYPE_OPTIONS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
    }
    response
}

fn usual_headers() -> [(HeaderName, &'static str); 6] {
    [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A link is a secret of those who have it: other sites do not learn it from a click.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ]
}
