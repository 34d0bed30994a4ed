//! The state of reading one document.

use leptos::prelude::*;

use super::{
    PAGES_ID, Pages, ReadingEvent, SCROLLER_ID, Scale,
    coverage::Coverage,
    layout::{Layout, Place},
    pictures::Pictures,
    place::query_with_page,
};
use crate::{
    browser::{self, Frame},
    model::{PageSeen, ShownDocument, Thirds},
};

/// The key of local storage that holds the scale of this browser.
const SCALE_KEY: &str = "sightline:scale";

/// The state, cheap to copy. Signals of few types, and all else in one value: each type of a signal is code of its own in
/// the browser's program.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub(super) current: RwSignal<u32>,
    pub(super) settled: RwSignal<u32>,
    pub(super) percent: RwSignal<u32>,
    pub(super) is_fit_width: RwSignal<bool>,
    pub(super) is_fit_page: RwSignal<bool>,
    pub(super) is_blurred: RwSignal<bool>,
    pub(super) is_closed: RwSignal<bool>,
    pub(super) full_screen_available: RwSignal<bool>,
    pub(super) is_full_screen: RwSignal<bool>,
    pub(super) is_bar_hidden: RwSignal<bool>,
    pub(super) is_panel_open: RwSignal<bool>,
    pub(super) report: Callback<ReadingEvent>,
    state: StoredValue<State>,
}

/// What no view shows.
pub(super) struct State {
    pub(super) document: ShownDocument,
    pub(super) layout: Layout,
    pub(super) pages: Pages,
    pub(super) pictures: Pictures,
    frame: Frame,
    scale: Scale,
    /// How far the pages are scrolled down, in CSS pixels.
    pub(super) scrolled: f64,
    /// A page that the reader jumped to is the current one while any of it is in view, until the reader scrolls: near the
    /// end of a document it may not be the page most in view.
    pub(super) target: Option<u32>,
    coverage: Coverage,
    /// The pages that were settled on.
    visited: Vec<u32>,
}

impl State {
    fn lay_out(&mut self, is_full_screen: bool) {
        self.layout = Layout::new(&self.document.pages, self.frame, self.scale, is_full_screen);
        browser::set_extent(PAGES_ID, self.layout.extent());
        self.pages.place(&self.layout);
    }
}

impl Reading {
    pub(super) fn new(document: ShownDocument, start_page: u32, report: Callback<ReadingEvent>) -> Self {
        let frame = Frame { width: 0.0, height: 0.0 };
        let scale = Scale::default();
        let no = || RwSignal::new(false);
        let state = State {
            layout: Layout::new(&document.pages, frame, scale, false),
            pages: Pages::new(document.page_count()),
            pictures: Pictures::default(),
            document,
            frame,
            scale,
            scrolled: 0.0,
            target: Some(start_page),
            coverage: Coverage::default(),
            visited: vec![start_page],
        };
        Self {
            current: RwSignal::new(start_page),
            settled: RwSignal::new(start_page),
            percent: RwSignal::new(100),
            is_fit_width: no(),
            is_fit_page: no(),
            is_blurred: no(),
            is_closed: no(),
            full_screen_available: no(),
            is_full_screen: no(),
            is_bar_hidden: no(),
            is_panel_open: no(),
            report,
            state: StoredValue::new(state),
        }
    }

    /// Looks at the state or changes it; `None` once it is disposed of.
    pub(super) fn with<R>(self, look: impl FnOnce(&mut State) -> R) -> Option<R> {
        self.state.try_update_value(look)
    }

    /// Takes over from the server's page: places all pages, and goes where the reader was.
    pub(super) fn begin(self, start_page: u32) {
        let Some(frame) = browser::frame(SCROLLER_ID) else { return };
        let scale = Scale::of_text(&browser::stored(SCALE_KEY).unwrap_or_default());
        self.relayout(0.0, |state| (state.frame, state.scale) = (frame, scale));
        match browser::history_state() {
            Some(state) => self.restore(state),
            None => self.go_to(start_page),
        }
        self.report.run(ReadingEvent::Read(PageSeen { page: start_page, thirds: Thirds::NONE }));
    }

    /// Goes to a page.
    pub(super) fn go_to(self, page: u32) {
        let top = self.with(|state| {
            let page = page.clamp(1, state.document.page_count().max(1));
            state.target = Some(page);
            state.layout.scroll_to_page(page)
        });
        self.scroll_to(top.unwrap_or_default());
    }

    /// Goes to the page whose number was typed, and has keys work there.
    pub(super) fn go_to_typed(self, text: &str) {
        if let Ok(page) = text.trim().parse() {
            self.go_to(page);
            browser::focus(SCROLLER_ID);
        }
    }

    pub(super) fn scroll_to(self, top: f64) {
        browser::scroll_to(SCROLLER_ID, top, browser::middle(SCROLLER_ID));
        self.look(top);
    }

