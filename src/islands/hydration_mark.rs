//! The last island of every page.

use leptos::prelude::*;

use crate::hooks::use_hydration_mark;

/// Marks the page as interactive. Islands are hydrated in the order of the document, and this one, which shows
/// nothing, is the last.
#[island]
pub fn HydrationMark() -> impl IntoView {
    use_hydration_mark();
}
