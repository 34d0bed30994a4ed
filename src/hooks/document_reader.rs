//! Reading a document: where its pages stand, the current page, the zoom, keys, fingers, full screen and printing.

mod coverage;
mod keys;
mod layout;
mod listeners;
mod pictures;
mod place;

use leptos::prelude::*;

use coverage::Coverage;
use layout::Place;
pub use layout::{Layout, Scale};
use pictures::Pictures;
pub use pictures::Trouble;
use place::{page_within, query_with_page, window};

use crate::{
    browser::{self, Frame, Local},
    model::{PageSizes, timing::PAGE_SETTLES_AFTER},
};

/// The id of the scrolling element. Its only child holds the pages, each with the attribute `data-page`.
pub const PAGES_ID: &str = "document-pages";
/// The key of local storage that holds the scale of this browser.
const SCALE_KEY: &str = "sightline:scale";
/// How many pages behind the first one the server sends.
const SENT_AHEAD: u32 = 4;
/// How many pages on each side of the current one stand in the document tree: few at first, for a slow phone, then many,
/// because the browser finds words only there, but the same number for every document.
const AROUND: (u32, u32) = (SENT_AHEAD, 60);

/// Something that an owner may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadingEvent {
    /// These thirds of a page have been in view for at least a second each: the sum of 1 for the upper, 2 for the middle
    /// and 4 for the lower one.
    Read {
        /// The page, from 1. The reader has been on it.
        page: u32,
        /// All of its thirds that were read.
        thirds: u8,
    },
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
    /// The first and the last page that stand in the document tree.
    pub window: ReadSignal<(u32, u32)>,
    /// Where each page stands.
    pub layout: Memo<Layout>,
    /// How large pages are shown.
    pub scale: ReadSignal<Scale>,
    /// Whether the browser supports full screen; phones often do not.
    pub full_screen_available: ReadSignal<bool>,
    /// Whether the page is in full screen, where each page is a slide.
    pub is_full_screen: ReadSignal<bool>,
    /// Whether the toolbar is out of the way: in full screen, until the pointer moves.
    pub is_bar_hidden: ReadSignal<bool>,
    /// Why pictures do not come.
    pub trouble: ReadSignal<Trouble>,
    /// Rises when pictures that failed are to be loaded again.
    pub attempt: ReadSignal<u32>,
    /// Call it with the path of a picture that failed, or without when one has come.
    pub picture_answered: Callback<Option<String>>,
    /// Goes to a page; numbers out of range go to the first or the last.
    pub go_to: Callback<u32>,
    /// Sets the scale and keeps the place.
    pub set_scale: Callback<Scale>,
    /// Enters or leaves full screen.
    pub toggle_full_screen: Callback<()>,
}

