//! What readers of a link get of its document.
//!
//! ```text
//! GET  /v/{linkId}/pages/{page}                 the picture of a page; see [`super::pages`]
//! GET  /api/links/{linkId}/pages/{page}/text    its text and links
//! GET  /api/links/{linkId}/outline              the outline
//! GET  /v/{linkId}/download                     the file, if the link allows downloads; `?session=`
//! ```

use axum::{
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{Method, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    description::{
        errors::{OfDownload, OfPage, OfPageText},
        parameters::{OneLink, OnePage},
    },
    pages::{NotModified, OutlineBody, PageQuery, PartRequest, TextBody},
    path::{IdPath, PartPath},
};
use crate::{
    error::AppError,
    model::{LinkId, Success, address::encode},
    server::{
        http::{AppState, requester::Identity},
        services::{library::Download, reading::PagesOf},
    },
};

/// The routes of the viewer page's address.
pub(super) fn below_links() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(page)).routes(routes!(download))
}

/// The routes of the API.
pub(super) fn below_api() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(page_text)).routes(routes!(outline))
}

/// The picture of a page, for readers.
#[utoipa::path(
    get,
    path = "/v/{link}/pages/{page}",
    tag = "Reading",
    params(OneLink, OnePage, PageQuery),
    responses((status = 200, description = "The picture.", content(("image/png"), ("image/webp"), ("image/jpeg"))), NotModified, OfPage),
    security((), ("apiKey" = ["read"]), ("session" = [])),
)]
async fn page(
    PartPath(link, page): PartPath<LinkId, u32>,
    request: PartRequest,
) -> Result<Response, AppError> {
    request.picture(PagesOf::Link(link), page).await
}

/// The text and the links of a page, for readers.
#[utoipa::path(
    get,
    path = "/links/{link}/pages/{page}/text",
    tag = "Reading",
    params(OneLink, OnePage, PageQuery),
    responses((status = 200, description = "The text and the links; HTML where `Accept` does not name JSON.", content((inline(Success<TextBody>) = "application/json"), ("text/html"))), NotModified, OfPageText),
    security((), ("apiKey" = ["read"]), ("session" = [])),
)]
async fn page_text(
    PartPath(link, page): PartPath<LinkId, u32>,
    request: PartRequest,
) -> Result<Response, AppError> {
    request.text(PagesOf::Link(link), page).await
}

/// The outline of the document, for readers.
#[utoipa::path(
    get,
    path = "/links/{link}/outline",
    tag = "Reading",
    params(OneLink, PageQuery),
    responses((status = 200, description = "The outline; HTML where `Accept` does not name JSON.", content((inline(Success<OutlineBody>) = "application/json"), ("text/html"))), NotModified, OfPageText),
    security((), ("apiKey" = ["read"]), ("session" = [])),
)]
async fn outline(IdPath(link): IdPath<LinkId>, request: PartRequest) -> Result<Response, AppError> {
    request.outline(PagesOf::Link(link)).await
}

/// The file, for readers of a link that allows downloads.
#[utoipa::path(
    get,
    path = "/v/{link}/download",
    tag = "Reading",
    params(OneLink, Downloader),
    responses((status = 200, description = "The file, as an attachment.", content(("application/pdf"), ("image/png"), ("image/jpeg"))), OfDownload),
    security((), ("apiKey" = ["read"]), ("session" = [])),
)]
async fn download(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    method: Method,
    identity: Identity,
    query: Result<Query<Downloader>, QueryRejection>,
) -> Result<Response, AppError> {
    let requester = identity.requester(&state).await?;
    // A HEAD asks about the file, and downloads nothing.
    let origin = (method == Method::GET).then(|| identity.visit_origin(&state));
    let session = query?.0.session.and_then(|session| session.parse().ok());
    let reading = &state.services.reading;
    Ok(attachment(reading.download(&link, session.as_ref(), &requester, origin.as_ref()).await?))
}

/// Who downloads, as the viewer page says it.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Downloader {
    /// The session that reads the document, if there is one.
    session: Option<String>,
}

/// A file as an answer that the browser saves and never displays: its content is an upload, and not to be trusted.
pub(super) fn attachment(file: Download) -> Response {
    let name = format!("{}.{}", file.title, file.kind.extension());
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let ascii = ascii.replace(['"', '\\'], "_");
    let disposition = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", encode(&name));
    let headers = [
        (header::CONTENT_TYPE, file.kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, file.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(file.bytes)).into_response()
}
