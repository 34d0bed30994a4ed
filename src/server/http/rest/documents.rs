//! Documents, for their owners.
//!
//! ```text
//! GET    /api/documents                    the requester's, with their links and numbers; `?page=`: 50 of them,
//!                                          `?sort=name|date|viewed`, `?direction=asc|desc`, `?q=` part of a title
//! POST   /api/documents?title=             the body is the file: 201 with the document
//! GET    /api/documents/{id}               one
//! PATCH  /api/documents/{id}               {"title": …, "alt": …}
//! DELETE /api/documents/{id}               with its file, its links and their numbers
//! GET    /api/documents/{id}/file          the file
//! PUT    /api/documents/{id}/file          replaces the file; links and numbers stay
//! GET    /api/documents/{id}/pages/{page}  the picture of a page; its text, and the outline: see [`super::pages`]
//! GET    /api/documents/{id}/thumbnail     a small picture of its first page
//! POST   /api/documents/{id}/links         makes a link; see [`super::links`]
//! ```

mod preview;

use std::collections::HashMap;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{
        DefaultBodyLimit, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::{
        bodies::Nothing,
        errors::{
            OfDocument, OfDocumentChange, OfDocumentFile, OfDocumentPatch, OfNewLink, OfOwnersList,
            OfReplacement, OfUpload,
        },
        parameters::{DocumentParameters, IdempotencyKey, OneDocument},
    },
    fields::read_fields,
    links::LinkBody,
    path::IdPath,
    reading::attachment,
};
use crate::{
    error::AppError,
    model::{
        DocumentChange, DocumentId, DocumentList, DocumentQuery, DocumentScope, DocumentSummary, LinkId,
        LinkSummary, MAX_FILE_SIZE, NewLink, Success, success,
    },
    server::{
        http::{AppState, MAX_SETTINGS_BODY, envelope::refused_body},
        services::Requester,
    },
};

/// The routes. Another owner's document is answered like one that does not exist.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    // A file has its own limit in place of that of other bodies.
    let files = OpenApiRouter::new().routes(routes!(replace)).layer(DefaultBodyLimit::disable());
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one, change, delete))
        .routes(routes!(file))
        .merge(preview::routes())
        .merge(files)
}

/// The routes that make something.
pub(super) fn making() -> OpenApiRouter<AppState> {
    let files = OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::disable());
    let settings =
        OpenApiRouter::new().routes(routes!(add_link)).layer(DefaultBodyLimit::max(MAX_SETTINGS_BODY));
    settings.merge(files)
}

/// The requester's documents, with their links and numbers.
#[utoipa::path(
    get,
    path = "/documents",
    tag = "Documents",
    params(DocumentParameters),
    responses((status = 200, description = "The documents.", body = inline(Success<DocumentList>)), OfOwnersList),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn list(
    State(state): State<AppState>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let (parameters, watching) = (parameters?.0, &state.services.watching);
    let query = document_query(&parameters)?;
    let list = if parameters.contains_key("page") {
        watching.documents(&DocumentScope::Page(query), &requester).await?
    } else {
        watching.all_documents(&query, &requester).await?
    };
    Ok((NO_STORE, Json(success(list))))
}

/// The query of an address.
pub(super) type Parameters = HashMap<String, String>;

pub(super) fn document_query(parameters: &Parameters) -> Result<DocumentQuery, AppError> {
    Ok(DocumentQuery::parse(|name| parameters.get(name).map(String::as_str))?)
}

/// One document, with its links and numbers.
#[utoipa::path(
    get,
    path = "/documents/{document}",
    tag = "Documents",
    params(OneDocument),
    responses((status = 200, description = "The document.", body = inline(Success<DocumentBody<DocumentSummary>>)), OfDocument),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn one(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let document = state.services.watching.document_state(&document, &requester).await?.document;
    Ok((NO_STORE, Json(success(DocumentBody { document }))))
}

