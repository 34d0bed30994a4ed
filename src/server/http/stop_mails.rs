//! The address in a mail that stops mails like it ([RFC 8058](https://www.rfc-editor.org/rfc/rfc8058)).
//!
//! ```text
//! GET  /stop-mails/{token}   a page with buttons: programs that look at mails open links, so that it changes nothing
//! POST /stop-mails/{token}   stops what the token is for, as a program of mail does for its user
//! ```
//!
//! The POST comes without cookies and from no page: one from a page of another site is refused like all others
//! ([`super::cross_site`]).

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderName, header},
    response::IntoResponse,
    routing::post,
};

use super::AppState;
use crate::{error::AppError, server::services::Requester};

/// What the body says, as a form or as one of several parts.
const ONE_CLICK: [&str; 2] = ["List-Unsubscribe", "One-Click"];
const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// The route of the POST; the page is one of Leptos'.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/stop-mails/{token}", post(stop))
}

async fn stop(
    State(state): State<AppState>,
    Path(token): Path<String>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    let body = body?;
    let text = String::from_utf8_lossy(&body);
    if !ONE_CLICK.iter().all(|word| text.contains(word)) {
        return Err(AppError::BadRequest("The body must be List-Unsubscribe=One-Click.".to_owned()));
    }
    state.services.notices.stop_mails(&token, false, &requester.client).await?;
    Ok((NO_STORE, "Stopped.\n"))
}
