//! Whether the numbers can be trusted, in a word.

use leptos::prelude::*;

use crate::{format, hooks::ConnectionState};

/// Says "Live" only while every change comes at once, and how old the numbers are when they are not fresh.
#[component]
pub fn LiveBadge(
    /// How far the numbers can be trusted.
    connection: ReadSignal<ConnectionState>,
) -> impl IntoView {
    let class = move || match connection.get() {
        ConnectionState::Live => "badge badge-live needs-script",
        ConnectionState::Connecting | ConnectionState::Polling | ConnectionState::Reconnecting(_) => {
            "badge badge-waiting needs-script"
        }
        ConnectionState::Offline(_) => "badge badge-offline needs-script",
    };
    let state = Signal::derive(move || {
        let state = match connection.get() {
            ConnectionState::Connecting => "Connecting",
            ConnectionState::Live => "Live",
            ConnectionState::Polling => "Polling",
            ConnectionState::Reconnecting(_) => "Reconnecting",
            ConnectionState::Offline(_) => "Offline",
        };
        state.to_owned()
    });
    let age = Signal::derive(move || match connection.get() {
        ConnectionState::Reconnecting(age) | ConnectionState::Offline(Some(age)) => {
            format!("data {} old", format::elapsed(age))
        }
        ConnectionState::Connecting
        | ConnectionState::Live
        | ConnectionState::Polling
        | ConnectionState::Offline(None) => String::new(),
    });
    view! {
        <span class=class data-testid="live-badge">
            <span class="badge-dot" aria-hidden="true"></span>
            // Only the word is announced: the age changes every second.
            <span role="status">{state}</span>
            " "
            <span class="badge-age" hidden=move || age.read().is_empty()>{age}</span>
        </span>
    }
    .into_any()
}
