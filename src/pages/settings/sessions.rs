//! The owner's sessions, each with a button that ends it.

use leptos::{prelude::*, server_fn::ServerFn};

use super::super::form::form_of;
use crate::{
    api::{EndSession, SignOutEverywhere, argument},
    format,
    model::OwnerSession,
};

#[component]
pub(super) fn Sessions(sessions: Vec<OwnerSession>) -> impl IntoView {
    let rows = sessions.into_iter().map(|session| view! { <SessionRow session/> }).collect_view();
    view! {
        <section class="part" aria-labelledby="sessions">
            <h2 id="sessions">"Sessions"</h2>
            {form_of::<EndSession>().notice()}
            <p class="part-text">
                "Where you are signed in. A session ends after two weeks without use, and after 90 days in any case."
            </p>
            <ul class="keys">{rows}</ul>
            <p class="part-text">"Signs you out in every browser, this one included."</p>
            <form method="post" action=SignOutEverywhere::PATH>
                <button type="submit" class="button">"Sign out everywhere"</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn SessionRow(session: OwnerSession) -> impl IntoView {
    let OwnerSession { session_id, is_current, device, created_at, used_at } = session;
    let device = if device.is_empty() { "Unknown browser".to_owned() } else { device };
    let device = if is_current { format!("{device} (this session)") } else { device };
    // The first versions noted no times.
    let times = (created_at > 0).then(|| {
        view! {
            <span class="key-time">
                "since " <time datetime=format::iso(created_at)>{format::date(created_at)}</time>
                ", last used " <time datetime=format::iso(used_at)>{format::date(used_at)}</time>
            </span>
        }
    });
    let end = (!is_current).then(|| {
        view! {
            <form class="key-revoke" method="post" action=EndSession::PATH>
                <input type="hidden" name=argument!(EndSession, session_id) value=session_id.to_string()/>
                <button type="submit" class="button">"End"</button>
            </form>
        }
    });
    view! {
        <li class="key-row" data-testid="session">
            <span class="key-label">{device}</span>
            {times}
            {end}
        </li>
    }
    .into_any()
}
