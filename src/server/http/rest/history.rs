//! Past visits, for owners.
//!
//! ```text
//! GET    /api/links/{linkId}/analytics                     cards, charts and breakdowns
//! GET    /api/links/{linkId}/visits                        a page of visits; `next` is the cursor of the next one
//! GET    /api/links/{linkId}/visits.csv, visits.ndjson     all of them
//! GET    /api/links/{linkId}/visit-pages.csv, .ndjson      all of their pages
//! GET    /api/links/{linkId}/visits/{visitId}              one
//! PATCH  /api/links/{linkId}/visits/{visitId}              {"archived": true}: leaves it out of all numbers
//! DELETE /api/links/{linkId}/visits/{visitId}/reader       erases all visits of its reader
//! ```
//!
//! All but the last three also below `/api/documents/{id}/`, and below `/api/` for all documents. The parameters are those
//! of the analytics pages: docs/api.md lists them.

mod export;

use std::collections::HashMap;

use axum::{
    Json,
    body::Bytes,
    extract::{
        FromRequestParts, Query, RawPathParams, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::request::Parts,
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::{
        below,
        bodies::Nothing,
        errors::{NoDocument, NoLink, OfOwnersList, OfVisit, OfVisitErasure, OfVisitPatch},
        parameters::{HistoryParameters, OneDocument, OneLink, OneVisit},
    },
    fields::read_fields,
    path::{IdPath, PartPath},
};
use crate::{
    error::AppError,
    model::{
        AnalyticsPage, HistoryQuery, HistoryScope, LinkId, Success, VisitDetail, VisitId, VisitList, success,
    },
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .nest("/links/{link}", below::<OneLink, NoLink>(of_scope()))
        .nest("/documents/{document}", below::<OneDocument, NoDocument>(of_scope()))
        .merge(of_scope())
        .routes(routes!(visit, archive))
        .routes(routes!(erase))
}

/// What there is of a link, of a document, and of everything.
fn of_scope() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(analytics)).routes(routes!(visits)).merge(export::routes())
}

/// Whose visits an address names.
struct Scope(HistoryScope);

impl FromRequestParts<AppState> for Scope {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let names = RawPathParams::from_request_parts(parts, state).await.map_err(|_| AppError::NotFound)?;
        let has = |name| names.iter().any(|(parameter, _)| parameter == name);
        let scope = if has("link") {
            HistoryScope::Link(IdPath::from_request_parts(parts, state).await?.0)
        } else if has("document") {
            HistoryScope::Document(IdPath::from_request_parts(parts, state).await?.0)
        } else {
            HistoryScope::Everything
        };
        Ok(Self(scope))
    }
}

/// What an address asks. [`AppError::Invalid`] names the parameter that is wrong.
pub(super) struct Asked(pub(super) HistoryQuery);

impl FromRequestParts<AppState> for Asked {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let query: Result<Query<HashMap<String, String>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(parameters) = query?;
        Ok(Self(HistoryQuery::parse(|name| parameters.get(name).map(String::as_str))?))
    }
}

/// Numbers, charts and breakdowns of past visits. Texts in them are ready to read.
#[utoipa::path(
    get,
    path = "/analytics",
    tag = "Past visits",
    params(HistoryParameters),
    responses((status = 200, description = "Analytics: cards, charts and breakdowns, and the first 50 visits.", body = inline(Success<AnalyticsPage>)), OfOwnersList),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn analytics(
    State(state): State<AppState>,
    requester: Requester,
    Scope(scope): Scope,
    Asked(query): Asked,
) -> Result<impl IntoResponse, AppError> {
    let page = state.services.history.page(scope, &query, &requester).await?;
    Ok((NO_STORE, Json(success(page))))
}

/// Past visits, page by page.
#[utoipa::path(
    get,
    path = "/visits",
    tag = "Past visits",
    params(HistoryParameters),
    responses((status = 200, description = "Visits: 50, and the cursor of the next ones.", body = inline(Success<VisitList>)), OfOwnersList),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn visits(
    State(state): State<AppState>,
    requester: Requester,
    Scope(scope): Scope,
    Asked(query): Asked,
) -> Result<impl IntoResponse, AppError> {
    let list = state.services.history.list(&scope, &query, &requester).await?;
    Ok((NO_STORE, Json(success(list))))
}

/// One past visit.
#[utoipa::path(
    get,
    path = "/links/{link}/visits/{visit}",
    tag = "Past visits",
    params(OneLink, OneVisit),
    responses((status = 200, description = "The visit.", body = inline(Success<VisitDetail>)), OfVisit),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn visit(
    State(state): State<AppState>,
    requester: Requester,
    PartPath(link, visit): PartPath<LinkId, VisitId>,
) -> Result<impl IntoResponse, AppError> {
    let detail = state.services.history.visit(&link, visit, &requester).await?;
    Ok((NO_STORE, Json(success(detail))))
}

#[derive(Deserialize, ToSchema)]
struct Archiving {
    /// Whether it is left out.
    archived: bool,
}

/// Leaves a visit out of all numbers, or takes it back.
#[utoipa::path(
    patch,
    path = "/links/{link}/visits/{visit}",
    tag = "Past visits",
    params(OneLink, OneVisit),
    request_body(content = Archiving),
    responses((status = 200, description = "Done.", body = inline(Success<Nothing>)), OfVisitPatch),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn archive(
    State(state): State<AppState>,
    requester: Requester,
    PartPath(link, visit): PartPath<LinkId, VisitId>,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    requester.owner()?;
    let Archiving { archived } = read_fields(&body?)?;
    state.services.history.archive(&link, visit, archived, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}

/// How many visits were erased.
#[derive(Serialize, ToSchema)]
pub(super) struct Erased {
    /// The number of visits.
    pub(super) erased: u64,
}

/// Erases all visits of a visit's reader, by mark and by e-mail address.
#[utoipa::path(
    delete,
    path = "/links/{link}/visits/{visit}/reader",
    tag = "Past visits",
    params(OneLink, OneVisit),
    responses((status = 200, description = "Erased visits: how many there were.", body = inline(Success<Erased>)), OfVisitErasure),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn erase(
    State(state): State<AppState>,
    requester: Requester,
    PartPath(link, visit): PartPath<LinkId, VisitId>,
) -> Result<impl IntoResponse, AppError> {
    let erased = state.services.history.erase_reader(&link, visit, &requester).await?;
    Ok((NO_STORE, Json(success(Erased { erased }))))
}
