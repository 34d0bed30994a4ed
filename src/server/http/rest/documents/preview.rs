//! What an owner sees of a document: pictures and texts of its pages, and its outline.

use axum::response::Response;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::{
    description::{
        errors::{OfDocumentPage, OfDocumentThumbnail},
        parameters::{OneDocument, OnePage},
    },
    pages::{OutlineBody, PageQuery, PartRequest, TextBody},
    path::{IdPath, PartPath},
};
use crate::{
    error::AppError,
    model::{DocumentId, Success},
    server::{http::AppState, services::reading::PagesOf},
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
    PartPath(document, page): PartPath<DocumentId, u32>,
    request: PartRequest,
) -> Result<Response, AppError> {
    request.picture(PagesOf::Document(document), page).await
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
    PartPath(document, page): PartPath<DocumentId, u32>,
    request: PartRequest,
) -> Result<Response, AppError> {
    request.text(PagesOf::Document(document), page).await
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
async fn outline(IdPath(document): IdPath<DocumentId>, request: PartRequest) -> Result<Response, AppError> {
    request.outline(PagesOf::Document(document)).await
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
async fn thumbnail(IdPath(document): IdPath<DocumentId>, request: PartRequest) -> Result<Response, AppError> {
    request.thumbnail(&document).await
}
