//! Server-sent events: the same snapshots as by asking, sent when they change.
//!
//! ```text
//! event: snapshot   a whole picture: at once, and after every change
//! event: links      the same for the list of links
//! event: trouble    there is no newer picture, and why; the next one ends it
//! event: alive      nothing has changed up to `asOf`; something is sent every 15 s at least
//! ```

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::stream::{self, Stream, StreamExt};

use super::parse_link;
use crate::{
    error::AppError,
    server::{AppState, live::RECONNECT_AFTER, operations::Asker},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/send/realtime/{link}/events", get(of_link))
        .route("/send/links/events", get(of_links))
}

async fn of_link(
    State(state): State<AppState>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    link: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let follower = state.follow(&parse_link(&link?)?, &Asker::new(&state, &headers)).await?;
    let place = state.streams.admit(client.ip())?;
    let events = stream::unfold((follower, place), async |(mut follower, place)| {
        follower.next().await.map(|event| (event, (follower, place)))
    });
    Ok(response(&state, events))
}

async fn of_links(
    State(state): State<AppState>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let place = state.streams.admit(client.ip())?;
    let follower = state.follow_links(Asker::new(&state, &headers));
    let events = stream::unfold((follower, place), async |(mut follower, place)| {
        Some((follower.next().await, (follower, place)))
    });
    Ok(response(&state, events))
}

/// Sends the events as they are, without a copy for each dashboard, until the server stops: a stream that
/// stayed open would hold it up.
fn response(state: &AppState, events: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let opening = Bytes::from(format!("retry: {}\n\n", RECONNECT_AFTER.as_millis()));
    let events = stream::once(async { opening })
        .chain(events)
        .take_until(state.stopping.clone().cancelled_owned())
        .map(Ok::<_, Infallible>);
    (HEADERS, Body::from_stream(events)).into_response()
}

const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "text/event-stream"),
    (header::CACHE_CONTROL, "no-store, no-transform"),
    // Some proxies collect an answer before they pass it on, unless told not to.
    (HeaderName::from_static("x-accel-buffering"), "no"),
];
