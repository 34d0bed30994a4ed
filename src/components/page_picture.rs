//! The picture of a page.

use leptos::prelude::*;

use crate::{hooks::DocumentReader, model::PageSize};

/// How many pages after the current one are loaded ahead of time.
const PRELOADED_PAGES: u32 = 2;

/// Shows a page as a picture, reserves its space while it loads, and offers a retry if loading fails.
///
/// Pictures load lazily, when they come near the view, also without JavaScript. The one that reading starts with comes
/// first; once the reader has moved on, the pages next to the current one load eagerly.
#[component]
pub fn PagePicture(
    /// The page, from 1.
    page: u32,
    /// The number of pages.
    page_count: u32,
    /// The path of the picture.
    path: String,
    /// The picture's size in pixels, which sets the aspect ratio of its space.
    size: PageSize,
    /// What [`use_document_reader`](crate::hooks::use_document_reader) returned.
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
    let start = reader.current.get_untracked();
    let loading = Signal::derive(move || {
        let current = reader.current.get();
        let is_next = page + 1 >= current && page <= current + PRELOADED_PAGES;
        let is_near = page == current || (is_next && current != start);
        if is_near { "eager".to_owned() } else { "lazy".to_owned() }
    });
    let failure = Signal::derive(move || match broken.get() {
        true => format!("Page {page} could not be loaded."),
        false => String::new(),
    });
    view! {
        <div class="page" class:page-broken=Signal::from(broken) data-page=page.to_string()>
            <img
                class="page-picture"
                alt=format!("Page {page} of {page_count}")
                width=size.width.to_string()
                height=size.height.to_string()
                // Set before `src`, which would otherwise load the picture at once.
                loading=loading
                fetchpriority=(page == start).then_some("high")
                decoding="async"
                src=source
                on:error=move |_| broken.set(true)
            />
            <div class="page-trouble" role="alert" hidden=Signal::derive(move || !broken.get())>
                <p>{failure}</p>
                <button type="button" class="button" on:click=retry>"Try again"</button>
            </div>
        </div>
    }
    .into_any()
}
