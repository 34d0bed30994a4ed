//! Webhooks, for their owners.
//!
//! ```text
//! GET    /api/webhooks                          {"webhooks": [...]}
//! POST   /api/webhooks                          {"url", "kind", "events", "documents"}: with its secret, this once
//! GET    /api/webhooks/{webhookId}              one
//! PATCH  /api/webhooks/{webhookId}              {"url", "events", "documents", "enabled"}
//! DELETE /api/webhooks/{webhookId}              with its deliveries
//! POST   /api/webhooks/{webhookId}/secret       another secret; the one before signs too for a day
//! POST   /api/webhooks/{webhookId}/test         sends a test
//! GET    /api/webhooks/{webhookId}/deliveries   the latest hundred, the newest first
//! POST   /api/webhooks/{webhookId}/deliveries/{deliveryId}   sends one again
//! GET    /api/notices/events                    a stream of events for the owner's browsers: `event: notice`; ?last=ID
//! ```

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{
        Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::{
        bodies::Nothing,
        errors::{OfNewWebhook, OfNotices, OfOwner, OfWebhook, OfWebhookChange, OfWebhookPatch},
        parameters::{IdempotencyKey, OneDelivery, OneWebhook},
    },
    events,
    fields::read_fields,
    made_once::Secret,
    path::{IdPath, PartPath},
};
use crate::{
    error::AppError,
    model::{
        Delivery, DeliveryId, MadeWebhook, NewWebhook, Success, Webhook, WebhookChange, WebhookId, success,
    },
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one, change, remove))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(send_again))
        .routes(routes!(follow))
}

/// The route that makes something.
pub(super) fn making() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(add))
}

#[derive(Serialize, ToSchema)]
struct WebhooksBody {
    webhooks: Vec<Webhook>,
}

#[derive(Serialize, ToSchema)]
struct WebhookBody {
    webhook: Webhook,
}

