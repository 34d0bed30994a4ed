//! Marks the page as interactive.

use leptos::prelude::*;

use crate::browser;

/// Puts `data-hydrated` on the body once the page answers to its visitor.
///
/// ## Server-Side Rendering
///
/// The HTML of the server never carries the mark.
pub fn use_hydration_mark() {
    Effect::new(|_| browser::mark_hydrated());
}
