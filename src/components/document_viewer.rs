//! The viewer of a document.

use leptos::prelude::*;

use super::{DocumentToolbar, PagePicture};
use crate::{
    hooks::{DocumentReader, PAGES_ID},
    model::PageSize,
};

/// Shows the toolbar, the pages, and the notice that the owner sees reading activity.
#[component]
pub fn DocumentViewer(
    /// The document's title.
    #[prop(into)]
    title: String,
    /// The path of each page's picture, and its size.
    pages: Vec<(String, PageSize)>,
    /// Whether the owner is looking: nothing is counted.
    preview: bool,
    /// The path of the file, if visitors may download it.
    #[prop(default = None)]
    download: Option<String>,
    /// What [`use_document_reader`](crate::hooks::use_document_reader) returned.
    reader: DocumentReader,
) -> impl IntoView {
    let page_count = pages.len() as u32;
    let pages = (1..).zip(pages).map(|(page, (path, size))| {
        view! { <PagePicture page page_count path size reader/> }
    });
    let pages = pages.collect_view();
    let notice = if preview {
        "Preview: not counted. Visitors are told here that you can see which pages they read."
    } else {
        "The owner of this document sees which pages you read and for how long."
    };
    view! {
        <main class="viewer" data-zoom=move || reader.size.get().to_string()>
            <DocumentToolbar title page_count reader download/>
            // Focusable, so that it can be scrolled by keyboard.
            <div class="pages" id=PAGES_ID tabindex="0" role="region" aria-label="Pages of the document">
                {pages}
            </div>
            <p class="viewer-notice" data-testid="viewer-notice">{notice}</p>
            <p class="visually-hidden" aria-live="polite">
                {Signal::derive(move || format!("Page {} of {page_count}", reader.settled.get()))}
            </p>
        </main>
    }
    .into_any()
}
