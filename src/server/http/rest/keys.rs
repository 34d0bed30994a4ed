//! API keys of the requester.
//!
//! ```text
//! GET    /api/keys         name, scope, expiry and last use of each
//! POST   /api/keys         {"label": …, "scope": …, "days": …}: 201 with the key, which only this answer holds
//! DELETE /api/keys/{key}   revokes one at once
//! ```

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::{
        bodies::Nothing,
        errors::{OfKey, OfNewKey, OfOwner},
        parameters::{IdempotencyKey, OneKey},
    },
    fields::read_fields,
    made_once::Secret,
    path::IdPath,
};
use crate::{
    error::AppError,
    model::{ApiKey, KeyId, KeyScope, NewApiKey, Success, success},
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(revoke))
}

/// The route that makes something.
pub(super) fn making() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(make))
}

#[derive(Serialize, ToSchema)]
struct Keys {
    /// The newest first.
    keys: Vec<ApiKey>,
}

/// The requester's API keys, with name, scope, expiry and last use, without the keys themselves.
#[utoipa::path(
    get,
    path = "/keys",
    tag = "Account",
    responses((status = 200, description = "The keys.", body = inline(Success<Keys>)), OfOwner),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn list(State(state): State<AppState>, requester: Requester) -> Result<impl IntoResponse, AppError> {
    let keys = state.services.accounts.api_keys(&requester).await?;
    Ok((NO_STORE, Json(success(Keys { keys }))))
}

/// What a new key is called, and what it may do.
#[derive(Deserialize, ToSchema)]
struct NewKey {
    /// The owner's name for it.
    #[schema(min_length = 1, max_length = 100)]
    label: String,
    /// What it may do; `write` when it is not said.
    scope: Option<KeyScope>,
    /// After how many days it expires; never when it is not said.
    #[schema(minimum = 1, maximum = 3_650)]
    days: Option<u32>,
}

/// Makes an API key. Only this answer holds it: sent again with the same `Idempotency-Key`, the request is answered 409
/// `already_made`.
#[utoipa::path(
    post,
    path = "/keys",
    tag = "Account",
    params(IdempotencyKey),
    request_body(content = NewKey),
    responses((status = 201, description = "The key.", body = inline(Success<NewApiKey>)), OfNewKey),
    security(("apiKey" = ["manage"]), ("session" = [])),
)]
async fn make(
    State(state): State<AppState>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    requester.manager()?;
    let NewKey { label, scope, days } = read_fields(&body?)?;
    let accounts = &state.services.accounts;
    let days = days.map(|days| days.to_string()).unwrap_or_default();
    let rights = accounts.key_rights(scope.unwrap_or_default().as_str(), &days)?;
    let made = accounts.new_api_key(&label, rights, &requester).await?;
    Ok((StatusCode::CREATED, Extension(Secret), NO_STORE, Json(success(made))))
}

/// Revokes an API key at once.
#[utoipa::path(
    delete,
    path = "/keys/{key}",
    tag = "Account",
    params(OneKey),
    responses((status = 200, description = "Done.", body = inline(Success<Nothing>)), OfKey),
    security(("apiKey" = ["manage"]), ("session" = [])),
)]
async fn revoke(
    State(state): State<AppState>,
    requester: Requester,
    key: Result<IdPath<KeyId>, AppError>,
) -> Result<impl IntoResponse, AppError> {
    requester.manager()?;
    let IdPath(key) = key?;
    state.services.accounts.revoke_api_key(&key, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}
