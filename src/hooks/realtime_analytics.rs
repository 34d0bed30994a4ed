//! The live numbers and viewers of a link.

use std::time::Duration;

use leptos::prelude::*;

pub use super::live_source::ConnectionState;
use super::live_source::{FetchFuture, Source, Update, use_live_source};
use crate::{
    api,
    error::AppError,
    model::{LinkId, Snapshot, ViewerLimit, address, events},
};

/// What [`use_realtime_analytics`] returns.
#[derive(Clone, Copy)]
pub struct RealtimeAnalytics {
    /// The latest snapshot; `None` before the first, and once the owner may no longer see it. Other errors leave it
    /// in place.
    pub data: ReadSignal<Option<Snapshot>>,
    /// Whether a request is in flight.
    pub loading: ReadSignal<bool>,
    /// Why the snapshot is not up to date; `None` once it is.
    pub error: ReadSignal<Option<AppError>>,
    /// How current the numbers are.
    pub connection: ReadSignal<ConnectionState>,
    /// Whole seconds since the latest snapshot came. It stands still while the connection is lost.
    pub seconds_since_update: Signal<u64>,
    /// Fetches a snapshot now; during a request, right after it.
    pub refresh: Callback<()>,
}

/// Follows the analytics of a link.
///
/// While the page is visible it listens to the link's event stream, which brings each change at once. While
/// the stream is lost it reconnects with growing delays, and fetches a snapshot every `refresh_interval`, or
/// sooner after a failure. An older snapshot never replaces a newer one. `initial` is the snapshot or the
/// error that the server rendered; without it a snapshot is fetched at once.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{
///     hooks::use_realtime_analytics,
///     model::{LinkId, timing::REFRESH_INTERVAL},
/// };
///
/// #[component]
/// fn ActiveNow(link_id: LinkId) -> impl IntoView {
///     let analytics = use_realtime_analytics(link_id, REFRESH_INTERVAL, None);
///     let active = move || analytics.data.read().as_ref().map(|data| data.metrics.active_viewers);
///     view! { <p>"Active now: " {active}</p> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Fetches nothing and opens no stream. The signals hold `initial`, on the server and at hydration, so both
/// render the same.
pub fn use_realtime_analytics(
    link_id: LinkId,
    refresh_interval: Duration,
    initial: Option<Result<Snapshot, AppError>>,
) -> RealtimeAnalytics {
    use_realtime_analytics_with_limit(link_id, refresh_interval, initial, ViewerLimit::default())
}

/// [`use_realtime_analytics`] with more or fewer viewers than 100 in each snapshot.
pub fn use_realtime_analytics_with_limit(
    link_id: LinkId,
    refresh_interval: Duration,
    initial: Option<Result<Snapshot, AppError>>,
    limit: ViewerLimit,
) -> RealtimeAnalytics {
    let as_of = initial.as_ref().map(|initial| initial.as_ref().map(|s| s.as_of).map_err(AppError::clone));
    let data = RwSignal::new(initial.and_then(Result::ok));
    let update = move |snapshot: Snapshot| Update {
        as_of: snapshot.as_of,
        show: Box::new(move || data.set(Some(snapshot))),
    };
    let source = Source {
        interval: refresh_interval,
        path: address::realtime_events(&link_id, limit),
        event_name: events::SNAPSHOT,
        parse: Box::new(move |data| serde_json::from_str(data).ok().map(update)),
        fetch: Box::new(move || -> FetchFuture {
            let link_id = link_id.clone();
            Box::pin(async move { api::realtime_snapshot(link_id, limit).await.map(update) })
        }),
        clear: Box::new(move || data.set(None)),
    };
    let live = use_live_source(source, as_of);
    let seconds = Memo::new(move |before: Option<&u64>| {
        if live.connection.get().is_current() {
            live.seconds_since_update.get()
        } else {
            before.copied().unwrap_or_default()
        }
    });
    RealtimeAnalytics {
        data: data.read_only(),
        loading: live.loading,
        error: live.error,
        connection: live.connection,
        seconds_since_update: seconds.into(),
        refresh: live.refresh,
    }
}
