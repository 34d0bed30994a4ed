//! The seven numbers of a link.

use leptos::prelude::*;

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

/// Shows four large and three small cards, and how many requests were not counted. Without numbers each card
/// shows a dash, never a zero.
#[component]
pub fn MetricsGrid(
    /// The latest snapshot; `None` while there is none.
    data: ReadSignal<Option<Snapshot>>,
) -> impl IntoView {
    let number = move |read: fn(&Metrics) -> u64, text: fn(u64) -> String| {
        Signal::derive(move || {
            let data = data.read();
            data.as_ref().map_or_else(|| "–".to_owned(), |data| text(read(&data.metrics)))
        })
    };
    let active = number(|metrics| metrics.active_viewers, format::count);
    let idle = Signal::derive(move || data.read().as_ref().is_none_or(|d| d.metrics.active_viewers == 0));
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
            <Metric size=Size::Large label="Active Now" note="active in the last 5 minutes"
                testid="metric-active-now" value=active pulse_idle=idle/>
            <Metric size=Size::Large label="Total Views" note="since the link was shared"
                testid="metric-total-views" value=number(|m| m.total_views, format::count)/>
            <Metric size=Size::Large label="Views Today" note="since midnight UTC"
                testid="metric-views-today" value=number(|m| m.views_today, format::count)/>
            <Metric size=Size::Large label="Average Time" note="over the last 100 visits"
                testid="metric-average-time" value=number(|m| m.avg_view_duration, format::duration)/>
            <Metric size=Size::Small label="This Week" note="since Monday, UTC"
                testid="metric-this-week" value=number(|m| m.views_this_week, format::count)/>
            <Metric size=Size::Small label="This Month" note="since the 1st, UTC"
                testid="metric-this-month" value=number(|m| m.views_this_month, format::count)/>
            <Metric size=Size::Small label="Peak Viewers" note="at once, ever"
                testid="metric-peak-viewers" value=number(|m| m.peak_concurrent_viewers, format::count)/>
        </dl>
        <p class="metric-note" hidden=move || filtered.get() == 0>
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
    note: &'static str,
    /// The test id of the element that holds only the number.
    testid: &'static str,
    /// The formatted number, or a dash.
    value: Signal<String>,
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
            <dd class="metric-value" data-testid=testid>{value}</dd>
            <dd class="metric-note">{note}</dd>
        </div>
    }
    .into_any()
}
