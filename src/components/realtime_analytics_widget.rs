//! The widget: the live numbers and viewers of a link. It is the only component that calls hooks.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use leptos::prelude::*;

use super::{EmptyState, ErrorNotice, Icon, IconName, LiveBadge, MetricsGrid, ViewerList};
use crate::{
    error::AppError,
    format,
    hooks::{use_clipboard, use_realtime_analytics, use_title_count},
    model::{LinkId, Snapshot, address, timing::REFRESH_INTERVAL},
};

/// The least time between two announcements of the number of viewers to screen readers.
const MIN_ANNOUNCEMENT_GAP_MILLIS: i64 = 15_000;

/// Shows the numbers of a link and its active viewers, and keeps them current.
///
/// It works in a hydrated app or an island, and for the link's owner only: others see the server's refusal as
/// an error. It follows the link by [`use_realtime_analytics`].
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
) -> impl IntoView {
    let viewer_url = viewer_url.unwrap_or_else(|| address::viewer(&link_id));
    // Without JavaScript the numbers stand still, so the page says when they were read.
    let as_of_note = match &initial {
        Some(Ok(snapshot)) => {
            Some(format!("As of {}. Reload the page for newer numbers.", format::utc(snapshot.as_of)))
        }
        _ => None,
    };
    let analytics = use_realtime_analytics(link_id, refresh_interval, initial);
    let clipboard = use_clipboard();
    let data = analytics.data;
    let is_current = Signal::derive(move || analytics.connection.get().is_current());
    if counts_in_title {
        let active = move || data.read().as_ref().map_or(0, |data| data.metrics.active_viewers);
        use_title_count(Signal::derive(active));
    }
    let refresh = move |_| analytics.refresh.run(());
    view! {
        <section
            class="widget"
            data-testid="realtime-widget"
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
    let announced = Mutex::new(None::<(i64, u64)>);
    Signal::derive(move || {
        let now = data.read().as_ref().map(|data| (data.as_of, data.metrics.active_viewers));
        let mut announced = announced.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = match (*announced, now) {
            (Some(last), Some(now)) => last.1 != now.1 && now.0 - last.0 >= MIN_ANNOUNCEMENT_GAP_MILLIS,
            (None, now) => now.is_some(),
            (Some(_), None) => false,
        };
        if is_due {
            *announced = now;
        }
        let active = announced.map(|(_, active)| active);
        active.map(|active| format::plural(active, "active viewer", "active viewers")).unwrap_or_default()
    })
}
