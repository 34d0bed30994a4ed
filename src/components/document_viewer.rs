//! The viewer of a document.

use leptos::prelude::*;

use super::DocumentToolbar;
use crate::{
    hooks::{DocumentReader, OUTLINE_ID, PRINT_ID, SCROLLER_ID, THUMBNAILS_ID},
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
    /// [`DocumentPages`](super::DocumentPages).
    children: Children,
) -> impl IntoView {
    let page_count = document.page_count();
    let notice = if preview {
        "Preview: not counted. Visitors are told here that you can see which pages they read."
    } else {
        "The owner of this document sees which pages you read and for how long."
    };
    let mode = Signal::derive(move || {
        let mode = match (reader.is_full_screen.get(), reader.is_bar_hidden.get()) {
            (false, _) => "",
            (true, false) => "slides",
            (true, true) => "slides-alone",
        };
        mode.to_owned()
    });
    let is_not = |signal: ReadSignal<bool>| Signal::derive(move || !signal.get());
    view! {
        <main class=if print.is_some() { "viewer viewer-printable" } else { "viewer" } data-mode=mode
            data-copying=if document.copying { "on" } else { "off" }>
            <DocumentToolbar title=document.title page_count reader download print/>
            <nav class="panel" aria-label="Pages and outline" hidden=is_not(reader.is_panel_open)>
                <div id=OUTLINE_ID></div>
                <ol class="thumbnails" id=THUMBNAILS_ID>
                    <template>
                        <li>
                            <a class="thumbnail-link" href="">
                                <img class="thumbnail-picture" loading="lazy" decoding="async" alt=""/>
                                <span>
                                    <span class="visually-hidden">"Page "</span>
                                    <span class="thumbnail-number"></span>
                                </span>
                            </a>
                        </li>
                    </template>
                </ol>
            </nav>
            // Focusable, so that it can be scrolled by keyboard also without a script.
            <div class="pages" id=SCROLLER_ID tabindex="0" role="region" aria-label="Pages of the document">
                {children()}
            </div>
            <div class="viewer-notices">
                <p class="viewer-notice viewer-trouble" role="alert" data-testid="closed" hidden=is_not(reader.is_closed)>
                    "This document can no longer be opened. Pages that are not shown yet do not load any more."
                </p>
                <p class="viewer-notice" role="status" data-testid="sharpest" hidden=is_not(reader.is_blurred)>
                    "This page is shown as sharp as it can be."
                </p>
                <p class="viewer-notice" data-testid="viewer-notice">{notice}</p>
            </div>
            <p class="visually-hidden" aria-live="polite">
                {Signal::derive(move || format!("Page {} of {page_count}", reader.settled.get()))}
            </p>
            <div class="printed" id=PRINT_ID><template><img loading="lazy" alt=""/></template></div>
            <p class="print-off">"The owner of this document does not let it be printed."</p>
        </main>
    }
    .into_any()
}
