//! Visits that their owner leaves out of all numbers together.
//!
//! ```text
//! GET    /api/corrections/preview     what leaving visits out would change; changes nothing
//! POST   /api/corrections             leaves them out: 201 with the correction
//! GET    /api/corrections             what was left out together
//! DELETE /api/corrections/{id}        takes it back
//! ```
//!
//! The first two take `of`, and the parameters of the analytics pages.

use axum::{
    Json,
    extract::{FromRequestParts, Query, State, rejection::QueryRejection},
    http::{StatusCode, request::Parts},
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::{
        errors::{OfCorrection, OfCorrectionPreview, OfNewCorrection, OfOwner},
        parameters::{HistoryParameters, IdempotencyKey, OneCorrection},
    },
    history::Asked,
    path::IdPath,
};
use crate::{
    error::AppError,
    model::{
        Correction, CorrectionId, CorrectionPreview, CorrectionSubject, Invalid, NewCorrection, Success,
        success,
    },
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(preview)).routes(routes!(bring_back))
}

/// The route that makes something.
pub(super) fn making() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(correct))
}

/// Whose visits, beside the parameters of an analytics page.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct CorrectionQuery {
    /// `all` (when none is named), `link:` with a link's id, `document:` with a document's id, or `reader:` with an e-mail
    /// address or the short name of a browser's mark.
    of: Option<String>,
    /// Only visits that began until then, Unix milliseconds: the `asOf` of a preview. Now, when none is named.
    #[param(value_type = Option<i64>)]
    as_of: Option<String>,
}

/// The correction that an address asks for.
struct Wanted(NewCorrection);

impl FromRequestParts<AppState> for Wanted {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        Requester::from_request_parts(parts, state).await?.owner()?;
        let query: Result<Query<CorrectionQuery>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(CorrectionQuery { of, as_of }) = query?;
        let Asked(query) = Asked::from_request_parts(parts, state).await?;
        let of: CorrectionSubject = of.as_deref().unwrap_or("all").parse()?;
        let as_of = as_of.map(|time| time.parse()).transpose();
        let as_of = as_of.map_err(|_| Invalid::new("asOf", "must be a time in Unix milliseconds"))?;
        Ok(Self(NewCorrection { of, query, as_of }))
    }
}

#[derive(Serialize, ToSchema)]
struct Corrections {
    /// The newest first, 100 at most.
    corrections: Vec<Correction>,
}

#[derive(Serialize, ToSchema)]
struct Made {
    correction: Correction,
}

#[derive(Serialize, ToSchema)]
struct Preview {
    preview: CorrectionPreview,
}

/// How many visits came back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BroughtBack {
    /// The number of visits.
    brought_back: u64,
}

/// What was left out of all numbers together.
#[utoipa::path(
    get,
    path = "/corrections",
    operation_id = "corrections",
    tag = "Past visits",
    responses((status = 200, description = "The corrections that can be taken back.", body = inline(Success<Corrections>)), OfOwner),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn list(State(state): State<AppState>, requester: Requester) -> Result<impl IntoResponse, AppError> {
    let corrections = state.services.history.corrections(&requester).await?;
    Ok((NO_STORE, Json(success(Corrections { corrections }))))
}

/// How many visits a correction would leave out, and what total views and peaks would be left. Changes nothing.
#[utoipa::path(
    get,
    path = "/corrections/preview",
    operation_id = "preview_correction",
    tag = "Past visits",
    params(CorrectionQuery, HistoryParameters),
    responses((status = 200, description = "What it would change.", body = inline(Success<Preview>)), OfCorrectionPreview),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn preview(
    State(state): State<AppState>,
    requester: Requester,
    Wanted(new): Wanted,
) -> Result<impl IntoResponse, AppError> {
    let preview = state.services.history.preview_correction(&new, &requester).await?;
    Ok((NO_STORE, Json(success(Preview { preview }))))
}

/// Leaves visits out of all numbers together. Within a link it happens in one step. One that is interrupted goes on by itself:
/// its `state` says so.
#[utoipa::path(
    post,
    path = "/corrections",
    operation_id = "correct",
    tag = "Past visits",
    params(CorrectionQuery, HistoryParameters, IdempotencyKey),
    responses((status = 201, description = "The correction.", body = inline(Success<Made>)), OfNewCorrection),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn correct(
    State(state): State<AppState>,
    requester: Requester,
    Wanted(new): Wanted,
) -> Result<impl IntoResponse, AppError> {
    let correction = state.services.history.correct(&new, &requester).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(success(Made { correction }))))
}

/// Takes back what a correction left out, also visits that were resumed since and go on. What was left out apart from it stays
/// so.
#[utoipa::path(
    delete,
    path = "/corrections/{correction}",
    operation_id = "bring_back",
    tag = "Past visits",
    params(OneCorrection),
    responses((status = 200, description = "How many visits came back.", body = inline(Success<BroughtBack>)), OfCorrection),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn bring_back(
    State(state): State<AppState>,
    requester: Requester,
    correction: Result<IdPath<CorrectionId>, AppError>,
) -> Result<impl IntoResponse, AppError> {
    requester.owner()?;
    let IdPath(correction) = correction?;
    let brought_back = state.services.history.bring_back(&correction, &requester).await?;
    Ok((NO_STORE, Json(success(BroughtBack { brought_back }))))
}
