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
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{NO_STORE, action::read_fields, events};
use crate::{
    error::AppError,
    model::{Delivery, DeliveryId, MadeWebhook, NewWebhook, Webhook, WebhookChange, WebhookId, success},
    server::{http::AppState, services::Requester},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/webhooks", get(list).post(add))
        .route("/webhooks/{webhook}", get(one).patch(change).delete(remove))
        .route("/webhooks/{webhook}/secret", post(rotate))
        .route("/webhooks/{webhook}/test", post(test))
        .route("/webhooks/{webhook}/deliveries", get(deliveries))
        .route("/webhooks/{webhook}/deliveries/{delivery}", post(send_again))
        .route("/notices/events", get(follow))
}

#[derive(Serialize)]
struct WebhooksBody {
    webhooks: Vec<Webhook>,
}

#[derive(Serialize)]
struct WebhookBody {
    webhook: Webhook,
}

#[derive(Serialize)]
struct DeliveriesBody {
    deliveries: Vec<Delivery>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryBody {
    delivery_id: DeliveryId,
}

/// An invalid id is answered like one that does not exist.
fn webhook(id: &str) -> Result<WebhookId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

fn made(status: StatusCode, made: MadeWebhook) -> impl IntoResponse {
    (status, NO_STORE, Json(success(made)))
}

async fn list(State(state): State<AppState>, requester: Requester) -> Result<impl IntoResponse, AppError> {
    let webhooks = state.services.notices.webhooks(&requester).await?;
    Ok((NO_STORE, Json(success(WebhooksBody { webhooks }))))
}

async fn add(
    State(state): State<AppState>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    requester.owner()?;
    let new: NewWebhook = read_fields(&body?)?;
    Ok(made(StatusCode::CREATED, state.services.notices.add(new, &requester).await?))
}

async fn one(
    State(state): State<AppState>,
    Path(id): Path<String>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let webhook = state.services.notices.webhook(&webhook(&id)?, &requester).await?;
    Ok((NO_STORE, Json(success(WebhookBody { webhook }))))
}

async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    let notices = &state.services.notices;
    let id = notices.webhook(&webhook(&id)?, &requester).await?.webhook_id;
    let change: WebhookChange = read_fields(&body?)?;
    let webhook = notices.change(&id, change, &requester).await?;
    Ok((NO_STORE, Json(success(WebhookBody { webhook }))))
}

async fn remove(
    State(state): State<AppState>,
    Path(id): Path<String>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    state.services.notices.remove(&webhook(&id)?, &requester).await?;
    Ok((NO_STORE, Json(success(()))))
}

async fn rotate(
    State(state): State<AppState>,
    Path(id): Path<String>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    Ok(made(StatusCode::OK, state.services.notices.rotate(&webhook(&id)?, &requester).await?))
}

async fn test(
    State(state): State<AppState>,
    Path(id): Path<String>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let delivery_id = state.services.notices.test(&webhook(&id)?, &requester).await?;
    Ok((StatusCode::ACCEPTED, NO_STORE, Json(success(DeliveryBody { delivery_id }))))
}

async fn deliveries(
    State(state): State<AppState>,
    Path(id): Path<String>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let deliveries = state.services.notices.log(&webhook(&id)?, &requester).await?.deliveries;
    Ok((NO_STORE, Json(success(DeliveriesBody { deliveries }))))
}

async fn send_again(
    State(state): State<AppState>,
    Path((id, delivery)): Path<(String, String)>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let delivery_id: DeliveryId = delivery.parse().map_err(|_| AppError::NotFound)?;
    state.services.notices.send_again(&webhook(&id)?, &delivery_id, &requester).await?;
    Ok((StatusCode::ACCEPTED, NO_STORE, Json(success(DeliveryBody { delivery_id }))))
}

/// The event that a browser had last, in an address: a tab that takes over from another cannot send a header.
#[derive(Deserialize)]
struct Had {
    last: Option<String>,
}

/// Follows the events for the owner's browsers: those from now on, or behind the one that a browser had last.
async fn follow(
    State(state): State<AppState>,
    requester: Requester,
    Query(had): Query<Had>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
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
