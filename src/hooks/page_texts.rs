//! The texts of the pages that are being read, and the links in them.

use leptos::prelude::*;

use super::{DocumentReader, PAGES_ID};
use crate::{
    browser::{self, Local},
    model::{ShownDocument, picture_widths},
};

/// How many pages before and after the current one have their text.
const PAGES_AROUND: u32 = 2;

/// Loads the text of the pages around the current one into their `.page-text`, of all pages when the browser's search
/// is opened by its key; follows links from page to page, and refuses to copy where the document does not allow it. Returns whether the current page is zoomed in further than
/// its largest picture is sharp.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{components::DocumentViewer, hooks::{use_document_reader, use_page_texts}, model::ShownDocument};
///
/// #[component]
/// fn Reader(document: ShownDocument) -> impl IntoView {
///     let reader = use_document_reader(document.page_count(), None);
///     let blurred = use_page_texts(&document, reader);
///     view! { <DocumentViewer document preview=false reader blurred/> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Loads nothing; the signal is `false`.
pub fn use_page_texts(document: &ShownDocument, reader: DocumentReader) -> ReadSignal<bool> {
    let blurred = RwSignal::new(false);
    let texts = document.clone();
    Effect::new(move |_| {
        let current = reader.current.get();
        let last = texts.page_count().min(current + PAGES_AROUND);
        // The current page first.
        for page in (current..=last).chain(current.saturating_sub(PAGES_AROUND).max(1)..current) {
            if let Some(path) = texts.text_path(page) {
                browser::load_page_text(PAGES_ID, page, &path);
            }
        }
    });
    let (copying, all) = (document.copying, document.clone());
    // Reads no signal, so it runs once and is cleaned up with the owner.
    Effect::new(move |_| {
        let follow = browser::on_page_link(move |page| reader.go_to.run(page));
        let refuse = (!copying).then(browser::refuse_copying);
        // The browser's search finds what is on the page.
        let all = all.clone();
        let find = browser::on_find(move || {
            for page in 1..=all.page_count() {
                if let Some(path) = all.text_path(page) {
                    browser::load_page_text(PAGES_ID, page, &path);
                }
            }
        });
        let guards = Local::new((follow, refuse, find));
        on_cleanup(move || drop(guards));
    });
    let (pages, kind) = (document.pages.clone(), document.kind);
    Effect::new(move |_| {
        let (page, _) = (reader.current.get(), reader.size.get());
        let shape = pages.get(page.saturating_sub(1) as usize);
        let sharp =
            shape.and_then(|shape| picture_widths(*shape, kind).last().map(|(_, width)| f64::from(*width)));
        browser::before_next_paint(move || {
            let is_blurred = sharp.is_some_and(|sharp| browser::page_pixels(PAGES_ID, page) > sharp + 1.0);
            if blurred.try_get_untracked().is_some_and(|before| before != is_blurred) {
                blurred.set(is_blurred);
            }
        });
    });
    blurred.read_only()
}
