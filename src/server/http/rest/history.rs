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
    Json, Router,
    body::{Body, Bytes},
    extract::{
        FromRequestParts, Path, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{header, request::Parts},
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use futures::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{
    NO_STORE,
    action::read_fields,
    path::{DocumentPath, LinkPath},
};
use crate::{
    error::AppError,
    model::{HistoryQuery, HistoryScope, LinkId, Visit, VisitId, success},
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

pub(super) fn routes() -> Router<AppState> {
    let of = |base: &str| {
        let path = |rest: &str| format!("{base}/{rest}");
        Router::new()
            .route(&path("analytics"), get(analytics))
            .route(&path("visits"), get(visits))
            .route(&path("visits.csv"), get(async |export: Export| export.csv(ExportRows::Visits).await))
            .route(
                &path("visits.ndjson"),
                get(async |export: Export| export.ndjson(ExportRows::Visits).await),
            )
            .route(
                &path("visit-pages.csv"),
                get(async |export: Export| export.csv(ExportRows::VisitPages).await),
            )
            .route(
                &path("visit-pages.ndjson"),
                get(async |export: Export| export.ndjson(ExportRows::VisitPages).await),
            )
    };
    of("/links/{link}")
        .merge(of("/documents/{document}"))
        .merge(of(""))
        .route("/links/{link}/visits/{visit}", get(visit).patch(archive))
        .route("/links/{link}/visits/{visit}/reader", delete(erase))
}

/// Whose visits an address names.
struct Scope(HistoryScope);

impl FromRequestParts<AppState> for Scope {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let path = parts.uri.path();
        // Nested below `/api`, a path has lost that part.
        let scope = if path.starts_with("/links/") {
            HistoryScope::Link(LinkPath::from_request_parts(parts, state).await?.0)
        } else if path.starts_with("/documents/") {
            HistoryScope::Document(DocumentPath::from_request_parts(parts, state).await?.0)
        } else {
            HistoryScope::Everything
        };
        Ok(Self(scope))
    }
}

/// What an address asks. [`AppError::Invalid`] names the parameter that is wrong.
struct Asked(HistoryQuery);

impl FromRequestParts<AppState> for Asked {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let query: Result<Query<HashMap<String, String>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(parameters) = query?;
        Ok(Self(HistoryQuery::parse(|name| parameters.get(name).map(String::as_str))?))
    }
}

async fn analytics(
    State(state): State<AppState>,
    requester: Requester,
    Scope(scope): Scope,
    Asked(query): Asked,
) -> Result<impl IntoResponse, AppError> {
    let page = state.services.history.page(scope, &query, &requester).await?;
    Ok((NO_STORE, Json(success(page))))
}

async fn visits(
    State(state): State<AppState>,
    requester: Requester,
    Scope(scope): Scope,
    Asked(query): Asked,
) -> Result<impl IntoResponse, AppError> {
    let list = state.services.history.list(&scope, &query, &requester).await?;
    Ok((NO_STORE, Json(success(list))))
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

async fn visit(
    State(state): State<AppState>,
    requester: Requester,
    VisitPath(link, visit): VisitPath,
) -> Result<impl IntoResponse, AppError> {
    let detail = state.services.history.visit(&link, visit, &requester).await?;
    Ok((NO_STORE, Json(success(detail))))
}

#[derive(Deserialize)]
struct Archiving {
    archived: bool,
}

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
#[derive(Serialize)]
pub(super) struct Erased {
    pub(super) erased: u64,
}

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
