//! Security headers of every answer, as the [OWASP HTTP Headers Cheat Sheet][owasp] recommends them.
//!
//! [owasp]: https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::{AppState, client_address::Client};

/// A browser that has seen this over https asks for this host over https alone, for a year
/// ([RFC 6797](https://www.rfc-editor.org/rfc/rfc6797)). Without subdomains, which are not ours.
const HTTPS_ONLY: &str = "max-age=31536000";

/// Marks an answer that other sites may show in a frame, by a policy of its own.
#[derive(Clone)]
pub struct Framed;

/// Adds the headers that an answer does not set itself.
pub async fn add(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let client = Client::new(peer.ip(), request.headers(), &state.settings.trusted_proxies);
    let is_secure = client.secure || client.origin(&state.settings).starts_with("https://");
    let mut response = next.run(request).await;
    let is_framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    if is_secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
    let is_stream = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    for (name, value) in usual_headers() {
        // It knows no list of sites.
        if is_framed && name == header::X_FRAME_OPTIONS {
            continue;
        }
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
