//! What an owner sees of a document: pictures and texts of its pages, and its outline.

use axum::{extract::State, http::HeaderMap, response::IntoResponse};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::{
    description::{
        errors::{OfDocumentPage, OfDocumentThumbnail},
        parameters::{OneDocument, OnePage},
    },
    pages::{self, OutlineBody, PageQuery, ReadQuery, TextBody},
    path::{IdPath, PartPath},
};
use crate::{
    error::AppError,
    model::{DocumentId, Success},
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(page))
        .routes(routes!(page_text))
        .routes(routes!(outline))
        .routes(routes!(thumbnail))
}

/// The picture of a page.
#[utoipa::path(
    get,
    path = "/documents/{document}/pages/{page}",
    tag = "Documents",
    params(OneDocument, OnePage, PageQuery),
    responses((status = 200, description = "The picture.", content(("image/png"), ("image/webp"), ("image/jpeg"))), OfDocumentPage),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn page(
    State(state): State<AppState>,
    PartPath(document, page): PartPath<DocumentId, u32>,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let query = query?.0;
    let wish = query.wish(&headers)?;
    let library = &state.services.library;
    let picture = library.page(&document, page, query.version(), wish, &requester).await?;
    Ok(pages::picture(picture, &query))
}

/// The text and the links of a page.
#[utoipa::path(
    get,
    path = "/documents/{document}/pages/{page}/text",
    tag = "Documents",
    params(OneDocument, OnePage, PageQuery),
    responses((status = 200, description = "The text and the links; HTML where `Accept` does not name JSON.", content((inline(Success<TextBody>) = "application/json"), ("text/html"))), OfDocumentPage),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn page_text(
    State(state): State<AppState>,
    PartPath(document, page): PartPath<DocumentId, u32>,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let query = query?.0;
    let text = state.services.library.page_text(&document, page, query.version(), &requester).await?;
    Ok(pages::text(text, &query, &headers))
}

/// The outline of a document.
#[utoipa::path(
    get,
    path = "/documents/{document}/outline",
    tag = "Documents",
    params(OneDocument, PageQuery),
    responses((status = 200, description = "The outline; HTML where `Accept` does not name JSON.", content((inline(Success<OutlineBody>) = "application/json"), ("text/html"))), OfDocumentPage),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn outline(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let query = query?.0;
    let outline = state.services.library.outline(&document, query.version(), &requester).await?;
    Ok(pages::outline(outline, &query, &headers))
}

/// A small picture of the first page.
#[utoipa::path(
    get,
    path = "/documents/{document}/thumbnail",
    tag = "Documents",
    params(OneDocument, PageQuery),
    responses((status = 200, description = "The picture.", content(("image/png"), ("image/webp"), ("image/jpeg"))), OfDocumentThumbnail),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn thumbnail(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let reads_webp = pages::reads_webp(&headers);
    let picture = state.services.library.thumbnail(&document, reads_webp, &requester).await?;
    Ok(pages::picture(picture, &query?.0))
}
