//! Server-sent events: the same snapshots as by asking, sent when they change.
//!
//! ```text
//! event: snapshot   a whole picture: at once, and after every change
//! event: documents  the same for the list of documents
//! event: trouble    there is no newer picture, and why; the next one ends it
//! event: alive      nothing has changed up to `asOf`; something is sent every 15 s at least
//! ```

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{
    future,
    stream::{self, Stream, StreamExt},
};
use tokio::time::sleep;

use super::parse_link;
use crate::{
    error::AppError,
    model::LinkId,
    server::{
        AppState, accounts,
        asker::{Asker, Credential},
        live::RECONNECT_AFTER,
    },
};

/// How long a stream may go on for somebody who may no longer see it, should nobody have said so.
const RECHECK: Duration = Duration::from_secs(60);

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/send/realtime/{link}/events", get(of_link))
        .route("/documents/events", get(of_documents))
}

async fn of_link(
    State(state): State<AppState>,
    link: Result<Path<String>, PathRejection>,
    asker: Asker,
) -> Result<Response, AppError> {
    let link = parse_link(&link?)?;
    let follower = state.follow(&link, &asker).await?;
    let place = state.streams.admit(asker.client.address)?;
    let events = stream::unfold((follower, place), async |(mut follower, place)| {
        follower.next().await.map(|event| (event, (follower, place)))
    });
    let revoked = revoked(state.clone(), asker.credential().clone(), Some(link));
    Ok(response(&state, events, revoked))
}

async fn of_documents(State(state): State<AppState>, asker: Asker) -> Result<Response, AppError> {
    let follower = state.follow_documents(&asker)?;
    let place = state.streams.admit(asker.client.address)?;
    let events = stream::unfold((follower, place), async |(mut follower, place)| {
        Some((follower.next().await, (follower, place)))
    });
    let revoked = revoked(state.clone(), asker.credential().clone(), None);
    Ok(response(&state, events, revoked))
}

/// Returns when whoever has shown `credential` may no longer see what was opened for them: signed out, a key
/// revoked, a link deleted.
async fn revoked(state: AppState, credential: Credential, link: Option<LinkId>) {
    let mut subscription = state.announcements.subscribe(accounts::CHANGED.to_owned());
    loop {
        tokio::select! {
            () = subscription.changed() => {}
            () = sleep(RECHECK) => {}
        }
        match state.may_watch(&credential, link.as_ref()).await {
            // Not known is not refused.
            Ok(true) | Err(AppError::Unavailable) => {}
            Ok(false) | Err(_) => return,
        }
    }
}

/// Sends the events as they are, without a copy for each dashboard, until the server stops: a stream that
/// stayed open would hold it up.
fn response(
    state: &AppState,
    events: impl Stream<Item = Bytes> + Send + 'static,
    revoked: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let stopping = state.stopping.clone().cancelled_owned();
    let opening = Bytes::from(format!("retry: {}\n\n", RECONNECT_AFTER.as_millis()));
    let events = stream::once(async { opening })
        .chain(events)
        .take_until(future::select(Box::pin(stopping), Box::pin(revoked)))
        .map(Ok::<_, Infallible>);
    (HEADERS, Body::from_stream(events)).into_response()
}

const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "text/event-stream"),
    (header::CACHE_CONTROL, "no-store, no-transform"),
    // Some proxies collect an answer before they pass it on, unless told not to.
    (HeaderName::from_static("x-accel-buffering"), "no"),
];
