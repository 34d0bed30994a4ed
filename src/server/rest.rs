//! JSON for programs: the wire contract of the system, over the same operations as the server functions.
//!
//! ```text
//! GET  /api/send/realtime/{linkId}     a snapshot; ?limit=1..500
//! POST /api/send/realtime/{linkId}     {"action": "join" | "heartbeat" | "leave", …}
//! GET  /api/send/realtime/{linkId}/events   a stream of snapshots; see [`events`]
//! GET  /v/{linkId}/pages/{page}        the picture of a page
//! GET  /healthz, /readyz               the process is up; Redis answers
//! ```

mod action;
mod envelope;
mod events;
mod test_clock;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Path, Query, State,
        rejection::{BytesRejection, PathRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderName, header},
    response::IntoResponse,
    routing::get,
};
use serde::Deserialize;

pub use self::envelope::{bounded_body, server_function_status};
use super::{AppState, envelope::success, operations::Asker};
use crate::{
    error::AppError,
    model::{LinkId, ViewerLimit},
};

/// The largest body that is read, in bytes. Server functions are held to it as well.
pub const MAX_BODY: usize = 4 * 1024;

/// The routes of this module; `/test/clock` among them only when the clock is one that can be set.
pub fn routes(state: &AppState) -> Router<AppState> {
    let api = Router::new()
        .route("/send/realtime/{link}", get(snapshot).post(act))
        .merge(events::routes())
        .fallback(async || AppError::NotFound)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed);
    let routes = Router::new()
        .nest("/api", api)
        .route("/v/{link}/pages/{page}", get(page))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready));
    let routes = if state.config.test_clock { routes.merge(test_clock::routes()) } else { routes };
    routes.layer(DefaultBodyLimit::max(MAX_BODY))
}

#[derive(Deserialize)]
struct SnapshotQuery {
    limit: Option<String>,
}

async fn snapshot(
    State(state): State<AppState>,
    link: Result<Path<String>, PathRejection>,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, AppError> {
    let limit = match query?.0.limit {
        // What is no number is refused in the same words as a number that is too large.
        Some(text) => ViewerLimit::new(text.parse().unwrap_or(0))?,
        None => ViewerLimit::default(),
    };
    let snapshot = state.snapshot(&parse_link(&link?)?, limit, &Asker::new(&state, &headers)).await?;
    Ok((NO_STORE, Json(success(snapshot))))
}

async fn act(
    State(state): State<AppState>,
    link: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    let action = action::read(&body?)?;
    state.act(&parse_link(&link?)?, action).await?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, "application/json")], r#"{"success":true}"#))
}

async fn page(
    State(state): State<AppState>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<impl IntoResponse, AppError> {
    let Path((link, page)) = path?;
    let page = page.parse().map_err(|_| AppError::NotFound)?;
    let picture = state.documents.page(&parse_link(&link)?, page).await?;
    // The address names the state of the file, so the picture can be kept for as long as anybody likes,
    // but by the reader alone.
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    Ok((headers, picture))
}

async fn ready(State(state): State<AppState>) -> Result<&'static str, AppError> {
    state.redis.ping().await?;
    Ok("ready\n")
}

const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// A link that could not exist is answered like one that does not.
fn parse_link(link: &str) -> Result<LinkId, AppError> {
    link.parse().map_err(|_| AppError::LinkNotFound)
}
