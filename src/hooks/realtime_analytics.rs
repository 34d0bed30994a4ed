//! The numbers of a link and its readers, as they change.

use std::time::Duration;

use leptos::prelude::*;

pub use super::live_source::ConnectionState;
use super::live_source::{FetchFuture, Source, Update, use_live_source};
use crate::{
    api,
    error::AppError,
    model::{LinkId, Snapshot, events},
};

/// What [`use_realtime_analytics`] returns.
#[derive(Clone, Copy)]
pub struct RealtimeAnalytics {
    /// The latest numbers; `None` until the first have come. An error never takes them away.
    pub data: ReadSignal<Option<Snapshot>>,
    /// New numbers are being asked for.
    pub loading: ReadSignal<bool>,
    /// Why there is nothing newer, until there is.
    pub error: ReadSignal<Option<AppError>>,
    /// How far the numbers can be trusted, and how old they are if they are not fresh.
    pub connection: ReadSignal<ConnectionState>,
    /// Whole seconds since the latest numbers came, for as long as they can be taken for right.
    pub seconds_since_update: ReadSignal<u64>,
    /// Asks for new numbers now, unless that is under way already.
    pub refresh: Callback<()>,
}

/// Follows the analytics of a link.
///
/// Listens to the link's stream while the page can be seen, so that every change comes the moment it happens.
/// Where the stream can not be had it asks every `refresh_interval`, and sooner after a failure, until the
/// stream is back; it tries that again and again by itself. Whichever way they come, numbers never go back in
/// time. `initial` is what the server knew when it rendered the page; without it the numbers are asked for at
/// once.
///
/// ## Server-Side Rendering
///
/// Asks and opens nothing on the server. The signals hold what `initial` says, there and at hydration, so both
/// render the same.
pub fn use_realtime_analytics(
    link_id: LinkId,
    refresh_interval: Duration,
    initial: Option<Result<Snapshot, AppError>>,
) -> RealtimeAnalytics {
    let as_of = initial.as_ref().map(|initial| initial.as_ref().map(|s| s.as_of).map_err(AppError::clone));
    let data = RwSignal::new(initial.and_then(Result::ok));
    let update = move |snapshot: Snapshot| Update {
        as_of: snapshot.as_of,
        show: Box::new(move || data.set(Some(snapshot))),
    };
    let source = Source {
        interval: refresh_interval,
        path: events::link_path(&link_id),
        event_name: events::SNAPSHOT,
        parse: Box::new(move |data| serde_json::from_str(data).ok().map(update)),
        fetch: Box::new(move || -> FetchFuture {
            let link_id = link_id.clone();
            Box::pin(async move { api::realtime_snapshot(link_id).await.map(update) })
        }),
    };
    let live = use_live_source(source, as_of);
    RealtimeAnalytics {
        data: data.read_only(),
        loading: live.loading,
        error: live.error,
        connection: live.connection,
        seconds_since_update: live.seconds_since_update,
        refresh: live.refresh,
    }
}
