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

use std::collections::HashMap;

use axum::body::Bytes;
use axum::{
    Json, Router,
    body::Body,
    extract::{
        DefaultBodyLimit, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::Deserialize;

use super::{
    NO_STORE,
    action::read_fields,
    attachment,
    pages::{self, ReadQuery},
    path::{DocumentPath, PagePath},
};
use crate::{
    error::AppError,
    model::{
        DocumentChange, DocumentId, DocumentQuery, DocumentScope, LinkId, MAX_FILE_SIZE, NewLink, success,
    },
    server::{
        http::{AppState, MAX_SETTINGS_BODY, envelope::refused_body},
        services::Requester,
    },
};

/// The routes. Another owner's document is answered like one that does not exist.
pub(super) fn routes() -> Router<AppState> {
    // A file has its own limit in place of that of other bodies.
    let files = Router::new()
        .route("/documents", post(upload))
        .route("/documents/{document}/file", put(replace))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/documents", get(list))
        .route("/documents/{document}", get(one).patch(change).delete(delete))
        .route("/documents/{document}/file", get(file))
        .route("/documents/{document}/pages/{page}", get(page))
        .route("/documents/{document}/pages/{page}/text", get(page_text))
        .route("/documents/{document}/outline", get(outline))
        .route("/documents/{document}/thumbnail", get(thumbnail))
        .route("/documents/{document}/links", post(add_link).layer(DefaultBodyLimit::max(MAX_SETTINGS_BODY)))
        .merge(files)
}

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

async fn one(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let document = state.services.watching.document_state(&document, &requester).await?.document;
    Ok((NO_STORE, Json(success(DocumentBody { document }))))
}

/// The body of an answer with one document.
#[derive(serde::Serialize)]
struct DocumentBody<T> {
    document: T,
}

#[derive(Deserialize)]
struct Title {
    #[serde(default)]
    title: String,
}

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

async fn replace(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
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

async fn change(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_document(&document, &requester).await?;
    let change = read_fields::<DocumentChange>(&body?)?;
    let document = state.services.library.change_and_describe(&document, change, &requester).await?;
    Ok((NO_STORE, Json(success(DocumentBody { document }))))
}

async fn delete(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.delete_document(&document, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}

async fn file(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
    requester: Requester,
) -> Result<Response, AppError> {
    Ok(attachment(state.services.library.file(&document, &requester).await?))
}

async fn page(
    State(state): State<AppState>,
    PagePath { id: document, page }: PagePath<DocumentId>,
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

async fn page_text(
    State(state): State<AppState>,
    PagePath { id: document, page }: PagePath<DocumentId>,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let query = query?.0;
    let text = state.services.library.page_text(&document, page, query.version(), &requester).await?;
    Ok(pages::text(text, &query, &headers))
}

async fn outline(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let query = query?.0;
    let outline = state.services.library.outline(&document, query.version(), &requester).await?;
    Ok(pages::outline(outline, &query, &headers))
}

async fn thumbnail(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let reads_webp = pages::reads_webp(&headers);
    let picture = state.services.library.thumbnail(&document, reads_webp, &requester).await?;
    Ok(pages::picture(picture, &query?.0))
}

async fn add_link(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_document(&document, &requester).await?;
    let body = body.map_err(|rejection| refused_body(&rejection, MAX_SETTINGS_BODY))?;
    let new = if body.is_empty() { NewLink::default() } else { read_new_link(&body)? };
    let link = state.services.library.add_link(&document, new, &requester).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(success(super::links::LinkBody { link }))))
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
