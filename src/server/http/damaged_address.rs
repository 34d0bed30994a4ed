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

/// The longest name of a file, in bytes, on the usual file systems. No part of an address of ours is longer.
const MAX_NAME: usize = 255;

/// Redirects to the address without what cannot end it. For requests that change nothing.
///
/// What is no path at all, such as `*`, or has a part that no file can be named, is led to an address where nothing is:
/// the system would refuse to look it up.
pub async fn mend(mut request: Request, next: Next) -> Response {
    if is_impossible(request.uri().path()) {
        let nowhere = if request.uri().path().starts_with("/api/") { "/api/-" } else { "/-" };
        *request.uri_mut() = Uri::from_static(nowhere);
        return next.run(request).await;
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match mended(request.uri()).filter(|_| is_read) {
        Some(address) => {
            let headers = [(header::LOCATION, path_here(&address)), (header::CACHE_CONTROL, "no-store")];
            (StatusCode::PERMANENT_REDIRECT, headers).into_response()
        }
        None => next.run(request).await,
    }
}

fn is_impossible(path: &str) -> bool {
    let is_no_name = |part: &str| {
        part == ".." || decoded_bytes(part).any(|(position, byte)| position >= MAX_NAME || byte == 0)
    };
    !path.starts_with('/') || path.split('/').any(is_no_name)
}

/// The bytes of a part of a path, counted, those that are percent-encoded as what they stand for.
fn decoded_bytes(part: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut rest = part.as_bytes();
    std::iter::from_fn(move || {
        let digits = rest.strip_prefix(b"%").and_then(|rest| std::str::from_utf8(rest.get(..2)?).ok());
        let (byte, length) = match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => (byte, 3),
            None => (*rest.first()?, 1),
        };
        rest = &rest[length..];
        Some(byte)
    })
    .enumerate()
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

    #[test]
    fn part_longer_than_a_name_is_impossible() {
        let (name, too_long) = ("x".repeat(255), "x".repeat(256));
        let (encoded, encoded_too_long) = ("%C3%A4".repeat(127), "%C3%A4".repeat(128));
        for (path, impossible) in [
            ("/".to_owned(), false),
            ("*".to_owned(), true),
            (String::new(), true),
            (format!("/{name}"), false),
            (format!("/v/{name}/{name}"), false),
            (format!("/v/{too_long}"), true),
            (format!("/readers/{encoded}"), false),
            (format!("/readers/{encoded_too_long}"), true),
            ("/a%00b".to_owned(), true),
            ("/v/../..".to_owned(), true),
            ("/v/..a".to_owned(), false),
            ("/%".to_owned(), false),
        ] {
            assert_eq!(is_impossible(&path), impossible, "{path}");
        }
    }
}
