//! The numbers of a link and its readers, as they change.

use std::time::Duration;

use leptos::prelude::*;

pub use super::polling::Connection;
use super::polling::{Answer, Asked, use_polling};
use crate::{
    api,
    error::AppError,
    model::{LinkId, Snapshot},
};

/// What [`use_realtime_analytics`] returns.
#[derive(Clone, Copy)]
pub struct RealtimeAnalytics {
    /// The latest numbers; `None` until the first have come. An error never takes them away.
    pub data: ReadSignal<Option<Snapshot>>,
    /// New numbers are being asked for.
    pub loading: ReadSignal<bool>,
    /// Why the latest request failed, until one succeeds.
    pub error: ReadSignal<Option<AppError>>,
    /// How far the numbers can be trusted, and how old they are if they are not fresh.
    pub connection: ReadSignal<Connection>,
    /// Whole seconds since the latest numbers came.
    pub since: ReadSignal<u64>,
    /// Asks for new numbers now, unless that is under way already.
    pub refresh: Callback<()>,
}

/// Follows the analytics of a link.
///
/// Asks every `refresh_interval` while the page can be seen and at once when it comes into view again.
/// After a failure it asks sooner, so that a short outage is over two seconds after its end. Answers
/// never go back in time. `first` is what the server knew when it rendered the page; without it the
/// numbers are asked for at once.
///
/// ## Server-Side Rendering
///
/// Asks nothing on the server. The signals hold what `first` says, there and at hydration, so both
/// render the same.
pub fn use_realtime_analytics(
    link_id: LinkId,
    refresh_interval: Duration,
    first: Option<Result<Snapshot, AppError>>,
) -> RealtimeAnalytics {
    let as_of = first.as_ref().map(|first| first.as_ref().map(|s| s.as_of).map_err(AppError::clone));
    let data = RwSignal::new(first.and_then(Result::ok));
    let fetch = move || -> Asked {
        let link_id = link_id.clone();
        Box::pin(async move {
            let snapshot = api::realtime_snapshot(link_id).await?;
            Ok(Answer { as_of: snapshot.as_of, show: Box::new(move || data.set(Some(snapshot))) })
        })
    };
    let polling = use_polling(refresh_interval, as_of, Box::new(fetch));
    RealtimeAnalytics {
        data: data.read_only(),
        loading: polling.loading,
        error: polling.error,
        connection: polling.connection,
        since: polling.since,
        refresh: polling.refresh,
    }
}
