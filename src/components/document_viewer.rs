//! The viewer of a document.

use leptos::prelude::*;

use super::{DocumentToolbar, PagePanel, PagePicture};
use crate::{
    hooks::{DocumentReader, PAGES_ID, PRINT_ID},
    model::ShownDocument,
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
    /// What [`use_printing`](crate::hooks::use_printing) returned, if visitors may print.
    #[prop(default = None)]
    print: Option<Callback<()>>,
    /// What [`use_document_reader`](crate::hooks::use_document_reader) returned.
    reader: DocumentReader,
) -> impl IntoView {
    let page_count = document.page_count();
    let (first, last) = reader.window.get_untracked();
    let is_panel_open = RwSignal::new(false);
    let notice = if preview {
        "Preview: not counted. Visitors are told here that you can see which pages they read."
    } else {
        "The owner of this document sees which pages you read and for how long."
    };
    let title = document.title.clone();
    let document = StoredValue::new(document);
    let window = move || {
        let (first, last) = reader.window.get();
        first..=last
    };
    let page = move |page: u32| {
        let (path, size) =
            document.with_value(|document| (document.page_path(page), document.pages.of(page)));
        size.map(|size| view! { <PagePicture page page_count path size reader/> })
    };
    let mode = Signal::derive(move || match (reader.is_full_screen.get(), reader.is_bar_hidden.get()) {
        (false, _) => "",
        (true, false) => "slides",
        (true, true) => "slides-alone",
    });
    view! {
        <main class="viewer" data-mode=mode class:viewer-printable=print.is_some()>
            <DocumentToolbar title page_count reader download print is_panel_open/>
            <Show when=move || is_panel_open.get()>
                <PagePanel document reader/>
            </Show>
            // Focusable, so that it can be scrolled by keyboard also without a script.
            <div class="pages" id=PAGES_ID tabindex="0" role="region" aria-label="Pages of the document">
                <div class="pages-canvas">
                    <For each=window key=|page| *page children=page/>
                </div>
                <nav class="pages-more" aria-label="More pages">
                    {(first > 1).then(|| view! {
                        <a href=format!("?p={}", first.saturating_sub(last - first + 1).max(1))>"Earlier pages"</a>
                    })}
                    {(last < page_count).then(|| view! { <a href=format!("?p={}", last + 1)>"Next pages"</a> })}
                </nav>
            </div>
            <p class="viewer-notice" data-testid="viewer-notice">{notice}</p>
            <p class="visually-hidden" aria-live="polite">
                {Signal::derive(move || format!("Page {} of {page_count}", reader.settled.get()))}
            </p>
            <div class="printed" id=PRINT_ID></div>
            <p class="print-off">"The owner of this document does not let it be printed."</p>
        </main>
    }
    .into_any()
}
