//! The requester's own account.
//!
//! ```text
//! GET    /api/account          what it holds, as a file: keys, sessions, documents with links, events
//! GET    /api/account/events   what happened in it: {"events": [{"at", "action", "about", "client"}]}
//! ```

use axum::{Json, extract::State, http::header, response::IntoResponse};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NO_STORE, description::errors::OfOwner};
use crate::{
    error::AppError,
    model::{AccountEvent, AccountExport, Success, success},
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(events))
}

/// What the account holds, except files and visits: keys, sessions, documents with links, events.
#[utoipa::path(
    get,
    path = "/account",
    tag = "Account",
    responses((status = 200, description = "What the account holds, as an attachment.", body = inline(Success<AccountExport>)), OfOwner),
    security(("apiKey" = ["manage"]), ("session" = [])),
)]
async fn export(State(state): State<AppState>, requester: Requester) -> Result<impl IntoResponse, AppError> {
    let export = state.services.accounts.export(&requester).await?;
    let as_file = [(header::CONTENT_DISPOSITION, "attachment; filename=\"sightline-account.json\"")];
    Ok((NO_STORE, as_file, Json(success(export))))
}

#[derive(Serialize, ToSchema)]
struct EventsBody {
    events: Vec<AccountEvent>,
}

/// What happened in the account.
#[utoipa::path(
    get,
    path = "/account/events",
    tag = "Account",
    responses((status = 200, description = "The newest first.", body = inline(Success<EventsBody>)), OfOwner),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn events(State(state): State<AppState>, requester: Requester) -> Result<impl IntoResponse, AppError> {
    let events = state.services.audit.events(&requester).await?;
    Ok((NO_STORE, Json(success(EventsBody { events }))))
}
