//! Links, for their owners.
//!
//! ```text
//! GET    /api/links/{linkId}           one
//! PATCH  /api/links/{linkId}           {"label", "enabled", "expiresAt", "email", "password", "download",
//!                                       "copying", "busy", "allow", "block", "mail"}
//! DELETE /api/links/{linkId}           with its numbers
//! GET    /api/links/{linkId}/qr.svg    its address as a QR code
//! ```

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::header,
    response::IntoResponse,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::{
        bodies::Nothing,
        errors::{OfLink, OfLinkChange, OfLinkPatch},
        parameters::OneLink,
    },
    fields::read_fields,
    path::IdPath,
};
use crate::{
    error::AppError,
    model::{LinkChange, LinkId, LinkSummary, Success, address, success},
    server::{
        http::{AppState, MAX_SETTINGS_BODY, envelope::refused_body, qr_code},
        services::Requester,
    },
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    let settings =
        OpenApiRouter::new().routes(routes!(change)).layer(DefaultBodyLimit::max(MAX_SETTINGS_BODY));
    OpenApiRouter::new().routes(routes!(one, delete)).merge(settings).routes(routes!(qr_code))
}

/// The body of an answer with one link.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkBody<T> {
    pub(super) link: T,
}

/// One link.
#[utoipa::path(
    get,
    path = "/links/{link}",
    tag = "Links",
    params(OneLink),
    responses((status = 200, description = "The link.", body = inline(Success<LinkBody<LinkSummary>>)), OfLink),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn one(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let link = state.services.library.link(&link, &requester).await?;
    Ok((NO_STORE, Json(success(LinkBody { link }))))
}

/// Changes the settings of a link.
#[utoipa::path(
    patch,
    path = "/links/{link}",
    tag = "Links",
    params(OneLink),
    request_body(content = LinkChange, description = "An omitted field stays as it is."),
    responses((status = 200, description = "The link.", body = inline(Success<LinkBody<LinkSummary>>)), OfLinkPatch),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn change(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_link(&link, &requester).await?;
    let body = body.map_err(|rejection| refused_body(&rejection, MAX_SETTINGS_BODY))?;
    let change: LinkChange = read_fields(&body)?;
    let link = state.services.library.change_link(&link, change, &requester).await?;
    Ok((NO_STORE, Json(success(LinkBody { link }))))
}

/// Deletes a link with its visits.
#[utoipa::path(
    delete,
    path = "/links/{link}",
    tag = "Links",
    params(OneLink),
    responses((status = 200, description = "Done.", body = inline(Success<Nothing>)), OfLinkChange),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn delete(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.delete_link(&link, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}

/// The QR code of a link's address.
#[utoipa::path(
    get,
    path = "/links/{link}/qr.svg",
    tag = "Links",
    params(OneLink),
    responses((status = 200, description = "The QR code.", content(("image/svg+xml"))), OfLink),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn qr_code(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_link(&link, &requester).await?;
    let code = qr_code::svg(&address::absolute(&requester.origin, address::viewer(&link)))?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, "image/svg+xml")], code))
}
