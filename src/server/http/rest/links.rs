//! Links, for their owners.
//!
//! ```text
//! GET    /api/links/{linkId}           one
//! PATCH  /api/links/{linkId}           {"label", "enabled", "expiresAt", "email", "password", "download",
//!                                       "copying", "busy", "allow", "block"}
//! DELETE /api/links/{linkId}           with its numbers
//! GET    /api/links/{linkId}/qr.svg    its address as a QR code
//! GET    /api/links/{linkId}/pages/{page}/text, /api/links/{linkId}/outline
//!                                      for its visitors; see [`super::pages`]
//! ```

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, header},
    response::IntoResponse,
    routing::{get, patch},
};
use serde::Serialize;

use super::{
    NO_STORE,
    action::read_fields,
    pages::{self, ReadQuery},
    path::{LinkPath, PagePath},
};
use crate::{
    error::AppError,
    model::{LinkChange, LinkId, address, success},
    server::{
        http::{AppState, MAX_SETTINGS_BODY, envelope::refused_body, qr_code},
        services::Requester,
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/links/{link}", get(one).delete(delete))
        .route("/links/{link}", patch(change).layer(DefaultBodyLimit::max(MAX_SETTINGS_BODY)))
        .route("/links/{link}/qr.svg", get(qr_code))
        .route("/links/{link}/pages/{page}/text", get(page_text))
        .route("/links/{link}/outline", get(outline))
}

/// The body of an answer with one link.
#[derive(Serialize)]
pub(super) struct LinkBody<T> {
    pub(super) link: T,
}

async fn one(
    State(state): State<AppState>,
    LinkPath(link): LinkPath,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let link = state.services.library.link(&link, &requester).await?;
    Ok((NO_STORE, Json(success(LinkBody { link }))))
}

async fn change(
    State(state): State<AppState>,
    LinkPath(link): LinkPath,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_link(&link, &requester).await?;
    let body = body.map_err(|rejection| refused_body(&rejection, MAX_SETTINGS_BODY))?;
    let change: LinkChange = read_fields(&body)?;
    let link = state.services.library.change_link(&link, change, &requester).await?;
    Ok((NO_STORE, Json(success(LinkBody { link }))))
}

async fn delete(
    State(state): State<AppState>,
    LinkPath(link): LinkPath,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.delete_link(&link, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}

async fn qr_code(
    State(state): State<AppState>,
    LinkPath(link): LinkPath,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_link(&link, &requester).await?;
    let code = qr_code::svg(&address::absolute(&requester.origin, address::viewer(&link)))?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, "image/svg+xml")], code))
}

async fn page_text(
    State(state): State<AppState>,
    PagePath { id: link, page }: PagePath<LinkId>,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let query = query?.0;
    let text = state.services.reading.page_text(&link, page, query.version(), &requester).await?;
    let answer = pages::text(text.content, &query, &headers);
    Ok(if text.is_gated { pages::revalidated(answer, &query, &headers) } else { answer })
}

async fn outline(
    State(state): State<AppState>,
    LinkPath(link): LinkPath,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let query = query?.0;
    let outline = state.services.reading.outline(&link, query.version(), &requester).await?;
    let answer = pages::outline(outline.content, &query, &headers);
    Ok(if outline.is_gated { pages::revalidated(answer, &query, &headers) } else { answer })
}
