//! Files of past visits: CSV, or JSON in lines.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt, stream};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    super::{
        NO_STORE,
        description::{errors::OfOwnersList, parameters::HistoryParameters},
    },
    Asked, Scope,
};
use crate::{
    error::AppError,
    model::{HistoryQuery, HistoryScope, Visit},
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
        .routes(routes!(visits_csv))
        .routes(routes!(visits_ndjson))
        .routes(routes!(visit_pages_csv))
        .routes(routes!(visit_pages_ndjson))
}

/// All past visits as CSV, a row for each.
#[utoipa::path(
    get,
    path = "/visits.csv",
    tag = "Past visits",
    params(HistoryParameters),
    responses((status = 200, description = "The rows as CSV, an attachment whose name has the version of the columns.", body = String, content_type = "text/csv"), OfOwnersList),
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
    responses((status = 200, description = "The rows as JSON lines, an attachment whose name has the version of the columns.", body = String, content_type = "application/x-ndjson"), OfOwnersList),
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
    responses((status = 200, description = "The rows as CSV, an attachment whose name has the version of the columns.", body = String, content_type = "text/csv"), OfOwnersList),
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
    responses((status = 200, description = "The rows as JSON lines, an attachment whose name has the version of the columns.", body = String, content_type = "application/x-ndjson"), OfOwnersList),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn visit_pages_ndjson(export: Export) -> Result<Response, AppError> {
    export.ndjson(ExportRows::VisitPages).await
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
