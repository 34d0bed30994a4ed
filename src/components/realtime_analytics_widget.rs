//! The widget: the live numbers and viewers of a link. It is the only component that calls hooks.

use std::time::Duration;

use leptos::prelude::*;

use super::{EmptyState, ErrorNotice, Icon, IconName, LiveBadge, MetricsGrid, ViewerList};
use crate::{
    error::AppError,
    format,
    hooks::{use_clipboard, use_realtime_analytics_with_limit, use_title_count},
    model::{LinkId, Snapshot, ViewerLimit, address, timing::REFRESH_INTERVAL},
};

/// The least time between two announcements of the number of viewers to screen readers.
const MIN_ANNOUNCEMENT_GAP_MILLIS: i64 = 15_000;

/// Shows the numbers of a link and its active viewers, and keeps them current.
///
/// It works in a hydrated app or an island, and for the link's owner only: others see the server's refusal as
/// an error. It follows the link by [`use_realtime_analytics`](crate::hooks::use_realtime_analytics).
///
/// ```
/// use std::time::Duration;
///
/// use leptos::prelude::*;
/// use sightline::{components::RealtimeAnalyticsWidget, model::LinkId};
///
/// #[component]
/// fn Dashboard(link_id: LinkId) -> impl IntoView {
///     view! { <RealtimeAnalyticsWidget link_id=link_id refresh_interval=Duration::from_secs(5)/> }
/// }
/// ```
#[component]
pub fn RealtimeAnalyticsWidget(
    /// The link.
    link_id: LinkId,
    /// How often numbers are fetched while the event stream is lost.
    #[prop(default = REFRESH_INTERVAL)]
    refresh_interval: Duration,
    /// The snapshot or the error that the server rendered; without it the widget starts with dashes.
    #[prop(default = None)]
    initial: Option<Result<Snapshot, AppError>>,
    /// The address of the viewer page, shown while the link has no views; by default its path on this server.
    #[prop(optional, into)]
    viewer_url: Option<String>,
    /// Whether the title of the tab begins with the number of active viewers: `(3) Title`.
    #[prop(optional)]
    counts_in_title: bool,
    /// Whether every viewer has a row, 500 at most; otherwise five have one.
    #[prop(optional)]
    shows_all_viewers: bool,
) -> impl IntoView {
    let viewer_url = viewer_url.unwrap_or_else(|| address::viewer(&link_id));
    // Without JavaScript the numbers stand still, so the page says when they were read.
    let as_of_note = match &initial {
        Some(Ok(snapshot)) => {
            Some(format!("As of {}. Reload the page for newer numbers.", format::utc(snapshot.as_of)))
        }
        _ => None,
    };
    let limit = if shows_all_viewers { ViewerLimit::ALL } else { ViewerLimit::default() };
    let analytics = use_realtime_analytics_with_limit(link_id.clone(), refresh_interval, initial, limit);
    let clipboard = use_clipboard();
    let data = analytics.data;
    let is_current = Signal::derive(move || analytics.connection.get().is_current());
    if counts_in_title {
        let active = move || data.read().as_ref().map_or(0, |data| data.metrics.active_viewers);
        use_title_count(Signal::derive(active));
    }
    // For the script of the page's past visits: public/analytics/history.js.
    let history = move || data.read().as_ref().map(|data| data.history.to_string()).unwrap_or_default();
    let history = Signal::derive(history);
    let refresh = move |_| analytics.refresh.run(());
    view! {
        <section
            class="widget"
            data-testid="realtime-widget"
            data-history=history
            aria-label="Real-time Analytics"
            aria-busy=move || (analytics.loading.get() && data.read().is_none()).then_some("true")
        >
            <header class="widget-header">
                <div class="widget-heading">
                    <h2 class="widget-title">"Real-time Analytics"</h2>
                    <LiveBadge connection=analytics.connection/>
                </div>
                <button
                    type="button"
                    class="button button-icon needs-script"
                    data-testid="refresh"
                    aria-label="Refresh"
                    title="Refresh"
                    on:click=refresh
                >
                    <Icon name=IconName::Refresh/>
                </button>
            </header>
            {as_of_note.map(|text| view! { <p class="without-script metric-note">{text}</p> })}
            <ErrorNotice error=analytics.error/>
            <MetricsGrid data is_current/>
            <ViewerList
                link_id
                shows_all=shows_all_viewers
                data
                seconds_since_update=analytics.seconds_since_update
                is_current
                never_viewed=move || view! { <EmptyState viewer_url=viewer_url.clone() clipboard/> }
            />
            <p class="visually-hidden" aria-live="polite">{announcement(data)}</p>
        </section>
    }
    .into_any()
}

/// The number of viewers for screen readers: announced when it changes, and not too often.
fn announcement(data: ReadSignal<Option<Snapshot>>) -> Signal<String> {
    let announced = Memo::new(move |last: Option<&Option<Announced>>| {
        let now = data.read().as_ref().map(|data| (data.as_of, data.metrics.active_viewers));
        next_announced(last.copied().flatten(), now)
    });
    Signal::derive(move || {
        let active = announced.get().map(|(_, active)| active);
        active.map(|active| format::plural(active, "active viewer", "active viewers")).unwrap_or_default()
    })
}

/// The time of a snapshot, Unix milliseconds, and its number of viewers.
type Announced = (i64, u64);

/// What is announced after `last`, once the numbers say `now`.
fn next_announced(last: Option<Announced>, now: Option<Announced>) -> Option<Announced> {
    match (last, now) {
        (Some(last), Some(now)) if last.1 == now.1 || now.0 - last.0 < MIN_ANNOUNCEMENT_GAP_MILLIS => {
            Some(last)
        }
        (last, now) => now.or(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Metrics, timing::Windows};

    fn snapshot(as_of: i64, active_viewers: u64) -> Snapshot {
        let metrics = Metrics { active_viewers, ..Metrics::default() };
        Snapshot {
            metrics,
            active_viewers: Vec::new(),
            filtered: 0,
            history: 0,
            windows: Windows::default(),
            as_of,
        }
    }

    #[test]
    fn number_is_announced_when_it_changes_and_not_too_often() {
        assert_eq!(next_announced(None, None), None);
        assert_eq!(next_announced(None, Some((0, 1))), Some((0, 1)), "the first at once");
        assert_eq!(next_announced(Some((0, 1)), Some((14_999, 2))), Some((0, 1)));
        assert_eq!(next_announced(Some((0, 1)), Some((15_000, 2))), Some((15_000, 2)));
        assert_eq!(next_announced(Some((0, 1)), Some((99_000, 1))), Some((0, 1)), "the same is not repeated");
        assert_eq!(next_announced(Some((0, 1)), None), Some((0, 1)), "an outage announces nothing");
    }

    /// Reading must not change what is read.
    #[test]
    fn announcement_depends_on_the_numbers_and_not_on_reads() {
        let owner = Owner::new();
        owner.with(|| {
            let data = RwSignal::new(Some(snapshot(0, 1)));
            let text = announcement(data.read_only());
            for (as_of, active, announced) in
                [(0, 1, "1 active viewer"), (5_000, 2, "1 active viewer"), (15_000, 2, "2 active viewers")]
            {
                data.set(Some(snapshot(as_of, active)));
                assert_eq!([text.get_untracked(), text.get_untracked()], [announced, announced], "{as_of}");
            }
        });
    }
}
