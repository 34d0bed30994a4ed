//! Which pages stand in the document tree, and what of them is loaded.

use super::{
    OUTLINE_ID, PAGES_ID, THUMBNAILS_ID,
    layout::Layout,
    place::{SENT_AHEAD, pages_around},
    state::State,
};
use crate::{
    browser::{self, ItemPart},
    model::{ShownDocument, address},
};

/// How many pages on each side of the current one stand in the document tree: few at first, for a slow phone, then many,
/// because the browser finds words only there, but the same number for every document.
const AROUND: (u32, u32) = (SENT_AHEAD, 60);
/// How many pages behind the current one have their picture and their text before they are in view; one before it has.
const LOADED_AHEAD: u32 = 2;

/// The pages around the reader.
#[derive(Clone, Copy)]
pub(super) struct Pages {
    count: u32,
    around: u32,
    /// The first and the last that stand in the document tree.
    window: (u32, u32),
    /// The current page.
    current: u32,
    pub(super) is_panel_open: bool,
    is_outline_asked: bool,
}

impl Pages {
    pub(super) fn new(count: u32) -> Self {
        Self {
            count,
            around: AROUND.0,
            window: (0, 0),
            current: 0,
            is_panel_open: false,
            is_outline_asked: false,
        }
    }
}

impl Pages {
    /// Takes many pages into the document tree instead of a few.
    pub(super) fn take_more(&mut self) {
        self.around = AROUND.1;
    }

    /// Gives each page in the document tree its place.
    pub(super) fn place(&self, layout: &Layout) {
        for page in self.window.0..=self.window.1 {
            place(page, layout);
        }
    }

    /// Has a page and its neighbours stand in the document tree, and loads those next to it.
    pub(super) fn show_around(mut self, page: u32, state: &mut State) {
        let window = pages_around(self.window, page, self.around, self.count);
        let document = &state.document;
        if window != self.window {
            browser::show_items(PAGES_ID, window, &|page| parts(document, page));
            for page in window.0..=window.1 {
                if !(self.window.0..=self.window.1).contains(&page) {
                    place(page, &state.layout);
                }
            }
            self.window = window;
        }
        if self.around == AROUND.1 {
            // The browser's search finds words only there.
            browser::load_texts(PAGES_ID);
        }
        if self.is_panel_open {
            browser::show_items(THUMBNAILS_ID, window, &|page| thumbnail_parts(document, page));
            self.mark_current(page);
            if !self.is_outline_asked {
                self.is_outline_asked = true;
                browser::load_html(OUTLINE_ID, &document.outline_path());
            }
        }
        if page != self.current {
            let is_start = self.current == 0;
            self.current = page;
            let ahead = page.saturating_add(LOADED_AHEAD).min(self.count);
            // The current page first, and at the start only it: the browser's program is on its way too.
            let near = (page..=ahead).chain(page.saturating_sub(1).max(1)..page);
            for page in near.take(if is_start { 1 } else { usize::MAX }) {
                load(page);
            }
        }
        state.pages = self;
    }

    /// Marks the small picture of the current page.
    pub(super) fn mark_current(&self, page: u32) {
        if self.is_panel_open {
            for other in self.window.0..=self.window.1 {
                let is_current = if other == page { "page" } else { "false" };
                browser::set_in_item(THUMBNAILS_ID, other, ("a", "aria-current", is_current.to_owned()));
            }
        }
    }

    /// Whether a page is shown larger than its largest picture is sharp.
    pub(super) fn is_blurred(&self, page: u32, state: &State) -> bool {
        let shown = state.layout.rect(page).map_or(0.0, |rect| rect.width) * browser::device_pixels();
        let sharp = state.document.widest_picture(page).map_or(f64::MAX, f64::from);
        shown > sharp + 1.0
    }
}

fn place(page: u32, layout: &Layout) {
    if let Some(rect) = layout.rect(page) {
        browser::place_page(PAGES_ID, page, rect);
        let pixels = rect.width.round() as u32;
        browser::set_in_item(PAGES_ID, page, ("img", "sizes", format!("{pixels}px")));
    }
}

fn load(page: u32) {
    browser::set_in_item(PAGES_ID, page, ("img", "loading", "eager".to_owned()));
    browser::load_text(PAGES_ID, page);
}

/// What the page's template leaves open; see `components/document_pages.rs`.
fn parts(document: &ShownDocument, page: u32) -> Vec<ItemPart> {
    let [width, height] = document.pages.attributes_of(page);
    vec![
        ("img", "alt", document.alt_of(page)),
        ("img", "width", width),
        ("img", "height", height),
        ("img", "srcset", document.picture_sources(page)),
        ("img", "src", document.picture_path(page)),
        (".page-text", "data-source", document.text_path(page).unwrap_or_default()),
        (".page-trouble p", "", format!("Page {page} could not be loaded.")),
    ]
}

fn thumbnail_parts(document: &ShownDocument, page: u32) -> Vec<ItemPart> {
    let [width, height] = document.pages.attributes_of(page);
    vec![
        ("a", "href", address::page_here(page)),
        ("a", "data-page-link", page.to_string()),
        ("img", "width", width),
        ("img", "height", height),
        ("img", "src", document.thumbnail_path(page)),
        (".thumbnail-number", "", page.to_string()),
    ]
}