/// Follows the reader through the document in the element [`PAGES_ID`].
///
/// `requested` is the page of the address (`?p=5`), where reading starts; the address then follows the settled page.
/// Keys work everywhere except in form fields. `report` is called with what an owner may want to know.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{components::DocumentViewer, hooks::use_document_reader, model::ShownDocument};
///
/// #[component]
/// fn Reader(document: ShownDocument) -> impl IntoView {
///     let report = Callback::new(|_event| ());
///     let reader = use_document_reader(document.pages.clone(), Some("5".to_owned()), report);
///     view! { <DocumentViewer document preview=false reader/> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// The signals hold the requested page and the few behind it.
pub fn use_document_reader(
    pages: PageSizes,
    requested: Option<String>,
    report: Callback<ReadingEvent>,
) -> DocumentReader {
    let page_count = pages.count();
    let start_page = page_within(requested.as_deref(), page_count);
    let frame = RwSignal::new(Frame { width: 0.0, height: 0.0 });
    let scale = RwSignal::new(Scale::default());
    let is_full_screen = RwSignal::new(false);
    let layout = Memo::new(move |_| Layout::new(&pages, frame.get(), scale.get(), is_full_screen.get()));
    let reading = Reading {
        page_count,
        frame,
        scale,
        is_full_screen,
        layout,
        is_bar_hidden: RwSignal::new(false),
        current: RwSignal::new(start_page),
        settled: RwSignal::new(start_page),
        window: RwSignal::new((start_page, (start_page + SENT_AHEAD).min(page_count))),
        scrolled: StoredValue::new(0.0),
        around: StoredValue::new(AROUND.0),
        target: StoredValue::new(Some(start_page)),
        coverage: StoredValue::new(Coverage::default()),
        visited: StoredValue::new(vec![start_page]),
        pictures: Pictures::new(),
        report,
    };
    let full_screen_available = RwSignal::new(false);

    // Reads no signal, so it runs once and is cleaned up with the owner.
    Effect::new(move |_| {
        full_screen_available.set(browser::full_screen_available());
        reading.begin(start_page);
        let listeners = Local::new(listeners::listen(reading));
        on_cleanup(move || drop(listeners));
    });
    // Pages that enter the document tree are placed once they are there.
    Effect::new(move |_| {
        reading.window.track();
        browser::before_next_paint(move || reading.place());
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
        window: reading.window.read_only(),
        layout,
        scale: scale.read_only(),
        full_screen_available: full_screen_available.read_only(),
        is_full_screen: is_full_screen.read_only(),
        is_bar_hidden: reading.is_bar_hidden.read_only(),
        trouble: reading.pictures.trouble.read_only(),
        attempt: reading.pictures.attempt.read_only(),
        picture_answered: Callback::new(move |failed: Option<String>| match failed {
            Some(path) => reading.pictures.failed(&path),
            None => reading.pictures.loaded(),
        }),
        go_to: Callback::new(move |page| reading.go_to(page)),
        set_scale: Callback::new(move |to| reading.set_scale(to, 0.0)),
        toggle_full_screen: Callback::new(|()| browser::toggle_full_screen()),
    }
}

/// The state of reading one document.
#[derive(Clone, Copy)]
struct Reading {
    page_count: u32,
    frame: RwSignal<Frame>,
    scale: RwSignal<Scale>,
    is_full_screen: RwSignal<bool>,
    is_bar_hidden: RwSignal<bool>,
    layout: Memo<Layout>,
    current: RwSignal<u32>,
    settled: RwSignal<u32>,
    window: RwSignal<(u32, u32)>,
    /// How far the pages are scrolled down, in CSS pixels.
    scrolled: StoredValue<f64>,
    /// How many pages on each side of the current one stand in the document tree.
    around: StoredValue<u32>,
    /// A page that the reader jumped to is the current one while any of it is in view, until the reader scrolls: near the
    /// end of a document it may not be the page most in view.
    target: StoredValue<Option<u32>>,
    coverage: StoredValue<Coverage>,
    /// The pages that were settled on.
    visited: StoredValue<Vec<u32>>,
    pictures: Pictures,
    report: Callback<ReadingEvent>,
}

impl Reading {
    /// Takes over from the server's page: places all pages, and goes where the reader was.
    fn begin(self, start_page: u32) {
        let Some(frame) = browser::frame(PAGES_ID) else { return };
        self.frame.set(frame);
        let remembered = browser::stored(SCALE_KEY).unwrap_or_default();
        self.scale.set(Scale::of_text(&remembered));
        self.place();
        match browser::history_state() {
            Some(state) => self.restore(state),
            None => self.go_to(start_page),
        }
        browser::replay_image_errors(PAGES_ID);
    }

    /// Gives each page in the document tree its place. Safe to call after disposal.
    fn place(self) {
        let Some((first, last)) = self.window.try_get_untracked() else { return };
        self.layout.with_untracked(|layout| {
            browser::set_extent(PAGES_ID, layout.extent());
            for page in first..=last {
                if let Some(rect) = layout.rect(page) {
                    browser::place_page(PAGES_ID, page, rect);
                }
            }
        });
    }

    fn go_to(self, page: u32) {
        let page = page.clamp(1, self.page_count.max(1));
        self.target.set_value(Some(page));
        let top = self.layout.with_untracked(|layout| layout.scroll_to_page(page));
        self.scroll_to(top);
    }

    fn scroll_to(self, top: f64) {
        browser::scroll_to(PAGES_ID, top, browser::middle(PAGES_ID));
        self.look(top);
    }

    /// Notes what can be seen.
    fn look(self, scrolled: f64) {
        self.scrolled.set_value(scrolled);
        let target = self.target.get_value();
        let page = self.layout.with_untracked(|layout| {
            let in_view = layout.in_view(scrolled);
            let target = target.filter(|target| in_view.iter().any(|seen| seen.page == *target));
            target.or_else(|| layout.most_in_view(&in_view))
        });
        if let Some(page) = page {
            self.show(page);
        }
    }

    fn show(self, page: u32) {
        let before = self.window.get_untracked();
        let window = window(before, page, self.around.get_value(), self.page_count);
        if window != before {
            self.window.set(window);
        }
        if self.current.get_untracked() != page {
            self.current.set(page);
        }
    }

    fn take_more_pages(self) {
        self.around.set_value(AROUND.1);
        self.show(self.current.get_untracked());
    }

    /// Changes what the layout depends on, and keeps what is `below` the upper edge where it is.
    fn relayout(self, below: f64, change: impl FnOnce()) {
        let scrolled = self.scrolled.get_value();
        let place = self.layout.with_untracked(|layout| layout.place_at(scrolled + below));
        let middle = browser::middle(PAGES_ID);
        change();
        self.place();
        let top = self.layout.with_untracked(|layout| layout.scroll_to(place, below));
        browser::scroll_to(PAGES_ID, top, middle);
        self.look(top);
    }

    fn set_scale(self, to: Scale, below: f64) {
        if to != self.scale.get_untracked() {
            self.target.set_value(Some(self.current.get_untracked()));
            self.relayout(below, || self.scale.set(to));
            browser::store(SCALE_KEY, &to.to_text());
        }
    }

    fn resize(self) {
        if let Some(frame) = browser::frame(PAGES_ID).filter(|frame| *frame != self.frame.get_untracked()) {
            self.relayout(0.0, || self.frame.set(frame));
        }
    }

    fn settle(self, page: u32) {
        self.settled.set(page);
        browser::replace_query(&query_with_page(&browser::query(), page), self.state());
        if !self.visited.with_value(|visited| visited.contains(&page)) {
            self.visited.update_value(|visited| visited.push(page));
            let thirds = self.coverage.with_value(|coverage| coverage.thirds(page));
            if thirds > 0 {
                self.report.run(ReadingEvent::Read { page, thirds });
            }
        }
    }

    /// Looks which parts of the pages are being read; called every second.
    fn watch(self) {
        if !browser::is_visible() {
            self.coverage.update_value(Coverage::look_away);
            return;
        }
        let scrolled = self.scrolled.get_value();
        let in_view = self.layout.with_untracked(|layout| layout.in_view(scrolled));
        let read = self.coverage.try_update_value(|coverage| coverage.look(&in_view));
        for (page, thirds) in read.unwrap_or_default() {
            if self.visited.with_value(|visited| visited.contains(&page)) {
                self.report.run(ReadingEvent::Read { page, thirds });
            }
        }
    }

    /// The place at the upper edge as one number: the page, and behind the point its share.
    fn state(self) -> f64 {
        let scrolled = self.scrolled.get_value();
        let place = self.layout.with_untracked(|layout| layout.place_at(scrolled));
        f64::from(place.page) + place.share.clamp(0.0, 0.999)
    }

    fn restore(self, state: f64) {
        let place = Place { page: state as u32, share: state.fract() };
        if place.share > 0.0 {
            self.target.set_value(None);
            let top = self.layout.with_untracked(|layout| layout.scroll_to(place, 0.0));
            self.scroll_to(top);
        } else {
            self.go_to(place.page);
        }
    }
}
