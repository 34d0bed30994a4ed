//! The badges of a link, for its owner.
//!
//! ```text
//! GET    /api/links/{linkId}/badges             each with its address
//! POST   /api/links/{linkId}/badges             {"sites": ["https://…"], "counts": …, "live": …}: 201 with the badge
//! DELETE /api/links/{linkId}/badges/{badgeId}   revokes one
//! ```

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
    response::IntoResponse,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::{
        bodies::Nothing,
        errors::{OfLink, OfNewBadge, OfOwnBadge},
        parameters::{IdempotencyKey, OneBadge, OneLink},
    },
    fields::read_fields,
    path::{IdPath, PartPath},
};
use crate::{
    error::AppError,
    model::{BadgeId, LinkBadge, LinkId, NewLinkBadge, Success, address, success},
    server::{
        http::{AppState, keyed_digest::KeyedDigest},
        services::{OwnBadge, Requester},
    },
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(revoke))
}

/// The route that makes something.
pub(super) fn making() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(make))
}

/// Badges with their addresses. A token is made of its id with the server's key, so that its owner can read the address
/// again, and Redis holds only its digest.
pub fn with_urls(
    state: &AppState,
    link: &LinkId,
    requester: &Requester,
    badges: Vec<OwnBadge>,
) -> Vec<LinkBadge> {
    let badge = |OwnBadge { id, sites, counts, live, created_at }| {
        let url = address::absolute(&requester.origin, address::badge(&token(state, link, &id)));
        LinkBadge { badge_id: id, url, sites, counts, live, created_at }
    };
    badges.into_iter().map(badge).collect()
}

/// The token of a badge.
pub fn token(state: &AppState, link: &LinkId, id: &BadgeId) -> String {
    let mut digest = KeyedDigest::of(state, "badge");
    digest.update(format!("{link} {id}"));
    digest.end(state)
}

#[derive(Serialize, ToSchema)]
struct Badges {
    /// The oldest first.
    badges: Vec<LinkBadge>,
}

#[derive(Serialize, ToSchema)]
struct OneMade {
    badge: Option<LinkBadge>,
}

/// The badges of a link.
#[utoipa::path(
    get,
    path = "/links/{link}/badges",
    tag = "Badges",
    params(OneLink),
    responses((status = 200, description = "The badges.", body = inline(Success<Badges>)), OfLink),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn list(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let badges = state.services.badges.list(&link, &requester).await?;
    Ok((NO_STORE, Json(success(Badges { badges: with_urls(&state, &link, &requester, badges) }))))
}

/// Makes a badge of a link.
#[utoipa::path(
    post,
    path = "/links/{link}/badges",
    tag = "Badges",
    params(OneLink, IdempotencyKey),
    request_body(content = NewLinkBadge, description = "May be empty: then no site may show the badge in a frame."),
    responses((status = 201, description = "The badge.", body = inline(Success<OneMade>)), OfNewBadge),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn make(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    state.services.library.check_link(&link, &requester).await?;
    let body = body?;
    let new: NewLinkBadge = if body.is_empty() { NewLinkBadge::default() } else { read_fields(&body)? };
    let made = state.services.badges.make(&link, &new, &requester, |id| token(&state, &link, id)).await?;
    let badge = with_urls(&state, &link, &requester, vec![made]).pop();
    Ok((StatusCode::CREATED, NO_STORE, Json(success(OneMade { badge }))))
}

/// Revokes a badge: it shows nothing from then on, and its streams end.
#[utoipa::path(
    delete,
    path = "/links/{link}/badges/{badge}",
    tag = "Badges",
    params(OneLink, OneBadge),
    responses((status = 200, description = "Done.", body = inline(Success<Nothing>)), OfOwnBadge),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn revoke(
    State(state): State<AppState>,
    PartPath(link, badge): PartPath<LinkId, BadgeId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.badges.revoke(&link, &badge, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}
