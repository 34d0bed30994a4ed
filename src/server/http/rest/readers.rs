//! One reader of the owner's documents.
//!
//! ```text
//! GET    /api/readers/{reader}     numbers and a page of visits; ?after= the cursor that the page before gave as `next`
//! DELETE /api/readers/{reader}     erases all visits of the reader
//! ```
//!
//! `{reader}` is an e-mail address, or the short name of a browser's mark.

use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, Query, State, rejection::QueryRejection},
    http::request::Parts,
    response::IntoResponse,
    routing::get,
};
use serde::Deserialize;

use super::{NO_STORE, history::Erased};
use crate::{
    error::AppError,
    model::{ReaderId, VisitCursor, success},
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/readers/{reader}", get(reader).delete(erase))
}

/// The reader that an address names, or [`AppError::NotFound`].
struct ReaderPath(ReaderId);

impl<S: Send + Sync> FromRequestParts<S> for ReaderPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path(reader) = Path::from_request_parts(parts, state).await.map_err(|_| AppError::NotFound)?;
        Ok(Self(reader))
    }
}

#[derive(Deserialize)]
struct Paging {
    after: Option<String>,
}

async fn reader(
    State(state): State<AppState>,
    requester: Requester,
    ReaderPath(reader): ReaderPath,
    query: Result<Query<Paging>, QueryRejection>,
) -> Result<impl IntoResponse, AppError> {
    let after = query?.0.after.filter(|after| !after.is_empty());
    let after = after.map(|after| after.parse::<VisitCursor>()).transpose()?;
    let history = state.services.history.reader(&reader, after, &requester).await?;
    Ok((NO_STORE, Json(success(history))))
}

async fn erase(
    State(state): State<AppState>,
    requester: Requester,
    ReaderPath(reader): ReaderPath,
) -> Result<impl IntoResponse, AppError> {
    let erased = state.services.history.erase_visits_of(&reader, &requester).await?;
    Ok((NO_STORE, Json(success(Erased { erased }))))
}
