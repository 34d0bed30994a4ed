//! A time that the owner types in their own time zone and the server reads in UTC.

use leptos::prelude::*;

use crate::browser;

/// What [`use_local_time`] returns. Times are written as `<input type="datetime-local">` does: `2026-12-31T23:59`.
#[derive(Clone, Copy)]
pub struct LocalTime {
    /// The zone of `local` by its IANA name, such as `Europe/Berlin`; `None` while that is UTC.
    pub zone: ReadSignal<Option<String>>,
    /// The time in that zone; empty: none.
    pub local: ReadSignal<String>,
    /// The same time in UTC; empty: none.
    pub utc: ReadSignal<String>,
    /// Sets the time in the zone.
    pub set_local: Callback<String>,
}

/// Converts between UTC and the browser's time zone, by the rules for summer time of each instant.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_local_time;
///
/// # let _owner = Owner::new_root(None);
/// let time = use_local_time("2026-12-31T23:59".to_owned());
/// time.set_local.run("2027-01-01T12:00".to_owned());
/// ```
///
/// ## Server-Side Rendering
///
/// The server does not know the zone: `local` is in UTC there and at hydration, and `zone` is `None`.
pub fn use_local_time(utc: String) -> LocalTime {
    let zone = RwSignal::new(None);
    let local = RwSignal::new(utc.clone());
    let utc = RwSignal::new(utc);
    Effect::new(move |_| {
        if let Some(name) = browser::time_zone() {
            local.set(browser::utc_to_local(&utc.read_untracked()));
            zone.set(Some(name));
        }
    });
    let set_local = Callback::new(move |text: String| {
        utc.set(browser::local_to_utc(&text));
        local.set(text);
    });
    LocalTime { zone: zone.read_only(), local: local.read_only(), utc: utc.read_only(), set_local }
}
