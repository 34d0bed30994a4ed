//! Server-sent events: snapshots, sent when they change.
//!
//! ```text
//! event: snapshot   a whole snapshot: at once, and after every change; `history` in it says that past visits changed
//! event: documents  the whole list of documents: at once, and after every change
//! event: trouble    why there is no newer snapshot or list; the next one ends the trouble
//! event: alive      nothing has changed up to `asOf`; an event is sent at least every 15 s
//! ```

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{
    future,
    stream::{self, Stream, StreamExt},
};

use super::{
    SnapshotQuery,
    documents::{Parameters, document_query},
    path::{DocumentPath, LinkPath},
};
use crate::{
    error::AppError,
    model::DocumentScope,
    server::{http::AppState, live::RECONNECT_DELAY, services::Requester},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/send/realtime/{link}/events", get(of_link))
        .route("/documents/events", get(of_documents))
        .route("/documents/{document}/events", get(of_document))
}

async fn of_link(
    State(state): State<AppState>,
    LinkPath(link): LinkPath,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
    requester: Requester,
) -> Result<Response, AppError> {
    let follower = state.services.watching.follow(&link, query?.0.limit()?, &requester).await?;
    let permit =
        state.services.streams.admit(requester.visitor.rate_limit_key, &requester.owner()?.owner_id)?;
    let events = stream::unfold((follower, permit), async |(mut follower, permit)| {
        follower.next().await.map(|event| (event, (follower, permit)))
    });
    let watching = state.services.watching.clone();
    let revoked = async move { watching.revoked(requester, Some(link)).await };
    Ok(response(&state, events, revoked))
}

async fn of_documents(
    State(state): State<AppState>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    requester: Requester,
) -> Result<Response, AppError> {
    let query = document_query(&parameters?.0)?;
    follow_documents(&state, DocumentScope::Page(query), requester)
}

async fn of_document(
    State(state): State<AppState>,
    DocumentPath(document): DocumentPath,
    requester: Requester,
) -> Result<Response, AppError> {
    state.services.library.check_document(&document, &requester).await?;
    follow_documents(&state, DocumentScope::One(document), requester)
}

fn follow_documents(
    state: &AppState,
    scope: DocumentScope,
    requester: Requester,
) -> Result<Response, AppError> {
    let follower = state.services.watching.follow_documents(scope, &requester)?;
    let permit =
        state.services.streams.admit(requester.visitor.rate_limit_key, &requester.owner()?.owner_id)?;
    let events = stream::unfold((follower, permit), async |(mut follower, permit)| {
        Some((follower.next().await, (follower, permit)))
    });
    let watching = state.services.watching.clone();
    let revoked = async move { watching.revoked(requester, None).await };
    Ok(response(state, events, revoked))
}

/// A stream of the given events, without a copy for each dashboard. It ends when `revoked` returns, and when the server
/// stops, which an open stream would delay.
fn response(
    state: &AppState,
    events: impl Stream<Item = Bytes> + Send + 'static,
    revoked: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let stopping = state.stopping.clone().cancelled_owned();
    let opening = Bytes::from(format!("retry: {}\n\n", RECONNECT_DELAY.as_millis()));
    let events = stream::once(async { opening })
        .chain(events)
        .take_until(future::select(Box::pin(stopping), Box::pin(revoked)))
        .map(Ok::<_, Infallible>);
    (HEADERS, Body::from_stream(events)).into_response()
}

const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_TYPE, "text/event-stream"),
    (header::CACHE_CONTROL, "no-store, no-transform"),
    // Proxies that compress whatever is not compressed yet hold events back, some of them in spite of
    // `no-transform`. They leave an answer alone whose coding is named.
    (header::CONTENT_ENCODING, "identity"),
    // Tells proxies such as nginx not to buffer the answer.
    (HeaderName::from_static("x-accel-buffering"), "no"),
];
