//! A field for a time that the owner types in their own time zone and the server reads in UTC.

use leptos::prelude::*;

use crate::browser::{self, Local};

/// Shows the time of an `<input type="datetime-local">` in the browser's time zone, and sends it in UTC, by the rules
/// for summer time of that instant. `field` is the id of the input, `zone` that of the text which names its zone.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_local_time;
///
/// # let _owner = Owner::new_root(None);
/// use_local_time("expires-at", "expires-at-zone");
/// ```
///
/// ## Server-Side Rendering
///
/// Does nothing: the server does not know the zone, and without script the field is in UTC.
pub fn use_local_time(field: &'static str, zone: &'static str) {
    Effect::new(move |_| {
        let localised = Local::new(browser::localise_time(field, zone));
        on_cleanup(move || drop(localised));
    });
}
