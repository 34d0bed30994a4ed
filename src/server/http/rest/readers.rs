//! One reader of the owner's documents.
//!
//! ```text
//! GET    /api/readers/{reader}     numbers and a page of visits; ?after= the cursor that the page before gave as `next`
//! DELETE /api/readers/{reader}     erases all visits of the reader
//! ```
//!
//! `{reader}` is an e-mail address, or the short name of a browser's mark.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    response::IntoResponse,
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::{
        errors::{OfReader, OfReaderErasure},
        parameters::OneReader,
    },
    history::Erased,
    path::IdPath,
};
use crate::{
    error::AppError,
    model::{ReaderHistory, ReaderId, Success, VisitCursor, success},
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(reader, erase))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Paging {
    /// The `next` of the answer before.
    after: Option<String>,
}

/// All visits of one reader to the owner's documents.
#[utoipa::path(
    get,
    path = "/readers/{reader}",
    tag = "Readers",
    params(OneReader, Paging),
    responses((status = 200, description = "Numbers, and 50 visits.", body = inline(Success<ReaderHistory>)), OfReader),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn reader(
    State(state): State<AppState>,
    requester: Requester,
    IdPath(reader): IdPath<ReaderId>,
    query: Result<Query<Paging>, QueryRejection>,
) -> Result<impl IntoResponse, AppError> {
    let after = query?.0.after.filter(|after| !after.is_empty());
    let after = after.map(|after| after.parse::<VisitCursor>()).transpose()?;
    let history = state.services.history.reader(&reader, after, &requester).await?;
    Ok((NO_STORE, Json(success(history))))
}

/// Erases all visits of a reader.
#[utoipa::path(
    delete,
    path = "/readers/{reader}",
    tag = "Readers",
    params(OneReader),
    responses((status = 200, description = "Erased visits: how many there were.", body = inline(Success<Erased>)), OfReaderErasure),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn erase(
    State(state): State<AppState>,
    requester: Requester,
    IdPath(reader): IdPath<ReaderId>,
) -> Result<impl IntoResponse, AppError> {
    let erased = state.services.history.erase_visits_of(&reader, &requester).await?;
    Ok((NO_STORE, Json(success(Erased { erased }))))
}