/// The body of an answer with one document.
#[derive(Serialize, ToSchema)]
struct DocumentBody<T> {
    document: T,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Title {
    /// The title; without one it is `Document`.
    #[serde(default)]
    #[param(max_length = 200)]
    title: String,
}

/// Shares a file: makes a document.
#[utoipa::path(
    post,
    path = "/documents",
    tag = "Documents",
    params(Title, IdempotencyKey),
    request_body(content(("application/octet-stream")), description = "The file: a PDF, PNG or JPEG of at most 50 MB and 5,000 pages. Its kind is recognised by its content."),
    responses((status = 201, description = "The new document.", body = inline(Success<DocumentBody<DocumentSummary>>)), OfUpload),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn upload(
    State(state): State<AppState>,
    title: Result<Query<Title>, QueryRejection>,
    requester: Requester,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, AppError> {
    requester.owner()?;
    check_length(&headers)?;
    let document =
        state.services.library.upload(&title?.0.title, body.into_data_stream(), &requester).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(success(DocumentBody { document }))))
}

/// Replaces the file of a document. Links and numbers stay.
#[utoipa::path(
    put,
    path = "/documents/{document}/file",
    tag = "Documents",
    params(OneDocument),
    request_body(content(("application/octet-stream")), description = "The new file, with the same limits."),
    responses((status = 200, description = "The document.", body = inline(Success<DocumentBody<DocumentSummary>>)), OfReplacement),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn replace(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    requester: Requester,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, AppError> {
    requester.owner()?;
    check_length(&headers)?;
    let document = state.services.library.replace(&document, body.into_data_stream(), &requester).await?;
    Ok((NO_STORE, Json(success(DocumentBody { document }))))
}

/// Refuses a file that is too large by its `Content-Length`, before it is read.
fn check_length(headers: &HeaderMap) -> Result<(), AppError> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > MAX_FILE_SIZE => Err(AppError::TooLarge { limit: MAX_FILE_SIZE as usize }),
        _ => Ok(()),
    }
}

/// Changes the title of a document, or the description of an image.
#[utoipa::path(
    patch,
    path = "/documents/{document}",
    tag = "Documents",
    params(OneDocument),
    request_body(content = DocumentChange),
    responses((status = 200, description = "The document.", body = inline(Success<DocumentBody<DocumentSummary>>)), OfDocumentPatch),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn change(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_document(&document, &requester).await?;
    let change = read_fields::<DocumentChange>(&body?)?;
    let document = state.services.library.change_and_describe(&document, change, &requester).await?;
    Ok((NO_STORE, Json(success(DocumentBody { document }))))
}

/// Deletes a document with its file, its links and their visits.
#[utoipa::path(
    delete,
    path = "/documents/{document}",
    tag = "Documents",
    params(OneDocument),
    responses((status = 200, description = "Done.", body = inline(Success<Nothing>)), OfDocumentChange),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn delete(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.delete_document(&document, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}

/// The file of a document.
#[utoipa::path(
    get,
    path = "/documents/{document}/file",
    tag = "Documents",
    params(OneDocument),
    responses((status = 200, description = "The file, as an attachment.", content(("application/pdf"), ("image/png"), ("image/jpeg"))), OfDocumentFile),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn file(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    requester: Requester,
) -> Result<Response, AppError> {
    Ok(attachment(state.services.library.file(&document, &requester).await?))
}

/// Makes a link to a document.
#[utoipa::path(
    post,
    path = "/documents/{document}/links",
    tag = "Documents",
    params(OneDocument, IdempotencyKey),
    request_body(content = NewLink, description = "May be empty: then the address is random, and the link has no gate."),
    responses((status = 201, description = "The new link.", body = inline(Success<LinkBody<LinkSummary>>)), OfNewLink),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn add_link(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_document(&document, &requester).await?;
    let body = body.map_err(|rejection| refused_body(&rejection, MAX_SETTINGS_BODY))?;
    let new = if body.is_empty() { NewLink::default() } else { read_new_link(&body)? };
    let link = state.services.library.add_link(&document, new, &requester).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(success(LinkBody { link }))))
}

/// Reads the address and the settings of a link, which are fields of one object, separately: serde would not name a
/// wrong field of a flattened struct.
fn read_new_link(body: &[u8]) -> Result<NewLink, AppError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Address {
        link_id: Option<LinkId>,
    }
    let Address { link_id } = read_fields(body)?;
    Ok(NewLink { link_id, settings: read_fields(body)? })
}
