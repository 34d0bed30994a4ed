//! The requester's own account.
//!
//! ```text
//! GET    /api/account          what it holds, as a file: keys, sessions, documents with links, events
//! GET    /api/account/events   what happened in it: {"events": [{"at", "action", "about", "client"}]}
//! ```

use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::get};
use serde::Serialize;

use super::NO_STORE;
use crate::{
    error::AppError,
    model::{AccountEvent, success},
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/account", get(export)).route("/account/events", get(events))
}

async fn export(State(state): State<AppState>, requester: Requester) -> Result<impl IntoResponse, AppError> {
    let export = state.services.accounts.export(&requester).await?;
    let as_file = [(header::CONTENT_DISPOSITION, "attachment; filename=\"sightline-account.json\"")];
    Ok((NO_STORE, as_file, Json(success(export))))
}

#[derive(Serialize)]
struct EventsBody {
    events: Vec<AccountEvent>,
}

async fn events(State(state): State<AppState>, requester: Requester) -> Result<impl IntoResponse, AppError> {
    let events = state.services.audit.events(&requester).await?;
    Ok((NO_STORE, Json(success(EventsBody { events }))))
}
