//! The mark of a hydrated page.

use leptos::prelude::*;

use crate::browser;

/// Sets `data-hydrated` on the body once the page is hydrated. Browser tests wait for it before they click.
///
/// ## Server-Side Rendering
///
/// Sets nothing: HTML from the server is not marked.
pub fn use_hydration_mark() {
    Effect::new(|_| browser::mark_hydrated());
}
