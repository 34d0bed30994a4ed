//! The seven numbers of a link.

use leptos::prelude::*;

use super::audience::short_or_dash;
use crate::{
    format,
    model::{Metrics, Snapshot},
};

/// The size of a card.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    Large,
    Small,
}

/// A number as text.
#[derive(Clone, Copy)]
struct Number {
    /// The text, short enough for a card; a dash for an unknown number.
    text: Signal<String>,
    /// The exact number, shown on hover.
    exact: Signal<String>,
}

fn number(count: Signal<Option<u64>>) -> Number {
    Number {
        text: Signal::derive(move || short_or_dash(count.get())),
        exact: Signal::derive(move || count.get().map(format::count).unwrap_or_default()),
    }
}

/// Shows four large and three small cards, and how many requests were not counted. Without numbers each card
/// shows a dash, never a zero.
#[component]
pub fn MetricsGrid(
    /// The latest snapshot; `None` while there is none.
    data: ReadSignal<Option<Snapshot>>,
    /// Whether the snapshot is current; otherwise the pulse is grey.
    is_current: Signal<bool>,
) -> impl IntoView {
    let count = move |read: fn(&Metrics) -> u64| {
        Signal::derive(move || data.read().as_ref().map(|data| read(&data.metrics)))
    };
    let active = count(|metrics| metrics.active_viewers);
    let idle = Signal::derive(move || active.get().is_none_or(|active| active == 0) || !is_current.get());
    let window = Signal::derive(move || match data.read().as_ref() {
        Some(data) => format!("active in the last {}", format::period(data.windows.inactive_after)),
        None => "active lately".to_owned(),
    });
    // Without a finished visit there is no average.
    let average = Signal::derive(move || {
        let data = data.read();
        let metrics = data
            .as_ref()
            .map(|data| &data.metrics)
            .filter(|metrics| metrics.total_views > metrics.active_viewers);
        metrics.map_or_else(|| "–".to_owned(), |metrics| format::duration(metrics.avg_view_duration))
    });
    let filtered = Signal::derive(move || data.read().as_ref().map_or(0, |data| data.filtered));
    let not_counted = Signal::derive(move || {
        let text = if filtered.get() == 1 {
            " request by a bot, a link preview or speculative loading was not counted"
        } else {
            " requests by bots, link previews and speculative loading were not counted"
        };
        text.to_owned()
    });
    view! {
        <dl class="metrics">
            <Metric size=Size::Large label="Active Now" note=window
                testid="metric-active-now" value=number(active) pulse_idle=idle/>
            <Metric size=Size::Large label="Total Views" note="since the link was shared"
                testid="metric-total-views" value=number(count(|m| m.total_views))/>
            <Metric size=Size::Large label="Views Today" note="since midnight UTC"
                testid="metric-views-today" value=number(count(|m| m.views_today))/>
            <Metric size=Size::Large label="Average Time" note="over the last 100 visits"
                testid="metric-average-time" value=Number { text: average, exact: average }/>
            <Metric size=Size::Small label="This Week" note="since Monday, UTC"
                testid="metric-this-week" value=number(count(|m| m.views_this_week))/>
            <Metric size=Size::Small label="This Month" note="since the 1st, UTC"
                testid="metric-this-month" value=number(count(|m| m.views_this_month))/>
            <Metric size=Size::Small label="Peak Viewers" note="at once, ever"
                testid="metric-peak-viewers" value=number(count(|m| m.peak_concurrent_viewers))/>
        </dl>
        <p class="metric-note" hidden=Signal::derive(move || filtered.get() == 0)>
            <span data-testid="metric-filtered">{Signal::derive(move || format::count(filtered.get()))}</span>
            {not_counted}
        </p>
    }
    .into_any()
}

#[component]
fn Metric(
    /// The size of the card.
    size: Size,
    /// What the number is.
    label: &'static str,
    /// The period it covers.
    #[prop(into)]
    note: Signal<String>,
    /// The test id of the element that holds only the number.
    testid: &'static str,
    /// The number, or a dash.
    value: Number,
    /// Shows a pulse beside the label, grey while this is `true`.
    #[prop(optional)]
    pulse_idle: Option<Signal<bool>>,
) -> impl IntoView {
    let class = match size {
        Size::Large => "metric metric-large",
        Size::Small => "metric metric-small",
    };
    view! {
        <div class=class>
            <dt class="metric-label">
                {pulse_idle.map(|idle| view! {
                    <span class="pulse" class:pulse-away=idle aria-hidden="true"></span>
                })}
                {label}
            </dt>
            <dd class="metric-value" data-testid=testid title=value.exact>
                {value.text}
            </dd>
            <dd class="metric-note">{note}</dd>
        </div>
    }
    .into_any()
}
