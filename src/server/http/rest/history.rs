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

use std::collections::HashMap;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{
        FromRequestParts, Path, Query, RawPathParams, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    action::read_fields,
    description::{
        below,
        bodies::Nothing,
        errors::{NoDocument, NoLink, OfOwnersList, OfVisit, OfVisitErasure, OfVisitPatch},
        parameters::{HistoryParameters, OneDocument, OneLink, OneVisit},
    },
    path::{DocumentPath, LinkPath},
};
use crate::{
    error::AppError,
    model::{
        AnalyticsPage, HistoryQuery, HistoryScope, LinkId, Success, Visit, VisitDetail, VisitId, VisitList,
        success,
    },
    server::{
        http::AppState,
        services::{
            Requester,
            history::{
                Zone,
                export::{ExportRows, VERSION, csv_field, csv_line, object},
            },
        },
    },
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
    OpenApiRouter::new()
        .routes(routes!(analytics))
        .routes(routes!(visits))
        .routes(routes!(visits_csv))
        .routes(routes!(visits_ndjson))
        .routes(routes!(visit_pages_csv))
        .routes(routes!(visit_pages_ndjson))
}

/// Whose visits an address names.
struct Scope(HistoryScope);

impl FromRequestParts<AppState> for Scope {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let names = RawPathParams::from_request_parts(parts, state).await.map_err(|_| AppError::NotFound)?;
        let has = |name| names.iter().any(|(parameter, _)| parameter == name);
        let scope = if has("link") {
            HistoryScope::Link(LinkPath::from_request_parts(parts, state).await?.0)
        } else if has("document") {
            HistoryScope::Document(DocumentPath::from_request_parts(parts, state).await?.0)
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
    responses((status = 200, description = "Cards, charts and breakdowns, and the first 50 visits.", body = inline(Success<AnalyticsPage>)), OfOwnersList),
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
    responses((status = 200, description = "50 visits, and the cursor of the next ones.", body = inline(Success<VisitList>)), OfOwnersList),
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

/// All past visits as CSV, a row for each.
#[utoipa::path(
    get,
    path = "/visits.csv",
    tag = "Past visits",
    params(HistoryParameters),
    responses((status = 200, description = "The rows, as an attachment whose name has the version of the columns.", body = String, content_type = "text/csv"), OfOwnersList),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn visits_csv(export: Export) -> Result<Response, AppError> {
    export.csv(ExportRows::Visits).await
}

/// All past visits as JSON, a line for each.
#[utoipa::path(
    get,
    path = "/visits.ndjson",
    tag = "Past visits",
    params(HistoryParameters),
    responses((status = 200, description = "The rows, as an attachment whose name has the version of the columns.", body = String, content_type = "application/x-ndjson"), OfOwnersList),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn visits_ndjson(export: Export) -> Result<Response, AppError> {
    export.ndjson(ExportRows::Visits).await
}

/// The pages of all past visits as CSV, a row for each.
#[utoipa::path(
    get,
    path = "/visit-pages.csv",
    tag = "Past visits",
    params(HistoryParameters),
    responses((status = 200, description = "The rows, as an attachment whose name has the version of the columns.", body = String, content_type = "text/csv"), OfOwnersList),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn visit_pages_csv(export: Export) -> Result<Response, AppError> {
    export.csv(ExportRows::VisitPages).await
}

/// The pages of all past visits as JSON, a line for each.
#[utoipa::path(
    get,
    path = "/visit-pages.ndjson",
    tag = "Past visits",
    params(HistoryParameters),
    responses((status = 200, description = "The rows, as an attachment whose name has the version of the columns.", body = String, content_type = "application/x-ndjson"), OfOwnersList),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn visit_pages_ndjson(export: Export) -> Result<Response, AppError> {
    export.ndjson(ExportRows::VisitPages).await
}

/// The visit that an address names, or [`AppError::NotFound`].
struct VisitPath(LinkId, VisitId);

impl FromRequestParts<AppState> for VisitPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Path((link, visit)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| AppError::NotFound)?;
        let link = link.parse().map_err(|_| AppError::LinkNotFound)?;
        Ok(Self(link, visit.parse().map_err(|_| AppError::NotFound)?))
    }
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
    VisitPath(link, visit): VisitPath,
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
    VisitPath(link, visit): VisitPath,
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
    responses((status = 200, description = "How many visits were erased.", body = inline(Success<Erased>)), OfVisitErasure),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn erase(
    State(state): State<AppState>,
    requester: Requester,
    VisitPath(link, visit): VisitPath,
) -> Result<impl IntoResponse, AppError> {
    let erased = state.services.history.erase_reader(&link, visit, &requester).await?;
    Ok((NO_STORE, Json(success(Erased { erased }))))
}

/// A request for a file of visits.
struct Export {
    state: AppState,
    requester: Requester,
    scope: HistoryScope,
    query: HistoryQuery,
}

impl FromRequestParts<AppState> for Export {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let requester = Requester::from_request_parts(parts, state).await?;
        requester.owner()?;
        let Scope(scope) = Scope::from_request_parts(parts, state).await?;
        let Asked(query) = Asked::from_request_parts(parts, state).await?;
        Ok(Self { state: state.clone(), requester, scope, query })
    }
}

impl Export {
    async fn csv(self, rows: ExportRows) -> Result<Response, AppError> {
        let (visits, zone) = self.visits().await?;
        let head = csv_line(rows.columns(&zone))?;
        let lines = visits.map(move |visit| {
            let lines: Result<Vec<_>, _> =
                rows.of(&visit?, &zone).iter().map(|row| csv_line(row.iter().map(csv_field))).collect();
            Ok(lines?.concat())
        });
        Ok(file(rows, "csv", "text/csv; charset=utf-8", stream::iter([Ok(head)]).chain(lines)))
    }

    async fn ndjson(self, rows: ExportRows) -> Result<Response, AppError> {
        let (visits, zone) = self.visits().await?;
        let columns = rows.columns(&zone);
        let lines = visits.map(move |visit| {
            let lines = rows.of(&visit?, &zone).into_iter();
            Ok(lines.map(|row| format!("{}\n", object(&columns, row))).collect::<String>().into_bytes())
        });
        Ok(file(rows, "ndjson", "application/x-ndjson", lines))
    }

    async fn visits(
        &self,
    ) -> Result<(impl Stream<Item = Result<Visit, AppError>> + Send + use<>, Zone), AppError> {
        self.state.services.history.export(&self.scope, &self.query, &self.requester).await
    }
}

/// A file that is sent as its lines are read: an error in the midst breaks the transfer off, so that no half of a file is
/// taken for the whole. Its name has the version of the columns.
fn file(
    rows: ExportRows,
    kind: &str,
    media_type: &'static str,
    lines: impl Stream<Item = Result<Vec<u8>, AppError>> + Send + 'static,
) -> Response {
    let name = match rows {
        ExportRows::Visits => "visits",
        ExportRows::VisitPages => "visit-pages",
    };
    let disposition = format!("attachment; filename=\"{name}-v{VERSION}.{kind}\"");
    let body = Body::from_stream(lines);
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (NO_STORE, headers, body).into_response()
}
