//! Addresses that a chat or a mail has damaged: `/v/abc).` leads to `/v/abc`.
//!
//! Programs that make links out of text take the punctuation behind an address along, and people add a slash. No address
//! of the app ends in either, so what stands there is left out. The API, which this layer leaves out, is for programs: they
//! are told what is wrong.

use axum::{
    extract::Request,
    http::{Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::forms::path_here;

/// Redirects to the address without what cannot end it. For requests that change nothing.
pub async fn mend(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match mended(request.uri()).filter(|_| is_read) {
        Some(address) => {
            let headers = [(header::LOCATION, path_here(&address)), (header::CACHE_CONTROL, "no-store")];
            (StatusCode::PERMANENT_REDIRECT, headers).into_response()
        }
        None => next.run(request).await,
    }
}

/// The path and query of an address whose path ends in what cannot end it.
fn mended(uri: &Uri) -> Option<String> {
    let path = uri.path();
    let mended = trim(path);
    let cut = &path[mended.len()..];
    // A part of the path that is all punctuation leads nowhere without it: it is wrong, and not damaged.
    let is_whole_part = (mended == "/" || cut.starts_with('/')) && !cut.bytes().all(|byte| byte == b'/');
    if cut.is_empty() || is_whole_part {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{mended}{query}"))
}

/// A path up to the last character that can end an address of ours; `/` if there is none. Bytes that are percent-encoded
/// are looked at as what they stand for.
fn trim(path: &str) -> &str {
    let mut rest = path;
    while rest.len() > 1 {
        let (before, last) = split_last(rest);
        if last.is_some_and(ends_an_address) {
            return rest;
        }
        rest = before;
    }
    rest
}

/// What is before the last byte of a path, and that byte, which may be written as `%2F`.
fn split_last(path: &str) -> (&str, Option<u8>) {
    let encoded = path.len().checked_sub(3).and_then(|at| Some((path.get(..at)?, path.get(at..)?)));
    let encoded = encoded.and_then(|(before, encoded)| {
        Some((before, u8::from_str_radix(encoded.strip_prefix('%')?, 16).ok()?))
    });
    match encoded {
        Some((before, byte)) => (before, Some(byte)),
        None => (&path[..path.len().saturating_sub(1)], path.bytes().last()),
    }
}

/// Ids, names of files, and e-mail addresses end in these.
fn ends_an_address(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_end_an_address_is_left_out() {
        for (address, mended_to) in [
            ("/v/abc", None),
            ("/v/abc-", None),
            ("/v/abc_?p=2", None),
            ("/", None),
            ("/?page=2", None),
            ("/favicon.svg", None),
            ("/readers/ada%40example.com", None),
            ("/v/abc/", Some("/v/abc")),
            ("/v/abc//", Some("/v/abc")),
            ("/v/abc/?p=3", Some("/v/abc?p=3")),
            ("/v/abc.", Some("/v/abc")),
            ("/v/abc).", Some("/v/abc")),
            ("/v/abc%29%2E", Some("/v/abc")),
            ("/v/abc%20", Some("/v/abc")),
            ("/v/abc%E2%80%9D", Some("/v/abc")),
            ("/v/abc%3E", Some("/v/abc")),
            ("/v/abc,", Some("/v/abc")),
            ("/v/abc'", Some("/v/abc")),
            ("/v/abc*", Some("/v/abc")),
            ("/settings/", Some("/settings")),
            ("//", Some("/")),
            ("/v/%FF", None),
            ("/v/.", None),
            ("/.", None),
            ("/)", None),
        ] {
            let uri: Uri = address.parse().expect("an address");
            assert_eq!(mended(&uri).as_deref(), mended_to, "{address}");
        }
    }
}
