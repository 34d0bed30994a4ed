//! Security headers of every answer, as the [OWASP HTTP Headers Cheat Sheet][owasp] recommends them.
//!
//! [owasp]: https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// A browser that has seen this over https asks for this host over https alone, for a year
/// ([RFC 6797](https://www.rfc-editor.org/rfc/rfc6797)). Without subdomains, which are not ours.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What an answer has that does not say otherwise.
const USUAL: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // The address of a link is a secret: a click must not send it to another site.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// Marks an answer that other sites may show in a frame, by a policy of its own.
#[derive(Clone)]
pub struct Framed;

/// Adds the headers that an answer does not set itself. `is_secure`: the client uses https.
pub fn add(response: &mut Response, is_secure: bool) {
    let is_framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    let is_stream = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    if is_secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    // The headers of a stream stay in memory while its dashboard is open, and all but this one concern pages.
    if is_stream {
        headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
        return;
    }
    // And one for the request's id: a map that grows is copied.
    headers.reserve(USUAL.len() + 1);
    for (name, value) in USUAL {
        // It knows no list of sites.
        if !(is_framed && name == header::X_FRAME_OPTIONS) {
            headers.entry(name).or_insert(value);
        }
    }
}
