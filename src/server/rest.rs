//! JSON for programs: the wire contract of the system, over the same operations as the server functions.
//!
//! ```text
//! GET  /api/send/realtime/{linkId}     a snapshot; ?limit=1..500
//! POST /api/send/realtime/{linkId}     {"action": "join" | "heartbeat" | "leave", …}
//! GET  /api/send/realtime/{linkId}/events   a stream of snapshots; see [`events`]
//! …    /api/documents, /api/links           what owners keep; see [`documents`] and [`links`]
//! GET  /v/{linkId}/pages/{page}        the picture of a page
//! GET  /v/{linkId}/download            the file, where the link lets it be downloaded
//! GET  /healthz, /readyz               the process is up; Redis answers
//! ```

mod action;
mod documents;
mod envelope;
mod events;
mod links;
mod test_clock;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{
        DefaultBodyLimit, Path, Query, State,
        rejection::{BytesRejection, PathRejection, QueryRejection},
    },
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

pub use self::envelope::{bounded_body, server_function_status};
use super::{
    AppState,
    asker::{Asker, Head},
    documents::Picture,
    envelope::success,
    forms::segment,
    operations::Download,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, ViewerLimit},
};

/// The largest body that is read, in bytes. Server functions are held to it as well.
pub const MAX_BODY: usize = 4 * 1024;

/// The routes of this module; `/test/clock` among them only when the clock is one that can be set.
pub fn routes(state: &AppState) -> Router<AppState> {
    let api = Router::new()
        .route("/send/realtime/{link}", get(snapshot).post(act))
        .merge(events::routes())
        .merge(documents::routes())
        .merge(links::routes())
        .fallback(async || AppError::NotFound)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed);
    let routes = Router::new()
        .nest("/api", api)
        .route("/v/{link}/pages/{page}", get(page))
        .route("/v/{link}/download", get(download))
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
    asker: Asker,
) -> Result<impl IntoResponse, AppError> {
    let limit = match query?.0.limit {
        // What is no number is refused in the same words as a number that is too large.
        Some(text) => ViewerLimit::new(text.parse().unwrap_or(0))?,
        None => ViewerLimit::default(),
    };
    let snapshot = state.snapshot(&parse_link(&link?)?, limit, &asker).await?;
    Ok((NO_STORE, Json(success(snapshot))))
}

async fn act(
    State(state): State<AppState>,
    link: Result<Path<String>, PathRejection>,
    head: Head,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    let action = action::read(&body?)?;
    state.act(&parse_link(&link?)?, action, &head).await?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, "application/json")], r#"{"success":true}"#))
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "v")]
    version: Option<String>,
}

async fn page(
    State(state): State<AppState>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Version>, QueryRejection>,
    asker: Asker,
) -> Result<impl IntoResponse, AppError> {
    let Path((link, page)) = path?;
    let page = page.parse().map_err(|_| AppError::NotFound)?;
    let version = query?.0.version;
    let picture = state.page(&parse_link(&link)?, page, version.as_deref(), &asker).await?;
    Ok(shown(picture, version.is_some()))
}

/// A picture. Where the address names the state of the file, it can be kept for as long as anybody likes, but by
/// the reader alone.
fn shown(picture: Picture, is_named: bool) -> impl IntoResponse {
    let kept = if is_named { "private, max-age=31536000, immutable" } else { "no-store" };
    ([(header::CONTENT_TYPE, picture.media_type), (header::CACHE_CONTROL, kept)], picture.bytes)
}

async fn download(
    State(state): State<AppState>,
    link: Result<Path<String>, PathRejection>,
    asker: Asker,
) -> Result<Response, AppError> {
    Ok(attachment(state.download(&parse_link(&link?)?, &asker).await?))
}

/// A file that the browser saves and never shows: it is whatever somebody uploaded.
fn attachment(file: Download) -> Response {
    let name = format!("{}.{}", file.title, file.kind.extension());
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let plain = plain.replace(['"', '\\'], "_");
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", segment(&name));
    let headers = [
        (header::CONTENT_TYPE, file.kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, file.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(file.bytes)).into_response()
}

async fn ready(State(state): State<AppState>) -> Result<&'static str, AppError> {
    state.redis.ping().await?;
    Ok("ready\n")
}

const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// A document that could not exist is answered like one that does not.
fn parse_document(document: &str) -> Result<DocumentId, AppError> {
    document.parse().map_err(|_| AppError::DocumentNotFound)
}

/// A link that could not exist is answered like one that does not.
fn parse_link(link: &str) -> Result<LinkId, AppError> {
    link.parse().map_err(|_| AppError::LinkNotFound)
}
