//! Refuses what another site's page asks for in a visitor's or an owner's name.
//!
//! Browsers send cookies along with requests that other sites start; `SameSite=Lax` stops most of those, this
//! stops all that could change something, by what the browser says of where a request comes from
//! (`Sec-Fetch-Site`, else `Origin` against the host that was asked for). Programs send neither and pass: what
//! they do is theirs, and a page can not leave these headers out. GET, HEAD and OPTIONS change nothing here.
//!
//! Over plain http, other than on localhost, browsers send `Origin` alone. A proxy must then pass `Host` on as
//! it was, or `SIGHTLINE_PUBLIC_URL` must say what the public address is.

use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::{error::AppError, server::start_error::StartError};

/// Answers [`AppError::CrossSite`] in our envelope.
pub type CrossSite = CsrfLayer<fn(ProtectionError) -> Response>;

/// A layer for the whole router. Fails where the public address is not one.
pub fn layer(public_url: Option<&str>) -> Result<CrossSite, StartError> {
    let layer = CsrfLayer::new().with_rejection_response(refuse as fn(ProtectionError) -> Response);
    match public_url {
        Some(url) => layer
            .add_trusted_origin(as_browsers_write(url))
            .map_err(|error| StartError::new(format!("SIGHTLINE_PUBLIC_URL can not be used: {error}"))),
        None => Ok(layer),
    }
}

fn refuse(_: ProtectionError) -> Response {
    AppError::CrossSite.into_response()
}

/// In small letters, and without what browsers leave out: a slash at the end, and the port that is meant anyway.
fn as_browsers_write(url: &str) -> String {
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

    /// Sends a request to `read.example`, where everything that is let in is answered with "done".
    async fn send(public_url: Option<&str>, method: &str, headers: &[(&str, &str)]) -> Response {
        let layer = layer(public_url).expect("a good address");
        let router = Router::new().route("/", get("done").post("done").delete("done")).layer(layer);
        let mut request = Request::builder().method(method).uri("/").header("host", "read.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        router.oneshot(request).await.expect("the router can not fail")
    }

    async fn status(public_url: Option<&str>, method: &str, headers: &[(&str, &str)]) -> StatusCode {
        send(public_url, method, headers).await.status()
    }

    #[tokio::test]
    async fn a_change_that_another_site_asks_for_is_refused() {
        for headers in [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")][..],
            &[("sec-fetch-site", "cross-site")],
            // A neighbour under the same domain is another site all the same.
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
    async fn the_refusal_wears_the_envelope_of_every_error() {
        let response = send(None, "POST", &[("origin", "https://evil.example")]).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body = to_bytes(response.into_body(), 1_024).await.expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((&body["success"], &body["code"]), (&Value::from(false), &Value::from("cross_site")));
    }

    #[tokio::test]
    async fn our_own_pages_and_programs_pass() {
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
            // Typed, or from a bookmark.
            &[("sec-fetch-site", "none")],
            // curl.
            &[],
            &[("authorization", "Bearer key")],
        ] {
            assert_eq!(status(None, "POST", headers).await, 200, "{headers:?}");
        }
    }

    #[tokio::test]
    async fn what_only_reads_may_be_asked_for_from_anywhere() {
        let headers = [("sec-fetch-site", "cross-site"), ("origin", "https://chat.example")];
        assert_eq!(status(None, "GET", &headers).await, 200);
        assert_eq!(status(None, "HEAD", &headers).await, 200);
    }

    #[tokio::test]
    async fn the_public_address_is_ours_also_where_a_proxy_changes_the_host() {
        let ours = [("origin", "https://public.example")];
        assert_eq!(status(None, "POST", &ours).await, 403);
        for url in ["https://public.example", "https://Public.example:443/"] {
            assert_eq!(status(Some(url), "POST", &ours).await, 200, "{url}");
            assert_eq!(status(Some(url), "POST", &[("origin", "https://evil.example")]).await, 403);
        }
    }

    #[test]
    fn an_address_that_is_none_is_told_at_the_start() {
        for bad in ["public.example", "https://public.example/below", "ftp://public.example"] {
            let error = layer(Some(bad)).expect_err(bad);
            assert!(error.to_string().starts_with("SIGHTLINE_PUBLIC_URL can not be used"), "{error}");
        }
    }
}
