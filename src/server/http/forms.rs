//! Forms without script: a server function that a plain `<form>` has sent is answered with a page to go to.
//!
//! The same function, called by a program or by an island, answers with its result.

use axum::http::{HeaderValue, header, request::Parts};
use leptos::prelude::{use_context, with_context};
use leptos_axum::{ResponseOptions, redirect};

use crate::error::AppError;

/// Goes on to `then` when all went well, and back to `back`, which then says what was wrong. Both are paths on
/// this server.
pub fn answer(result: Result<(), AppError>, then: &str, back: &str) -> Result<(), AppError> {
    let is_form = with_context::<Parts, _>(|parts| {
        let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    });
    let is_form = is_form.ok_or(AppError::Internal)?;
    if !is_form {
        return result;
    }
    match result {
        Ok(()) => redirect(then),
        Err(error) => {
            let and = if back.contains('?') { '&' } else { '?' };
            redirect(&format!("{back}{and}{}", error.as_query()));
        }
    }
    Ok(())
}

/// Adds cookies to the answer.
pub fn set_cookies(cookies: Vec<HeaderValue>) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for cookie in cookies {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }
}

/// A path on this server; what might lead elsewhere becomes the list of documents.
pub fn path_here(path: &str) -> &str {
    let leads_here = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if leads_here { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::path_here;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for (asked, path) in [
            ("/dashboard/a?x=1", "/dashboard/a?x=1"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nx: y", "/"),
            ("/ä", "/"),
        ] {
            assert_eq!(path_here(asked), path, "{asked:?}");
        }
    }
}
