//! Reading a document: where its pages stand, the current page, the zoom, keys, fingers and full screen.
//!
//! The server makes the pages; the hook places them, and takes into the document tree those around the reader.

mod coverage;
mod keys;
mod layout;
mod listeners;
mod pages;
mod pictures;
mod place;
mod state;

use leptos::prelude::*;

pub use layout::Scale;
use pages::Pages;
pub use place::{first_pages, page_within};
use state::Reading;

use crate::{
    browser::{self, Local},
    model::{PageSeen, ShownDocument, timing::PAGE_SETTLES_AFTER},
};

/// The id of the scrolling element.
pub const SCROLLER_ID: &str = "document-pages";
/// The id of the element that holds the pages, each with the attribute `data-page`.
pub const PAGES_ID: &str = "pages";
/// The id of the element that holds small pictures of the pages.
pub const THUMBNAILS_ID: &str = "thumbnails";
/// The id of the element with the outline.
pub const OUTLINE_ID: &str = "outline";

/// Something that an owner may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadingEvent {
    /// These thirds of a page that the reader has been on were in view for at least a second each; none: they begin it.
    Read(PageSeen),
    /// A link that leads away from the document was opened.
    Opened(String),
    /// The browser was asked to print.
    Printed,
}

/// What [`use_document_reader`] returns.
#[derive(Clone, Copy)]
pub struct DocumentReader {
    /// The page most in view, from 1.
    pub current: ReadSignal<u32>,
    /// The page on which the reader stayed for [`PAGE_SETTLES_AFTER`].
    pub settled: ReadSignal<u32>,
    /// The zoom in per cent of the comfortable width.
    pub percent: ReadSignal<u32>,
    /// Whether pages are as wide as the window.
    pub is_fit_width: ReadSignal<bool>,
    /// Whether pages are as large as fits the window.
    pub is_fit_page: ReadSignal<bool>,
    /// Whether the current page is zoomed in further than its largest picture is sharp.
    pub is_blurred: ReadSignal<bool>,
    /// Whether the link was closed meanwhile: pictures that are not loaded do not come any more.
    pub is_closed: ReadSignal<bool>,
    /// Whether the browser supports full screen; phones often do not.
    pub full_screen_available: ReadSignal<bool>,
    /// Whether the page is in full screen, where each page is a slide.
    pub is_full_screen: ReadSignal<bool>,
    /// Whether the toolbar is out of the way: in full screen, until the pointer moves.
    pub is_bar_hidden: ReadSignal<bool>,
    /// Whether the panel with the small pictures and the outline is open.
    pub is_panel_open: ReadSignal<bool>,
    /// Goes to a page; numbers out of range go to the first or the last.
    pub go_to: Callback<u32>,
    /// Goes to the page whose number was typed; other texts go nowhere.
    pub go_to_typed: Callback<String>,
    /// Sets the scale and keeps the place.
    pub set_scale: Callback<Scale>,
    /// Enters or leaves full screen.
    pub toggle_full_screen: Callback<()>,
    /// Opens or closes the panel.
    pub toggle_panel: Callback<()>,
}

/// Follows the reader through a document whose pages the server has made.
///
/// `requested` is the page of the address (`?p=5`), where reading starts; the address then follows the settled page.
/// Keys work everywhere except in form fields. `report` is called with what an owner may want to know.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{
///     components::{DocumentPages, DocumentViewer},
///     hooks::use_document_reader,
///     model::ShownDocument,
/// };
///
/// #[component]
/// fn Reader(document: ShownDocument) -> impl IntoView {
///     let report = Callback::new(|_event| ());
///     let reader = use_document_reader(document.clone(), Some("5".to_owned()), report);
///     let pages = document.clone();
///     view! {
///         <DocumentViewer document preview=false reader>
///             <DocumentPages document=pages requested=Some("5".to_owned())/>
///         </DocumentViewer>
///     }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// The signals hold the requested page at a comfortable size.
pub fn use_document_reader(
    document: ShownDocument,
    requested: Option<String>,
    report: Callback<ReadingEvent>,
) -> DocumentReader {
    let start_page = page_within(requested.as_deref(), document.page_count());
    let reading = Reading::new(document, start_page, report);

    // Reads no signal, so it runs once and is cleaned up with the owner.
    Effect::new(move |_| {
        reading.full_screen_available.set(browser::full_screen_available());
        reading.begin(start_page);
        let listeners = Local::new(listeners::listen(reading));
        on_cleanup(move || drop(listeners));
    });
    Effect::new(move |_| {
        let page = reading.current.get();
        if page != reading.settled.get_untracked() {
            let timer = Local::new(browser::after(PAGE_SETTLES_AFTER, move || reading.settle(page)));
            on_cleanup(move || drop(timer));
        }
    });

    DocumentReader {
        current: reading.current.read_only(),
        settled: reading.settled.read_only(),
        percent: reading.percent.read_only(),
        is_fit_width: reading.is_fit_width.read_only(),
        is_fit_page: reading.is_fit_page.read_only(),
        is_blurred: reading.is_blurred.read_only(),
        is_closed: reading.is_closed.read_only(),
        full_screen_available: reading.full_screen_available.read_only(),
        is_full_screen: reading.is_full_screen.read_only(),
        is_bar_hidden: reading.is_bar_hidden.read_only(),
        is_panel_open: reading.is_panel_open.read_only(),
        go_to: Callback::new(move |page| reading.go_to(page)),
        go_to_typed: Callback::new(move |text: String| reading.go_to_typed(&text)),
        set_scale: Callback::new(move |to| reading.set_scale(to, 0.0)),
        toggle_full_screen: Callback::new(|()| browser::toggle_full_screen()),
        toggle_panel: Callback::new(move |()| reading.toggle_panel()),
    }
}
