//! Tells the server the browser's time zone.

use leptos::{prelude::*, task::spawn_local};

use crate::{api, browser};

/// Sets the owner's time zone to that of the browser, unless they have one, and loads the page again: its days then begin
/// where the owner's do.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_time_zone_note;
///
/// # let _owner = Owner::new_root(None);
/// use_time_zone_note();
/// ```
///
/// ## Server-Side Rendering
///
/// Does nothing: the server does not know the zone. Without script days begin in UTC until the owner sets a zone.
pub fn use_time_zone_note() {
    Effect::new(|_| {
        if let Some(zone) = browser::time_zone() {
            spawn_local(async move {
                if api::note_time_zone(zone).await.is_ok() {
                    browser::reload();
                }
            });
        }
    });
}
