//! Refuses requests that another site's page sends with a visitor's or an owner's cookies (cross-site request forgery).
//!
//! Browsers send cookies along with requests that other sites start. `SameSite=Lax` stops most of those; this layer
//! stops all that could change something, by the headers with which the browser names the source: `Sec-Fetch-Site`
//! ([Fetch Metadata](https://www.w3.org/TR/fetch-metadata/)), else `Origin` compared to `Host`. Programs send neither
//! and pass; a page cannot omit these headers. GET, HEAD and OPTIONS pass: they change nothing here.
//!
//! Over plain http, except on localhost, browsers send `Origin` alone. A proxy must then pass `Host` on unchanged, or be
//! trusted and send `X-Forwarded-Host`, or `SIGHTLINE_PUBLIC_URL` must name the public address.

mod refused_visits;

use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

pub use self::refused_visits::{Mismatch, RefusedVisits, believe_proxy};
use crate::{error::AppError, server::start_error::StartError};

/// The layer; it answers [`AppError::CrossSite`] in the error envelope.
pub type CrossSite = CsrfLayer<fn(ProtectionError) -> Response>;

/// Makes the layer for all routes. [`StartError`] when `public_url` is not an origin.
pub fn layer(public_url: Option<&str>) -> Result<CrossSite, StartError> {
    if let Some(path) = public_url.and_then(path_of) {
        return Err(StartError::new(format!(
            "SIGHTLINE_PUBLIC_URL cannot be used: it has the path {path}, and Sightline cannot be served below a path. Give \
             it a host of its own, such as https://read.example.org."
        )));
    }
    let layer = CsrfLayer::new().with_rejection_response(refuse as fn(ProtectionError) -> Response);
    match public_url {
        Some(url) => layer
            .add_trusted_origin(normalise_origin(url))
            .map_err(|error| StartError::new(format!("SIGHTLINE_PUBLIC_URL cannot be used: {error}"))),
        None => Ok(layer),
    }
}

/// The path of a URL; `None` for a URL without one, or that is none.
fn path_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    (!path.trim_matches('/').is_empty()).then_some(path)
}

fn refuse(_: ProtectionError) -> Response {
    AppError::CrossSite.into_response()
}

/// An origin as browsers write it: in lower case, without a slash at the end and without the scheme's default port.
fn normalise_origin(url: &str) -> String {
    let url = url.trim_end_matches('/').to_ascii_lowercase();
    let port = if url.starts_with("https:") { ":443" } else { ":80" };
    url.strip_suffix(port).unwrap_or(&url).to_owned()
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, StatusCode},
        routing::get,
    };
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    /// Sends a request to `read.example`; one that passes is answered "done".
    async fn send(public_url: Option<&str>, method: &str, headers: &[(&str, &str)]) -> Response {
        let layer = layer(public_url).expect("a good address");
        let router = Router::new().route("/", get("done").post("done").delete("done")).layer(layer);
        let mut request = Request::builder().method(method).uri("/").header("host", "read.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        router.oneshot(request).await.expect("the router cannot fail")
    }

    async fn status(public_url: Option<&str>, method: &str, headers: &[(&str, &str)]) -> StatusCode {
        send(public_url, method, headers).await.status()
    }

    #[tokio::test]
    async fn change_from_another_site_is_refused() {
        for headers in [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")][..],
            &[("sec-fetch-site", "cross-site")],
            // Another host of the same domain is another origin.
            &[("sec-fetch-site", "same-site"), ("origin", "https://blog.read.example")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://read.example.evil.example")],
            &[("origin", "https://read.example:8443")],
            // A sandboxed frame, or a file on a disk.
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site"), ("authorization", "Bearer key")],
        ] {
            for method in ["POST", "DELETE"] {
                assert_eq!(status(None, method, headers).await, 403, "{method} {headers:?}");
            }
        }
    }

    #[tokio::test]
    async fn refusal_uses_the_error_envelope() {
        let response = send(None, "POST", &[("origin", "https://evil.example")]).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body = to_bytes(response.into_body(), 1_024).await.expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((&body["success"], &body["code"]), (&Value::from(false), &Value::from("cross_site")));
    }

    #[tokio::test]
    async fn own_pages_and_programs_pass() {
        for headers in [
            &[("sec-fetch-site", "same-origin"), ("origin", "https://read.example")][..],
            // A beacon.
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://read.example"),
                ("content-type", "text/plain;charset=UTF-8"),
            ],
            // A browser without Sec-Fetch-Site, or plain http.
            &[("origin", "http://read.example"), ("content-type", "text/plain")],
            // An address that was typed, or a bookmark.
            &[("sec-fetch-site", "none")],
            // curl.
            &[],
            &[("authorization", "Bearer key")],
        ] {
            assert_eq!(status(None, "POST", headers).await, 200, "{headers:?}");
        }
    }

    #[tokio::test]
    async fn reads_pass_from_any_site() {
        let headers = [("sec-fetch-site", "cross-site"), ("origin", "https://chat.example")];
        assert_eq!(status(None, "GET", &headers).await, 200);
        assert_eq!(status(None, "HEAD", &headers).await, 200);
    }

    #[tokio::test]
    async fn public_url_passes_behind_a_proxy_that_changes_the_host() {
        let ours = [("origin", "https://public.example")];
        assert_eq!(status(None, "POST", &ours).await, 403);
        for url in ["https://public.example", "https://Public.example:443/"] {
            assert_eq!(status(Some(url), "POST", &ours).await, 200, "{url}");
            assert_eq!(status(Some(url), "POST", &[("origin", "https://evil.example")]).await, 403);
        }
    }

    #[test]
    fn invalid_public_url_fails_at_startup() {
        for bad in ["public.example", "https://public.example/below", "ftp://public.example"] {
            let error = layer(Some(bad)).expect_err(bad);
            assert!(error.to_string().starts_with("SIGHTLINE_PUBLIC_URL cannot be used"), "{error}");
            assert_eq!(error.to_string().contains("below a path"), bad.ends_with("/below"), "{error}");
        }
    }
}