    /// Notes what can be seen.
    pub(super) fn look(self, scrolled: f64) {
        let page = self.with(|state| {
            state.scrolled = scrolled;
            let in_view = state.layout.in_view(scrolled);
            let target = state.target.filter(|target| in_view.iter().any(|seen| seen.page == *target));
            let page = target.or_else(|| state.layout.most_in_view(&in_view))?;
            state.pages.show_around(page, state);
            Some(page)
        });
        if let Some(page) = page.flatten()
            && self.current.get_untracked() != page
        {
            self.current.set(page);
            self.note_sharpness();
        }
    }

    /// Changes what the layout depends on, and keeps what is `below` the upper edge where it is.
    fn relayout(self, below: f64, change: impl FnOnce(&mut State)) {
        let middle = browser::middle(SCROLLER_ID);
        let is_full_screen = self.is_full_screen.get_untracked();
        let top = self.with(|state| {
            let place = state.layout.place_at(state.scrolled + below);
            change(state);
            state.lay_out(is_full_screen);
            state.layout.scroll_to(place, below)
        });
        let top = top.unwrap_or_default();
        browser::scroll_to(SCROLLER_ID, top, middle);
        if let Some((percent, scale)) = self.with(|state| (state.layout.percent(), state.scale)) {
            self.percent.set(percent);
            self.is_fit_width.set(scale == Scale::FitWidth);
            self.is_fit_page.set(scale == Scale::FitPage);
        }
        self.look(top);
        self.note_sharpness();
    }

    fn note_sharpness(self) {
        let page = self.current.get_untracked();
        let is_blurred = self.with(|state| state.pages.is_blurred(page, state)).unwrap_or_default();
        if self.is_blurred.get_untracked() != is_blurred {
            self.is_blurred.set(is_blurred);
        }
    }

    pub(super) fn set_scale(self, to: Scale, below: f64) {
        let page = self.current.get_untracked();
        self.relayout(below, |state| {
            state.scale = to;
            state.target = Some(page);
        });
        browser::store(SCALE_KEY, &to.to_text());
    }

    pub(super) fn resize(self) {
        let before = self.with(|state| state.frame);
        if let Some(frame) = browser::frame(SCROLLER_ID).filter(|frame| Some(*frame) != before) {
            self.relayout(0.0, |state| state.frame = frame);
        }
    }

    pub(super) fn set_full_screen(self, full: bool) {
        let page = self.current.get_untracked();
        self.is_full_screen.set(full);
        self.is_bar_hidden.set(full);
        self.relayout(0.0, |_| ());
        self.go_to(page);
    }

    pub(super) fn toggle_panel(self) {
        self.is_panel_open.update(|open| *open = !*open);
        let is_open = self.is_panel_open.get_untracked();
        let page = self.current.get_untracked();
        self.with(|state| {
            state.pages.is_panel_open = is_open;
            state.pages.show_around(page, state);
        });
    }

    pub(super) fn settle(self, page: u32) {
        self.settled.set(page);
        browser::replace_query(&query_with_page(&browser::query(), page), self.place());
        let thirds = self.with(|state| {
            state.pages.mark_current(page);
            if state.visited.contains(&page) {
                return None;
            }
            state.visited.push(page);
            Some(state.coverage.thirds(page))
        });
        if let Some(Some(thirds)) = thirds {
            self.report.run(ReadingEvent::Read(PageSeen { page, thirds }));
        }
    }

    /// Looks which parts of the pages are being read, and has the browser keep the place; called every second.
    pub(super) fn watch(self) {
        self.keep_place();
        let is_visible = browser::is_visible();
        let read = self.with(|state| {
            if !is_visible {
                state.coverage.look_away();
                return Vec::new();
            }
            let in_view = state.layout.in_view(state.scrolled);
            let mut read = state.coverage.look(&in_view);
            read.retain(|(page, _)| state.visited.contains(page));
            read
        });
        for (page, thirds) in read.unwrap_or_default() {
            self.report.run(ReadingEvent::Read(PageSeen { page, thirds }));
        }
    }

    /// Has the browser keep the place for when the reader reloads the page or comes back to it.
    pub(super) fn keep_place(self) {
        let place = self.place();
        if browser::history_state() != Some(place) {
            browser::replace_query(&browser::query(), place);
        }
    }

    /// The place at the upper edge as one number: the page, and behind the point its share.
    pub(super) fn place(self) -> f64 {
        let place = self.with(|state| state.layout.place_at(state.scrolled));
        place.map_or(1.0, |place| f64::from(place.page) + place.share.clamp(0.0, 0.999))
    }

    /// Goes to what [`Reading::place`] returned.
    pub(super) fn restore(self, place: f64) {
        let place = Place { page: place as u32, share: place.fract() };
        if place.share > 0.0 {
            let top = self.with(|state| {
                state.target = None;
                state.layout.scroll_to(place, 0.0)
            });
            self.scroll_to(top.unwrap_or_default());
        } else {
            self.go_to(place.page);
        }
    }
}
