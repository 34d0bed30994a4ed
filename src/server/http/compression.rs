//! Compresses pages and JSON answers, by brotli or gzip, as the request's `Accept-Encoding` prefers.
//!
//! Nothing else is: pictures and files are compressed already, exports and event streams are sent piece by piece, and
//! built files lie compressed on the disk.
//!
//! The length of a compressed answer tells whether a text in the request repeats one in the answer, and a page of
//! another site can have a browser send many requests ([BREACH](https://www.breachattack.com)). What could be guessed so
//! are the addresses of links, titles and readers, beside a search or a filter of the address. So what another site
//! requests with cookies is compressed only where it chose no part of the request: a link's address without a query,
//! which is what visitors click in a mail or a chat.

use axum::{
    extract::Request,
    http::{Extensions, HeaderMap, StatusCode, Version, header},
};
use tower::{layer::util::Stack, util::MapRequestLayer};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{And, Predicate, SizeAbove},
    },
};

use crate::model::address::is_viewer;

/// A shorter answer is sent in one packet either way.
const MIN_SIZE: u64 = 1_024;

/// Of brotli's eleven levels and gzip's nine: the higher ones take several times as long for a few per cent.
const LEVEL: CompressionLevel = CompressionLevel::Precise(5);

/// Which answers are compressed.
type Compressible = And<SizeAbove, fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool>;

/// Compresses, but for what another site asks for.
pub type SafeCompression = Stack<CompressionLayer<Compressible>, MapRequestLayer<fn(Request) -> Request>>;

/// The layer, for routes with long answers.
pub fn layer() -> SafeCompression {
    let is_text: fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool =
        |_, _, headers, _| is_text(headers);
    let compress =
        CompressionLayer::new().quality(LEVEL).compress_when(SizeAbove::new(MIN_SIZE).and(is_text));
    Stack::new(compress, MapRequestLayer::new(accept_where_safe))
}

/// Removes `Accept-Encoding` from a request whose answer must not be compressed.
fn accept_where_safe(mut request: Request) -> Request {
    if !is_safe(&request) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    request
}

fn is_text(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    matches!(media_type, "text/html" | "application/json")
        && !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Whether another site could learn nothing from the length of the answer.
fn is_safe<B>(request: &axum::http::Request<B>) -> bool {
    let headers = request.headers();
    // Browsers say which site a request comes from, but for old ones, and over plain http.
    let is_own =
        headers.get("sec-fetch-site").is_some_and(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    let has_cookies = headers.contains_key(header::COOKIE);
    let uri = request.uri();
    is_own || !has_cookies || (uri.query().is_none() && is_viewer(uri.path()))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, Request};

    use super::*;

    #[test]
    fn only_pages_and_json_are_compressed() {
        for (media_type, compressed) in [
            ("text/html; charset=utf-8", true),
            ("text/html", true),
            ("application/json", true),
            ("text/event-stream", false),
            ("image/png", false),
            ("image/svg+xml", false),
            ("application/pdf", false),
            ("text/csv; charset=utf-8", false),
            ("application/x-ndjson", false),
            ("application/wasm", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
            assert_eq!(is_text(&headers), compressed, "{media_type}");
        }
        let headers = [(header::CONTENT_TYPE, "text/html"), (header::CONTENT_DISPOSITION, "attachment")];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        assert!(!is_text(&HeaderMap::from_iter(headers)), "a file");
    }

    #[test]
    fn what_another_site_asks_for_keeps_its_length() {
        for (address, headers, safe) in [
            ("/?q=a", &[("cookie", "a=b"), ("sec-fetch-site", "same-origin")][..], true),
            ("/?q=a", &[("cookie", "a=b"), ("sec-fetch-site", "none")], true),
            ("/?q=a", &[], true),
            ("/?q=a", &[("sec-fetch-site", "cross-site")], true),
            ("/?q=a", &[("cookie", "a=b"), ("sec-fetch-site", "cross-site")], false),
            ("/?q=a", &[("cookie", "a=b"), ("sec-fetch-site", "same-site")], false),
            ("/?q=a", &[("cookie", "a=b")], false),
            ("/api/documents", &[("cookie", "a=b"), ("sec-fetch-site", "cross-site")], false),
            ("/v/abc", &[("cookie", "a=b"), ("sec-fetch-site", "cross-site")], true),
            ("/v/abc?p=2", &[("cookie", "a=b"), ("sec-fetch-site", "cross-site")], false),
            ("/v/abc/download", &[("cookie", "a=b"), ("sec-fetch-site", "cross-site")], false),
            ("/nothing", &[("cookie", "a=b"), ("sec-fetch-site", "cross-site")], false),
        ] {
            let mut request = Request::get(address);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let request = request.body(()).expect("a request");
            assert_eq!(is_safe(&request), safe, "{address} {headers:?}");
        }
    }
}
