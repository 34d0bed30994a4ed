//! `/settings/events`: what happened in the owner's account.

use leptos::prelude::*;

use super::super::shell::owner_page;
use crate::{
    api, format,
    model::{AccountEvent, address},
};

/// The latest events, the newest first.
#[component]
pub fn AccountEventsPage() -> impl IntoView {
    owner_page("Account events", api::account_events, |events| view! { <EventsSheet events/> }.into_any())
}

#[component]
fn EventsSheet(events: Vec<AccountEvent>) -> impl IntoView {
    let empty = events.is_empty().then(|| view! { <p class="part-text">"Nothing yet."</p> });
    let rows = events.into_iter().map(|event| view! { <EventRow event/> }).collect_view();
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <h1>"Account events"</h1>
                <p class="sheet-facts">
                    <a href=address::SETTINGS>"Settings"</a>
                    ". Sign-ins, keys, links, downloads and deletions; times are in UTC."
                </p>
            </div>
            {empty}
            <ul class="keys" data-testid="account-events">{rows}</ul>
        </main>
    }
    .into_any()
}

#[component]
fn EventRow(event: AccountEvent) -> impl IntoView {
    let AccountEvent { at, action, about, client } = event;
    view! {
        <li class="key-row">
            <span class="key-label">{action.words()}</span>
            <bdi class="key-hint">{about}</bdi>
            <span class="key-time">
                <time datetime=format::iso(at)>{format::utc(at)}</time> ", " {client}
            </span>
        </li>
    }
    .into_any()
}
