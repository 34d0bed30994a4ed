//! Showing a page once what it shows has come.

use std::pin::Pin;

use leptos::prelude::*;

/// A view that is on its way.
pub(super) type Coming = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// Shows what comes. The server waits for it and sends it whole; in the browser, after a move from
/// another page, `meanwhile` stands in its place.
///
/// One function for all pages, so that the browser's program has the waiting in it once.
pub(super) fn waiting(
    meanwhile: fn() -> AnyView,
    coming: impl Fn() -> Coming + Send + Sync + 'static,
) -> AnyView {
    let coming: Box<dyn Fn() -> Coming + Send + Sync> = Box::new(coming);
    view! { <Suspense fallback=meanwhile>{move || Suspend::new(coming())}</Suspense> }.into_any()
}
