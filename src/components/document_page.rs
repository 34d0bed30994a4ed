//! One page of a document, as a picture.

use leptos::prelude::*;

use crate::{hooks::DocumentReader, model::PageSize};

/// How many pages after the current one are loaded ahead.
const AHEAD: u32 = 2;

/// Keeps the place of the page before its picture has come, and offers to try again if it does not.
///
/// The browser loads pictures near the view by itself; those of the next pages are asked for whatever
/// the distance. Without script every page is still a picture that loads when it comes near.
#[component]
pub fn DocumentPage(
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
    let trouble = Memo::new(move |_| {
        let troubles = reader.troubles.read();
        troubles.iter().find(|trouble| trouble.page == page).map(|trouble| (trouble.attempt, trouble.broken))
    });
    let broken = move || trouble.get().is_some_and(|(_, broken)| broken);
    let source = move || match trouble.get() {
        Some((attempt, _)) if attempt > 0 => format!("{path}&attempt={attempt}"),
        _ => path.clone(),
    };
    let is_near = move || {
        let current = reader.current.get();
        page + 1 >= current && page <= current + AHEAD
    };
    view! {
        <div class="page" class:page-broken=broken data-page=page.to_string()>
            <img
                class="page-picture"
                alt=format!("Page {page} of {page_count}")
                width=size.width.to_string()
                height=size.height.to_string()
                // Before `src`: else the picture would be asked for at once.
                loading=move || if is_near() { "eager" } else { "lazy" }
                decoding="async"
                src=source
                on:error=move |_| reader.report_broken.run(page)
            />
            {move || broken().then(|| view! {
                <div class="page-trouble" role="alert">
                    <p>{format!("Page {page} could not be loaded.")}</p>
                    <button type="button" class="button" on:click=move |_| reader.retry.run(page)>
                        "Try again"
                    </button>
                </div>
            })}
        </div>
    }
    .into_any()
}
