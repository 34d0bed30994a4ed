//! Several streams in one, so that a browser needs one connection for all of its dashboards.
//!
//! ```text
//! GET /api/events?of=…&of=…    each `of` is the path of a stream, 50 at most
//! ```
//!
//! Each event is that of its own stream, with one line of data before the others: the place of its stream among the `of`,
//! from 0.

use axum::{
    body::Bytes,
    extract::{Query, State, rejection::QueryRejection},
    http::Uri,
    response::Response,
};
use futures::{
    future::join_all,
    stream::{self, BoxStream, StreamExt},
};

use super::{super::description::errors::OfOwnersList, Source, response};
use crate::{
    error::AppError,
    model::{Invalid, events},
    server::{http::AppState, live::as_event, services::Requester},
};

/// The most streams in one.
const MAX_STREAMS: usize = 50;

/// Which streams are put together.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes what `of_several` reads")]
struct Streams {
    /// The path of a stream, such as `/api/documents/events`; at most 50 times.
    of: Option<Vec<String>>,
}

/// Several streams in one connection. Each event has one line of data before the others: the place of its stream among the
/// `of`, from 0.
#[utoipa::path(
    get,
    path = "/events",
    tag = "Live numbers",
    params(Streams),
    responses(
        (
            status = 200,
            description = "A stream of the events of all of them; `ended` ends one, with the error of one that was refused.",
            body = String,
            content_type = "text/event-stream",
        ),
        OfOwnersList,
    ),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
pub(super) async fn of_several(
    State(state): State<AppState>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    requester: Requester,
) -> Result<Response, AppError> {
    requester.owner()?;
    let addresses: Vec<String> =
        query?.0.into_iter().filter(|(name, _)| name == "of").map(|of| of.1).collect();
    if addresses.len() > MAX_STREAMS {
        return Err(Invalid::new("of", format!("must be given at most {MAX_STREAMS} times")).into());
    }
    let followed = addresses.iter().map(|address| follow(&state, address, requester.clone()));
    let numbered = join_all(followed).await.into_iter().enumerate().map(|(number, followed)| {
        let number = Bytes::from(format!("data: {number}\n"));
        let (events, why) = match followed {
            Ok(events) => (events, None),
            Err(error) => (stream::empty().boxed(), Some(error)),
        };
        let end =
            stream::once(async move { as_event(events::ENDED, None, why.map(|error| error.envelope())) });
        events.chain(end).map(move |event| (number.clone(), event)).boxed()
    });
    let events = stream::select_all(numbered);
    // A line of its own spares each dashboard a copy of the event.
    Ok(response(&state, events.flat_map(|(number, event)| stream::iter([number, event]))))
}

async fn follow(
    state: &AppState,
    address: &str,
    requester: Requester,
) -> Result<BoxStream<'static, Bytes>, AppError> {
    let address: Uri = address.parse().map_err(|_| AppError::NotFound)?;
    Source::at(&address)?.follow(state, requester).await
}
