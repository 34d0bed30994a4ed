//! Security headers of every answer, as the [OWASP HTTP Headers Cheat Sheet][owasp] recommends them.
//!
//! [owasp]: https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// Adds the headers that an answer does not set itself.
pub fn add(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let is_stream = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    for (name, value) in usual_headers() {
        // The headers of a stream stay in memory while its dashboard is open, and all but this one concern pages.
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
        // The address of a link is a secret: a click must not send it to another site.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ]
}
