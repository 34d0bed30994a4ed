//! The viewer of a document.

use leptos::prelude::*;

use super::{DocumentToolbar, PagePicture};
use crate::{
    hooks::{DocumentReader, PAGES_ID},
    model::{FileKind, ShownDocument},
};

/// Shows the toolbar, the pages, and the notice that the owner sees reading activity.
#[component]
pub fn DocumentViewer(
    /// The document.
    document: ShownDocument,
    /// Whether the owner is looking: nothing is counted.
    preview: bool,
    /// The address of the file, if visitors may download it.
    #[prop(default = None)]
    download: Option<Signal<String>>,
    /// What [`use_document_reader`](crate::hooks::use_document_reader) returned.
    reader: DocumentReader,
    /// Whether the current page is zoomed in further than its largest picture is sharp.
    #[prop(optional, into)]
    blurred: Signal<bool>,
) -> impl IntoView {
    let page_count = document.page_count();
    let pages = (1..).zip(&document.pages).map(|(page, size)| {
        let path = document.page_path(page);
        let (kind, alt) = (document.kind, document.alt.clone());
        let alt = if kind == FileKind::Pdf { String::new() } else { alt };
        view! { <PagePicture page page_count path size=*size kind alt reader/> }
    });
    let pages = pages.collect_view();
    let notice = if preview {
        "Preview: not counted. Visitors are told here that you can see which pages they read."
    } else {
        "The owner of this document sees which pages you read and for how long."
    };
    view! {
        <main class="viewer" data-zoom=Signal::derive(move || reader.size.get().to_string())
            data-copying=if document.copying { "on" } else { "off" }>
            <DocumentToolbar title=document.title page_count reader download/>
            // Focusable, so that it can be scrolled by keyboard.
            <div class="pages" id=PAGES_ID tabindex="0" role="region" aria-label="Pages of the document">
                {pages}
            </div>
            <p class="viewer-notice" role="status" data-testid="sharpest" hidden=Signal::derive(move || !blurred.get())>
                "This page is shown as sharp as it can be."
            </p>
            <p class="viewer-notice" data-testid="viewer-notice">{notice}</p>
            <p class="visually-hidden" aria-live="polite">
                {Signal::derive(move || format!("Page {} of {page_count}", reader.settled.get()))}
            </p>
        </main>
    }
    .into_any()
}
