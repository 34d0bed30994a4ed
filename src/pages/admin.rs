//! `/admin`: the state of the server, for the owner who runs it.

use leptos::prelude::*;

use super::shell::owner_page;
use crate::{
    api, format,
    model::{ServerStatus, UsedShare, percent_of},
};

/// The numbers of the server at a glance.
#[component]
pub fn AdminPage() -> impl IntoView {
    owner_page("Server", api::server_status, |status| view! { <StatusSheet status/> }.into_any())
}

#[component]
fn StatusSheet(status: ServerStatus) -> impl IntoView {
    let since = format::utc(status.started_at);
    let period = format::period(status.period);
    let concerns = status.concerns.clone();
    let concerns = if concerns.is_empty() {
        view! { <p class="notice notice-good">"Everything answers, and nothing is full."</p> }.into_any()
    } else {
        let one = |concern| view! { <p class="notice notice-warning" role="alert">{concern}</p> };
        concerns.into_iter().map(one).collect_view().into_any()
    };
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <h1>"Server"</h1>
                <p class="sheet-facts">
                    {format!("Sightline {}, running since {since}. ", status.version)}
                    {format!("Times and heartbeats are those of the last {period} at this server; viewers, those of all.")}
                </p>
            </div>
            {concerns}
            <Numbers status=status.clone()/>
            <section class="part" aria-labelledby="redis">
                <h2 id="redis">"Redis"</h2>
                <ul class="keys">
                    {status.redis.into_iter().map(|node| {
                        let what = format!("{}, version {}", node.name, node.version);
                        let limit = Some(node.memory_limit);
                        view! { <Share share=UsedShare { what, used: node.memory, limit, is_bytes: true }/> }
                    }).collect_view()}
                </ul>
            </section>
            <section class="part" aria-labelledby="used">
                <h2 id="used">"In use"</h2>
                <ul class="keys">
                    {status.used.into_iter().map(|share| view! { <Share share/> }).collect_view()}
                </ul>
            </section>
        </main>
    }
    .into_any()
}

#[component]
fn Numbers(status: ServerStatus) -> impl IntoView {
    let dash = || "–".to_owned();
    let fullest = status.redis.iter().max_by_key(|node| percent_of(node.memory, node.memory_limit));
    let redis = fullest.and_then(|node| percent_of(node.memory, node.memory_limit));
    let redis_note = fullest.map_or("Redis does not answer".to_owned(), |node| {
        format!("{} of {}", format::bytes(node.memory), format::bytes(node.memory_limit))
    });
    let within = |ms: Option<u64>| ms.map_or_else(dash, milliseconds);
    let beats = status.heartbeats + status.failed_heartbeats;
    // Cut off, not rounded: one failure of a million is not 100 %.
    let success = (status.heartbeats * 1_000).checked_div(beats);
    let success = success.map_or_else(dash, |parts| format!("{}.{} %", parts / 10, parts % 10));
    view! {
        <dl class="metrics">
            <Figure label="Redis memory" value=redis.map_or_else(dash, |percent| format!("{percent} %")) note=redis_note
                testid="server-redis"/>
            <Figure label="Response time" value=within(status.slow_ms)
                note=format!("or less for 99 of 100 answers, {} for half", within(status.median_ms)) testid="server-response"/>
            <Figure label="Heartbeats" value=success note=format!("of {} succeeded", format::count(beats))
                testid="server-heartbeats"/>
            <Figure label="Active viewers" value=status.active_viewers.map_or_else(dash, format::count)
                note=format!("at most {} on one link", status.most_viewers.map_or_else(dash, format::count))
                testid="server-viewers"/>
        </dl>
        <p class="metric-note">{format!("{} were answered.", format::plural(status.requests, "request", "requests"))}</p>
    }
    .into_any()
}

/// A time in little space: `250 ms`, `2.5 s`.
fn milliseconds(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        _ => format!("{}.{} s", ms / 1_000, ms / 100 % 10),
    }
}

#[component]
fn Figure(label: &'static str, value: String, note: String, testid: &'static str) -> impl IntoView {
    view! {
        <div class="metric metric-large">
            <dt class="metric-label">{label}</dt>
            <dd class="metric-value" data-testid=testid>{value}</dd>
            <dd class="metric-note">{note}</dd>
        </div>
    }
    .into_any()
}

#[component]
fn Share(share: UsedShare) -> impl IntoView {
    let UsedShare { what, used, limit, is_bytes } = share;
    let text = |number| if is_bytes { format::bytes(number) } else { format::count(number) };
    let amount = match limit {
        Some(limit) => format!("{} of {}", text(used), text(limit)),
        None => text(used),
    };
    let percent = limit.and_then(|limit| percent_of(used, limit)).map(|percent| format!("{percent} %"));
    view! {
        <li class="key-row">
            <span class="key-label">{what}</span>
            <span class="key-hint">{amount}</span>
            <span class="key-time">{percent}</span>
        </li>
    }
    .into_any()
}
