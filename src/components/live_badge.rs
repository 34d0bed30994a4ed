//! The badge that says how current the numbers are.

use leptos::prelude::*;

use super::is_empty;

use crate::{format, hooks::ConnectionState};

/// Shows "Live" only while changes are pushed, and the age of numbers that are not current.
#[component]
pub fn LiveBadge(
    /// How current the numbers are.
    connection: ReadSignal<ConnectionState>,
) -> impl IntoView {
    let class = Signal::derive(move || {
        let class = match connection.get() {
            ConnectionState::Live => "badge badge-live needs-script",
            ConnectionState::Connecting | ConnectionState::Polling | ConnectionState::Reconnecting(_) => {
                "badge badge-waiting needs-script"
            }
            ConnectionState::Offline(_) => "badge badge-offline needs-script",
        };
        class.to_owned()
    });
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
            // Only the state is announced, since the age changes every second.
            <span role="status">{state}</span>
            " "
            <span class="badge-age" hidden=is_empty(age)>{age}</span>
        </span>
    }
    .into_any()
}