#[derive(Serialize, ToSchema)]
struct DeliveriesBody {
    deliveries: Vec<Delivery>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeliveryBody {
    delivery_id: DeliveryId,
}

fn made(status: StatusCode, made: MadeWebhook) -> impl IntoResponse {
    (status, Extension(Secret), NO_STORE, Json(success(made)))
}

/// The requester's webhooks.
#[utoipa::path(
    get,
    path = "/webhooks",
    tag = "Notices",
    responses((status = 200, description = "The webhooks.", body = inline(Success<WebhooksBody>)), OfOwner),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn list(State(state): State<AppState>, requester: Requester) -> Result<impl IntoResponse, AppError> {
    let webhooks = state.services.notices.webhooks(&requester).await?;
    Ok((NO_STORE, Json(success(WebhooksBody { webhooks }))))
}

/// Makes a webhook. Sent again with the same `Idempotency-Key`, the request is answered 409 `already_made`.
#[utoipa::path(
    post,
    path = "/webhooks",
    tag = "Notices",
    params(IdempotencyKey),
    request_body(content = NewWebhook),
    responses((status = 201, description = "The webhook with its secret, which is shown this once.", body = inline(Success<MadeWebhook>)), OfNewWebhook),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn add(
    State(state): State<AppState>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    requester.owner()?;
    let new: NewWebhook = read_fields(&body?)?;
    Ok(made(StatusCode::CREATED, state.services.notices.add(new, &requester).await?))
}

/// One webhook.
#[utoipa::path(
    get,
    path = "/webhooks/{webhook}",
    tag = "Notices",
    params(OneWebhook),
    responses((status = 200, description = "The webhook.", body = inline(Success<WebhookBody>)), OfWebhook),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn one(
    State(state): State<AppState>,
    IdPath(id): IdPath<WebhookId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let webhook = state.services.notices.webhook(&id, &requester).await?;
    Ok((NO_STORE, Json(success(WebhookBody { webhook }))))
}

/// Changes a webhook.
#[utoipa::path(
    patch,
    path = "/webhooks/{webhook}",
    tag = "Notices",
    params(OneWebhook),
    request_body(content = WebhookChange, description = "An omitted field stays as it is."),
    responses((status = 200, description = "The webhook.", body = inline(Success<WebhookBody>)), OfWebhookPatch),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn change(
    State(state): State<AppState>,
    IdPath(id): IdPath<WebhookId>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    let notices = &state.services.notices;
    let id = notices.webhook(&id, &requester).await?.webhook_id;
    let change: WebhookChange = read_fields(&body?)?;
    let webhook = notices.change(&id, change, &requester).await?;
    Ok((NO_STORE, Json(success(WebhookBody { webhook }))))
}

/// Deletes a webhook with its deliveries.
#[utoipa::path(
    delete,
    path = "/webhooks/{webhook}",
    tag = "Notices",
    params(OneWebhook),
    responses((status = 200, description = "Done.", body = inline(Success<Nothing>)), OfWebhookChange),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn remove(
    State(state): State<AppState>,
    IdPath(id): IdPath<WebhookId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.notices.remove(&id, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}

/// Makes another secret. The one before signs too for a day.
#[utoipa::path(
    post,
    path = "/webhooks/{webhook}/secret",
    tag = "Notices",
    params(OneWebhook),
    responses((status = 200, description = "The webhook with its new secret, which is shown this once.", body = inline(Success<MadeWebhook>)), OfWebhookChange),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn rotate(
    State(state): State<AppState>,
    IdPath(id): IdPath<WebhookId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    Ok(made(StatusCode::OK, state.services.notices.rotate(&id, &requester).await?))
}

/// Sends a test.
#[utoipa::path(
    post,
    path = "/webhooks/{webhook}/test",
    tag = "Notices",
    params(OneWebhook),
    responses((status = 202, description = "The delivery.", body = inline(Success<DeliveryBody>)), OfWebhookChange),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn test(
    State(state): State<AppState>,
    IdPath(id): IdPath<WebhookId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let delivery_id = state.services.notices.test(&id, &requester).await?;
    Ok((StatusCode::ACCEPTED, NO_STORE, Json(success(DeliveryBody { delivery_id }))))
}

/// The deliveries of a webhook.
#[utoipa::path(
    get,
    path = "/webhooks/{webhook}/deliveries",
    tag = "Notices",
    params(OneWebhook),
    responses((status = 200, description = "The latest hundred, the newest first.", body = inline(Success<DeliveriesBody>)), OfWebhook),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn deliveries(
    State(state): State<AppState>,
    IdPath(id): IdPath<WebhookId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let deliveries = state.services.notices.log(&id, &requester).await?.deliveries;
    Ok((NO_STORE, Json(success(DeliveriesBody { deliveries }))))
}

/// Sends a delivery again.
#[utoipa::path(
    post,
    path = "/webhooks/{webhook}/deliveries/{delivery}",
    tag = "Notices",
    params(OneWebhook, OneDelivery),
    responses((status = 202, description = "The delivery.", body = inline(Success<DeliveryBody>)), OfWebhookChange),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn send_again(
    State(state): State<AppState>,
    PartPath(id, delivery_id): PartPath<WebhookId, DeliveryId>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.notices.send_again(&id, &delivery_id, &requester).await?;
    Ok((StatusCode::ACCEPTED, NO_STORE, Json(success(DeliveryBody { delivery_id }))))
}

/// The event that a browser had last, in an address: a tab that takes over from another cannot send a header.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Had {
    /// The id of the event that the browser had last; the header `Last-Event-ID` says the same.
    last: Option<String>,
}

/// The events for the owner's browsers: those from now on, or behind the one that a browser had last.
#[utoipa::path(
    get,
    path = "/notices/events",
    tag = "Notices",
    params(Had),
    responses((status = 200, description = "A stream of events that does not end: `notice` for each event.", body = String, content_type = "text/event-stream"), OfNotices),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn follow(
    State(state): State<AppState>,
    requester: Requester,
    had: Result<Query<Had>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let had = had?.0;
    let last = headers.get("last-event-id").and_then(|last| last.to_str().ok()).or(had.last.as_deref());
    let follower = state.services.watching.follow_notices(last, &requester).await?;
    let permit =
        state.services.streams.admit(requester.visitor.rate_limit_key, &requester.owner()?.owner_id)?;
    let events = stream::unfold((follower, permit), async |(mut follower, permit)| {
        Some((follower.next().await, (follower, permit)))
    });
    let watching = state.services.watching.clone();
    let revoked = async move { watching.revoked(requester, None).await };
    Ok(events::response(&state, events.take_until(Box::pin(revoked))))
}
