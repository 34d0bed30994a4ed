//! `Idempotency-Key`: a POST that makes something makes it once, however often it is sent
//! ([draft-ietf-httpapi-idempotency-key-header](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header)).
//!
//! The first request with a key runs. Sent again by the same owner within 24 hours, it gets the first one's answer; 409
//! while that runs; 422 with another address or body. A request that fails makes nothing: its key can be used again.
//!
//! An answer with a secret is not kept, and neither is the body: only a digest of it, made with the server's key, because
//! a body may hold a password that is guessed.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{Extensions, HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use tracing::Instrument;

use super::NO_STORE;
use crate::{
    error::AppError,
    model::{Invalid, MAX_FILE_SIZE, failure},
    server::{
        http::{AppState, keyed_digest::KeyedDigest, requester::Identity},
        services::{Kept, Known},
    },
};

/// The header's name.
pub(super) const HEADER: &str = "idempotency-key";
/// The longest key, in characters.
const MAX_KEY_LENGTH: usize = 255;
/// The largest answer that is kept, in bytes.
const MAX_ANSWER: usize = 16 * 1024;

/// Marks an answer that holds a secret, which is shown once.
#[derive(Clone)]
pub(super) struct Secret;

/// Why a request with a key is not carried out.
pub(super) const REFUSALS: [(StatusCode, &str, &str); 3] = [
    (
        StatusCode::CONFLICT,
        "still_running",
        "A request with this Idempotency-Key is still running. Send it again shortly.",
    ),
    (
        StatusCode::CONFLICT,
        "already_made",
        "The request with this Idempotency-Key was carried out. Its answer cannot be repeated, because it was shown once.",
    ),
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        "key_reused",
        "This Idempotency-Key belongs to another request. Use a new key for each.",
    ),
];

/// The layer of routes that make something.
pub(super) async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match begin(&state, request.headers(), request.extensions()).await {
        Ok(None) => next.run(request).await,
        Ok(Some(Known::Running)) => refuse(0),
        Ok(Some(Known::Done(kept))) => repeat(&state, kept, request).await,
        Ok(Some(Known::Nothing(run))) => {
            // A task of its own: a client that disconnects finds its answer when it asks again.
            let made = tokio::spawn(
                async move {
                    let (request, fingerprint) = fingerprinted(&state, request);
                    let (response, kept) = keep(next.run(request).await, &fingerprint).await;
                    state.services.made_once.end(&run, kept.as_ref()).await;
                    response
                }
                .in_current_span(),
            );
            made.await.unwrap_or_else(|_| AppError::Internal.into_response())
        }
        Err(error) => error.into_response(),
    }
}

/// What is known of the request's key. `None`: it has none, or is not an owner's; then its handler says so.
async fn begin(
    state: &AppState,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Option<Known>, AppError> {
    let Some(key) = key(headers)? else { return Ok(None) };
    let requester = Identity::of(extensions)?.requester(state).await?;
    match requester.owner() {
        Ok(_) => state.services.made_once.begin(key, &requester).await.map(Some),
        Err(_) => Ok(None),
    }
}

/// The key: a string of [RFC 8941](https://www.rfc-editor.org/rfc/rfc8941#section-3.3.3), with or without its quotation
/// marks.
fn key(headers: &HeaderMap) -> Result<Option<&str>, Invalid> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if (1..=MAX_KEY_LENGTH).contains(&key.len()) && !key.contains(['"', '\\']) {
        Ok(Some(key))
    } else {
        let rule = format!(
            "must be 1 to {MAX_KEY_LENGTH} characters of ASCII without quotation marks and backslashes"
        );
        Err(Invalid::new("Idempotency-Key", rule))
    }
}

/// The answer of the first request, if this one asks the same.
async fn repeat(state: &AppState, kept: Kept, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut hash = begin_fingerprint(state, &parts);
    let (mut bytes, mut rest) = (body.into_data_stream(), MAX_FILE_SIZE as usize);
    loop {
        match bytes.try_next().await {
            Ok(Some(piece)) if piece.len() <= rest => {
                rest -= piece.len();
                hash.update(&piece);
            }
            Ok(None) => break,
            Ok(Some(_)) => return refuse(2),
            Err(_) => return AppError::BadRequest("The body is incomplete.".to_owned()).into_response(),
        }
    }
    if hash.end(state) != kept.fingerprint {
        return refuse(2);
    }
    let Some((status, body)) = kept.answer else { return refuse(1) };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    (status, NO_STORE, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn refuse(refusal: usize) -> Response {
    let (status, code, words) = REFUSALS[refusal];
    let answer = (status, NO_STORE, Json(failure(words.to_owned(), code)));
    if refusal == 0 { ([(header::RETRY_AFTER, "1")], answer).into_response() } else { answer.into_response() }
}

/// The request, whose fingerprint is there once its body has been read.
fn fingerprinted(state: &AppState, request: Request) -> (Request, impl Fn() -> String + use<>) {
    let (parts, body) = request.into_parts();
    let hash = Arc::new(Mutex::new(begin_fingerprint(state, &parts)));
    let read = hash.clone();
    let body = body.into_data_stream().inspect_ok(move |piece: &Bytes| {
        read.lock().unwrap_or_else(PoisonError::into_inner).update(piece);
    });
    let state = state.clone();
    let fingerprint = move || hash.lock().unwrap_or_else(PoisonError::into_inner).clone().end(&state);
    (Request::from_parts(parts, Body::from_stream(body)), fingerprint)
}

/// What is kept of an answer: of an error nothing, and of a secret not the answer.
async fn keep(response: Response, fingerprint: &impl Fn() -> String) -> (Response, Option<Kept>) {
    if !response.status().is_success() {
        return (response, None);
    }
    let is_secret = response.extensions().get::<Secret>().is_some();
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return (AppError::Internal.into_response(), None);
    };
    let text = std::str::from_utf8(&bytes).ok().filter(|text| !is_secret && text.len() <= MAX_ANSWER);
    let answer = text.map(|text| (parts.status.as_u16(), text.to_owned()));
    (Response::from_parts(parts, bytes.into()), Some(Kept { fingerprint: fingerprint(), answer }))
}

/// Of method, address and body; the key keeps who reads Redis from trying bodies.
fn begin_fingerprint(state: &AppState, request: &Parts) -> KeyedDigest {
    let mut digest = KeyedDigest::of(state, "request");
    digest.update(format!("{} {}\n", request.method, request.uri));
    digest
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn keys_are_read_with_or_without_quotes() {
        let read = |text: &str| {
            let value = HeaderValue::from_bytes(text.as_bytes()).expect("a value");
            key(&HeaderMap::from_iter([(HEADER.parse().expect("a name"), value)]))
                .map(|key| key.map(str::to_owned))
        };
        for (text, expected) in [("\"8e03978e\"", "8e03978e"), ("8e03978e", "8e03978e"), (" a b ", "a b")] {
            assert_eq!(read(text), Ok(Some(expected.to_owned())), "{text}");
        }
        for bad in ["", "\"\"", "\"", "a\"b", "a\\b", "\u{e4}", &"x".repeat(MAX_KEY_LENGTH + 1)] {
            assert_eq!(read(bad).expect_err(bad).field, "Idempotency-Key");
        }
        assert_eq!(key(&HeaderMap::new()), Ok(None));
    }
}
