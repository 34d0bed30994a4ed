//! One page of a document, as a picture.

use leptos::prelude::*;

use crate::{hooks::DocumentReader, model::PageSize};

/// How many pages after the current one are loaded ahead.
const PRELOADED_PAGES: u32 = 2;

/// Keeps the place of the page before its picture has come, and offers to try again if it does not.
///
/// The browser loads pictures near the view by itself; those of the next pages are asked for whatever
/// the distance. Without script every page is still a picture that loads when it comes near.
#[component]
pub fn PagePicture(
    /// Which page, from 1.
    page: u32,
    /// Of how many.
    page_count: u32,
    /// Where its picture is found.
    path: String,
    /// The picture's size, which gives the place its shape.
    size: PageSize,
    /// Who reads.
    reader: DocumentReader,
) -> impl IntoView {
    let broken = RwSignal::new(false);
    let attempt = RwSignal::new(0_u32);
    let source = Signal::derive(move || match attempt.get() {
        0 => path.clone(),
        attempt => format!("{path}&attempt={attempt}"),
    });
    let retry = move |_| {
        broken.set(false);
        attempt.update(|attempt| *attempt += 1);
    };
    let loading = move || {
        let current = reader.current.get();
        if page + 1 >= current && page <= current + PRELOADED_PAGES { "eager" } else { "lazy" }
    };
    view! {
        <div class="page" class:page-broken=broken data-page=page.to_string()>
            <img
                class="page-picture"
                alt=format!("Page {page} of {page_count}")
                width=size.width.to_string()
                height=size.height.to_string()
                // Before `src`: else the picture would be asked for at once.
                loading=loading
                decoding="async"
                src=source
                on:error=move |_| broken.set(true)
            />
            <div class="page-trouble" role="alert" hidden=move || !broken.get()>
                <p>{move || broken.get().then(|| format!("Page {page} could not be loaded."))}</p>
                <button type="button" class="button" on:click=retry>"Try again"</button>
            </div>
        </div>
    }
    .into_any()
}
