//! The document as its visitors see it.

use leptos::prelude::*;

use super::{DocumentToolbar, PagePicture};
use crate::{
    hooks::{DocumentReader, PAGES_ID},
    model::SharedDocument,
};

/// The bar, the pages below it, and what the visitor should know.
#[component]
pub fn DocumentViewer(
    /// What is read.
    document: SharedDocument,
    /// Who reads.
    reader: DocumentReader,
) -> impl IntoView {
    let page_count = document.page_count();
    let pages = (1..).zip(&document.pages).map(|(page, size)| {
        let path = document.page_path(page);
        view! { <PagePicture page page_count path size=*size reader/> }
    });
    let pages = pages.collect_view();
    let notice = if document.preview {
        "Preview: not counted. Your readers are told here that you see what they read."
    } else {
        "The owner of this document sees which pages you read and for how long."
    };
    let download = document.download.then(|| document.download_path());
    view! {
        <main class="viewer" data-zoom=move || reader.size.get().to_string()>
            <DocumentToolbar title=document.title.clone() page_count reader download/>
            // Reachable by keyboard, since it scrolls.
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
