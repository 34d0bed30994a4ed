//! Server-sent events: snapshots, sent when they change.
//!
//! ```text
//! event: snapshot   a whole snapshot: at once, and after every change; `history` in it says that past visits changed
//! event: documents  the whole list of documents: at once, and after every change
//! event: trouble    why there is no newer snapshot or list; the next one ends the trouble
//! event: notice     an event for notifications of the browser; see [`super::notices`]
//! event: alive      nothing has changed up to `asOf`; an event is sent at least every 15 s
//! event: ended      of several streams in one: this one was refused, or its requester may no longer see it
//! ```

mod together;

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderName, Uri, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use futures::{
    future::{self, BoxFuture},
    stream::{self, BoxStream, Stream, StreamExt},
};
use tokio::sync::Semaphore;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    SnapshotQuery,
    description::{
        errors::{OfDocumentStream, OfOwnersStream, OfStream},
        parameters::{DocumentParameters, OneDocument, OneLink},
    },
    documents::{Parameters, document_query},
    path::IdPath,
};
use crate::{
    error::AppError,
    model::{DocumentId, DocumentScope, LinkId, ViewerLimit},
    server::{
        http::AppState,
        live::RECONNECT_DELAY,
        services::{Requester, watching::Watching},
    },
};

/// How many requests may open a stream at once; further ones wait for their turn. Thousands of dashboards come back at one
/// moment when a server is started again: all at once, their questions to Redis would take so long that these, and those
/// of readers in between, count as unanswered.
const MAX_OPENING: usize = 32;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    let turns = Arc::new(Semaphore::new(MAX_OPENING));
    let in_turn = move |request: Request, next: Next| {
        let turns = turns.clone();
        async move {
            let _turn = turns.acquire().await;
            next.run(request).await
        }
    };
    OpenApiRouter::new()
        .routes(routes!(of_link))
        .routes(routes!(of_documents))
        .routes(routes!(of_document))
        .routes(routes!(together::of_several))
        .route_layer(from_fn(in_turn))
}

/// Every change of a link, as it happens.
#[utoipa::path(
    get,
    path = "/send/realtime/{link}/events",
    tag = "Live numbers",
    params(OneLink, SnapshotQuery),
    responses((status = 200, description = "A stream of events that does not end: `snapshot` with what `GET` on the link answers, at once and after every change; `trouble` with an error; `alive` at least every 15 s.", body = String, content_type = "text/event-stream"), OfStream),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn of_link(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
    requester: Requester,
) -> Result<Response, AppError> {
    let events = Source::Link(link, query?.0.limit()?).follow(&state, requester).await?;
    Ok(response(&state, events))
}

/// Every change of a page of the requester's documents, as it happens.
#[utoipa::path(
    get,
    path = "/documents/events",
    tag = "Live numbers",
    params(DocumentParameters),
    responses((status = 200, description = "A stream of events that does not end: `documents` with the list, at once and after every change; `trouble`; `alive`.", body = String, content_type = "text/event-stream"), OfOwnersStream),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn of_documents(
    State(state): State<AppState>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    requester: Requester,
) -> Result<Response, AppError> {
    let scope = DocumentScope::Page(document_query(&parameters?.0)?);
    Ok(response(&state, Source::Documents(scope).follow(&state, requester).await?))
}

/// Every change of a document, as it happens.
#[utoipa::path(
    get,
    path = "/documents/{document}/events",
    tag = "Live numbers",
    params(OneDocument),
    responses((status = 200, description = "A stream of events that does not end: `documents` with the one document, at once and after every change; `trouble`; `alive`.", body = String, content_type = "text/event-stream"), OfDocumentStream),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn of_document(
    State(state): State<AppState>,
    IdPath(document): IdPath<DocumentId>,
    requester: Requester,
) -> Result<Response, AppError> {
    let source = Source::Documents(DocumentScope::One(document));
    Ok(response(&state, source.follow(&state, requester).await?))
}

/// What a stream follows.
enum Source {
    Link(LinkId, ViewerLimit),
    Documents(DocumentScope),
}

impl Source {
    /// What the stream at an address of its own follows.
    fn at(address: &Uri) -> Result<Self, AppError> {
        let steps: Vec<&str> = address.path().split('/').skip(1).collect();
        match steps[..] {
            ["api", "send", "realtime", link, "events"] => {
                let link = link.parse().map_err(|_| AppError::LinkNotFound)?;
                Ok(Self::Link(link, Query::<SnapshotQuery>::try_from_uri(address)?.0.limit()?))
            }
            ["api", "documents", "events"] => {
                let parameters = Query::<Parameters>::try_from_uri(address)?.0;
                Ok(Self::Documents(DocumentScope::Page(document_query(&parameters)?)))
            }
            ["api", "documents", document, "events"] => {
                let document = document.parse().map_err(|_| AppError::DocumentNotFound)?;
                Ok(Self::Documents(DocumentScope::One(document)))
            }
            _ => Err(AppError::NotFound),
        }
    }

    /// Its events, without a copy for each dashboard, until the requester may no longer see it.
    async fn follow(
        self,
        state: &AppState,
        requester: Requester,
    ) -> Result<BoxStream<'static, Bytes>, AppError> {
        let services = &state.services;
        let admit = |requester: &Requester| {
            let owner = &requester.owner()?.owner_id;
            services.streams.admit(requester.visitor.rate_limit_key, owner)
        };
        let watching = services.watching.clone();
        // Each kind is boxed by itself: a dashboard of one link does not hold the room that a list needs.
        match self {
            Self::Link(link, limit) => {
                let follower = watching.follow(&link, limit, &requester).await?;
                let events =
                    stream::unfold((follower, admit(&requester)?), async |(mut follower, permit)| {
                        follower.next().await.map(|event| (event, (follower, permit)))
                    });
                Ok(events.take_until(revoked(watching, requester, Some(link))).boxed())
            }
            Self::Documents(scope) => {
                if let DocumentScope::One(document) = &scope {
                    services.library.check_document(document, &requester).await?;
                }
                let follower = watching.follow_documents(scope, &requester)?;
                let events =
                    stream::unfold((follower, admit(&requester)?), async |(mut follower, permit)| {
                        Some((follower.next().await, (follower, permit)))
                    });
                Ok(events.take_until(revoked(watching, requester, None)).boxed())
            }
        }
    }
}

fn revoked(watching: Watching, requester: Requester, link: Option<LinkId>) -> BoxFuture<'static, ()> {
    Box::pin(async move { watching.revoked(requester, link).await })
}

/// A stream of the given events. It ends when they end, and when the server stops, which an open stream would delay.
pub(super) fn response(state: &AppState, events: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let stopping = state.stopping.clone().cancelled_owned();
    let opening = Bytes::from(format!("retry: {}\n\n", RECONNECT_DELAY.as_millis()));
    let events =
        stream::once(future::ready(opening)).chain(events).take_until(stopping).map(Ok::<_, Infallible>);
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
