//! The mark of a hydrated page.

use leptos::prelude::*;

use crate::browser;

/// Sets `data-hydrated` on the body once the page is hydrated. Browser tests wait for it before they click.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_hydration_mark;
///
/// // The last island of the page: islands are hydrated in document order.
/// #[island]
/// fn HydrationMark() -> impl IntoView {
///     use_hydration_mark();
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Sets nothing: HTML from the server is not marked.
pub fn use_hydration_mark() {
    Effect::new(|_| browser::mark_hydrated());
}
