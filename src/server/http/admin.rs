//! What the operator's programs ask for, on a listener of its own: `GET /metrics`, with a token.

use std::{fmt, str::FromStr};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::server::{instruments::MEDIA_TYPE, services::Monitoring, start_error::StartError};

/// The fewest characters of a token.
const MIN_LENGTH: usize = 32;

/// The operator's token, as its hash.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// Whether this is the token. How long it takes tells nothing of it: hashes of one length are compared to their end.
    fn is(&self, token: &str) -> bool {
        let asked: [u8; 32] = Sha256::digest(token).into();
        self.0.ct_eq(&asked).into()
    }
}

impl FromStr for AdminToken {
    type Err = StartError;

    fn from_str(token: &str) -> Result<Self, StartError> {
        if token.chars().count() < MIN_LENGTH || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(StartError::new(format!(
                "SIGHTLINE_ADMIN_TOKEN needs {MIN_LENGTH} characters or more, without spaces. \
                 This makes one: openssl rand -hex 32"
            )));
        }
        Ok(Self(Sha256::digest(token).into()))
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(..)")
    }
}

/// The routes of the operator's listener. Without the token nothing is told, not even which routes there are.
pub fn router(monitoring: Monitoring, token: AdminToken) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .fallback(StatusCode::NOT_FOUND)
        .layer(from_fn_with_state(token, check))
        .with_state(monitoring)
}

async fn check(State(token): State<AdminToken>, request: Request, next: Next) -> Response {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, given) = authorization.and_then(|value| value.split_once(' ')).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") && token.is(given.trim()) {
        return next.run(request).await;
    }
    (
        StatusCode::UNAUTHORIZED,
        [(header::WWW_AUTHENTICATE, "Bearer")],
        "Send SIGHTLINE_ADMIN_TOKEN as a bearer token.\n",
    )
        .into_response()
}

async fn metrics(State(monitoring): State<Monitoring>) -> Response {
    match monitoring.text().await {
        Ok(text) => {
            ([(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], text).into_response()
        }
        Err(error) => error.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_or_spaced_token_is_refused_and_not_told() {
        let long = "x".repeat(32);
        for (token, is_taken) in [
            (long.as_str(), true),
            (&long[1..], false),
            ("", false),
            ("two words that have a lot of characters", false),
            ("ümlaute-ümlaute-ümlaute-ümlaute-ümlaute", false),
        ] {
            match token.parse::<AdminToken>() {
                Ok(_) => assert!(is_taken, "{token}"),
                Err(error) => {
                    assert!(!is_taken && (token.is_empty() || !error.to_string().contains(token)), "{token}")
                }
            }
        }
    }

    #[test]
    fn only_the_whole_token_is_it() {
        let text = "0123456789abcdef0123456789abcdef";
        let token: AdminToken = text.parse().expect("a token");
        assert!(token.is(text));
        for other in ["", &text[1..], &format!("{text}0"), &text.to_uppercase()] {
            assert!(!token.is(other), "{other}");
        }
        assert_eq!(format!("{token:?}"), "AdminToken(..)");
    }
}
