//! REST: the wire contract of the system, over the same services as the server functions.
//!
//! ```text
//! GET  /api/send/realtime/{linkId}     a snapshot; ?limit=1..500
//! POST /api/send/realtime/{linkId}     {"action": "join" | "heartbeat" | "leave", …}
//! GET  /api/send/realtime/{linkId}/events   a stream of snapshots; ?limit=1..500; see [`events`]
//! …    /api/documents, /api/links           documents and links of owners; see [`documents`] and [`links`]
//! GET  /api/account, /api/account/events   the owner's account; see [`account`]
//! …    /api/webhooks                      where the owner is told of events; see [`notices`]
//! …    …/analytics, …/visits, /api/readers  past visits; see [`history`] and [`readers`]
//! GET  /v/{linkId}/pages/{page}        the picture of a page; see [`pages`]
//! GET  /v/{linkId}/download            the file, if the link allows downloads
//! GET  /healthz, /readyz               whether the process runs; whether a write would succeed
//! ```

mod account;
mod action;
mod documents;
mod events;
mod history;
mod links;
mod notices;
mod pages;
mod path;
mod readers;
mod test_clock;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{
        DefaultBodyLimit, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::json;

use self::{
    pages::ReadQuery,
    path::{LinkPath, PagePath},
};
use super::{AppState, MAX_BODY, requester::Identity};
use crate::{
    error::AppError,
    model::{Invalid, LinkId, ViewerAction, ViewerLimit, address::encode},
    server::services::{Readiness, Requester, library::Download},
};

/// What programs ask for; `/test/clock` only with a test clock.
pub fn for_programs(state: &AppState) -> Router<AppState> {
    let api = Router::new()
        .route("/send/realtime/{link}", get(snapshot).post(act))
        .merge(account::routes())
        .merge(events::routes())
        .merge(documents::routes())
        .merge(links::routes())
        .merge(history::routes())
        .merge(notices::routes())
        .merge(readers::routes())
        .fallback(async || AppError::NotFound)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed);
    let routes =
        Router::new().nest("/api", api).route("/healthz", get(async || "ok\n")).route("/readyz", get(ready));
    let routes = if state.settings.test_clock { routes.merge(test_clock::routes()) } else { routes };
    routes.layer(DefaultBodyLimit::max(MAX_BODY))
}

/// What the viewer page shows and links to.
pub fn of_links() -> Router<AppState> {
    Router::new()
        .route("/v/{link}/pages/{page}", get(page))
        .route("/v/{link}/download", get(download))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// How many viewers a snapshot lists, as a query says it.
#[derive(Deserialize)]
struct SnapshotQuery {
    limit: Option<String>,
}

impl SnapshotQuery {
    fn limit(self) -> Result<ViewerLimit, Invalid> {
        match self.limit {
            // Text that is not a number is refused in the same words as a number out of range.
            Some(text) => ViewerLimit::new(text.parse().unwrap_or(0)),
            None => Ok(ViewerLimit::default()),
        }
    }
}

async fn snapshot(
    State(state): State<AppState>,
    LinkPath(link): LinkPath,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let limit = query?.0.limit()?;
    let snapshot = state.services.watching.snapshot(&link, limit, &requester).await?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, "application/json")], snapshot.json.clone()))
}

async fn act(
    State(state): State<AppState>,
    link: Result<LinkPath, AppError>,
    identity: Identity,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    let (action, LinkPath(link)) = (action::read(&body?)?, link?);
    let reading = &state.services.reading;
    match action {
        ViewerAction::Join(join) => {
            let (requester, origin) = (identity.requester(&state).await?, identity.visit_origin(&state));
            reading.join(&link, join, &requester, &origin).await?;
        }
        // The hot path: no owner is looked up.
        ViewerAction::Heartbeat(heartbeat) => reading.heartbeat(&link, heartbeat, identity.visitor()).await?,
        ViewerAction::Leave(leave) => {
            let reporter = identity.reporter(&leave, &state).await?;
            reading.leave(&link, leave, identity.visitor(), reporter.as_ref()).await?;
        }
    }
    Ok((NO_STORE, [(header::CONTENT_TYPE, "application/json")], r#"{"success":true}"#))
}

async fn page(
    State(state): State<AppState>,
    PagePath { id: link, page }: PagePath<LinkId>,
    query: ReadQuery,
    headers: HeaderMap,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let query = query?.0;
    let wish = query.wish(&headers)?;
    let picture = state.services.reading.page(&link, page, query.version(), wish, &requester).await?;
    let answer = pages::picture(picture.content, &query);
    Ok(if picture.is_gated { pages::revalidated(answer, &query, &headers) } else { answer })
}

async fn download(
    State(state): State<AppState>,
    LinkPath(link): LinkPath,
    method: Method,
    identity: Identity,
    Query(Downloader { session }): Query<Downloader>,
) -> Result<Response, AppError> {
    let requester = identity.requester(&state).await?;
    // A HEAD asks about the file, and downloads nothing.
    let origin = (method == Method::GET).then(|| identity.visit_origin(&state));
    let session = session.and_then(|session| session.parse().ok());
    let reading = &state.services.reading;
    Ok(attachment(reading.download(&link, session.as_ref(), &requester, origin.as_ref()).await?))
}

/// Who downloads, as the viewer page says it.
#[derive(Deserialize)]
struct Downloader {
    session: Option<String>,
}

/// A file as an answer that the browser saves and never displays: its content is an upload, and not to be trusted.
fn attachment(file: Download) -> Response {
    let name = format!("{}.{}", file.title, file.kind.extension());
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let ascii = ascii.replace(['"', '\\'], "_");
    let disposition = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", encode(&name));
    let headers = [
        (header::CONTENT_TYPE, file.kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, file.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(file.bytes)).into_response()
}

/// 200 where a write would succeed. Otherwise 503 says which part is away.
async fn ready(State(state): State<AppState>) -> Response {
    let (error, parts) = match state.services.health.readiness().await {
        Readiness::Ready => return "ready\n".into_response(),
        Readiness::ReadsOnly(why) => (
            format!("Redis answers, but refuses writes: documents are shown, and visits are not counted. {why}"),
            json!({ "redis": "ok", "writes": "refused" }),
        ),
        Readiness::RedisAway => (
            "Redis does not answer: documents that were read within the last minute are shown, and nothing is counted."
                .to_owned(),
            json!({ "redis": "away", "writes": "refused" }),
        ),
    };
    let code = AppError::Unavailable.code();
    let body = json!({ "success": false, "error": error, "code": code, "parts": parts });
    (StatusCode::SERVICE_UNAVAILABLE, NO_STORE, [(header::RETRY_AFTER, "1")], Json(body)).into_response()
}

const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];
