//! Whether the numbers can be trusted, in a word.

use leptos::prelude::*;

use crate::{format, hooks::Connection};

/// Says "Live" only while every change comes at once, and how old the numbers are when they are not fresh.
#[component]
pub fn LiveBadge(
    /// How far the numbers can be trusted.
    connection: ReadSignal<Connection>,
) -> impl IntoView {
    let class = move || match connection.get() {
        Connection::Live => "badge badge-live needs-script",
        Connection::Connecting | Connection::Polling | Connection::Reconnecting(_) => {
            "badge badge-waiting needs-script"
        }
        Connection::Offline(_) => "badge badge-offline needs-script",
    };
    let state = Signal::derive(move || {
        let state = match connection.get() {
            Connection::Connecting => "Connecting",
            Connection::Live => "Live",
            Connection::Polling => "Polling",
            Connection::Reconnecting(_) => "Reconnecting",
            Connection::Offline(_) => "Offline",
        };
        state.to_owned()
    });
    let age = Signal::derive(move || match connection.get() {
        Connection::Reconnecting(age) | Connection::Offline(Some(age)) => {
            format!("data {} old", format::elapsed(age))
        }
        Connection::Connecting | Connection::Live | Connection::Polling | Connection::Offline(None) => {
            String::new()
        }
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
