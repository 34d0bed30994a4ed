//! Whether the server runs, and whether it can count.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::NO_STORE;
use crate::{
    error::AppError,
    server::{http::AppState, services::Readiness},
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(ready))
}

/// Whether the process runs.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "Server",
    responses((status = 200, description = "It runs.", body = String)),
)]
async fn health() -> &'static str {
    "ok\n"
}

/// The envelope of an error, with the parts that are away.
#[derive(Serialize, ToSchema)]
struct NotReady {
    /// `false`.
    success: bool,
    /// For a person.
    error: String,
    /// `unavailable`.
    code: &'static str,
    parts: Parts,
}

/// What requests need.
#[derive(Serialize, ToSchema)]
struct Parts {
    /// `ok`, or `away`: it does not answer.
    redis: &'static str,
    /// `refused`: nothing new is counted.
    writes: &'static str,
}

/// Whether a visit would be counted.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "Server",
    responses(
        (status = 200, description = "It would.", body = String),
        (status = 503, description = "`unavailable`: it would not; `parts` says which part is away.", body = inline(NotReady)),
    ),
)]
async fn ready(State(state): State<AppState>) -> Response {
    let (error, redis) = match state.services.health.readiness().await {
        Readiness::Ready => return "ready\n".into_response(),
        Readiness::ReadsOnly(why) => (
            format!("Redis answers, but refuses writes: documents are shown, and visits are not counted. {why}"),
            "ok",
        ),
        Readiness::RedisAway => (
            "Redis does not answer: documents that were read within the last minute are shown, and nothing is counted."
                .to_owned(),
            "away",
        ),
    };
    let parts = Parts { redis, writes: "refused" };
    let body = NotReady { success: false, error, code: AppError::Unavailable.code(), parts };
    (StatusCode::SERVICE_UNAVAILABLE, NO_STORE, [(header::RETRY_AFTER, "1")], Json(body)).into_response()
}
