//! What the browser tells of keys, pointers, fingers, links and its own window while a document is read.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    PAGES_ID, ReadingEvent, SCROLLER_ID, Scale,
    keys::{KeyCommand, key_command},
    place::query_with_page,
    state::{Reading, State},
};
use crate::browser::{self, Guard, Local, Tap};

/// How often it is looked which parts of the pages are in view.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// When the pages beyond the next few enter the document tree: not before the first ones are read.
const MORE_PAGES_AFTER: Duration = Duration::from_secs(2);
/// In full screen the toolbar goes this long after the pointer moved last.
const BAR_STAYS: Duration = Duration::from_millis(2_500);
/// A click so near to the left or right edge of the window moves a screen, in CSS pixels.
const EDGE: f64 = 48.0;

/// Listens until what it returns is dropped.
pub(super) fn listen(reading: Reading) -> Vec<Guard> {
    let may_copy = reading.with(|state| state.document.copying).unwrap_or_default();
    let mut guards: Vec<Guard> = vec![
        browser::on_key_press(move |key, shift| reading.press(key, shift).is_some()),
        browser::on_full_screen_change(move |full| reading.set_full_screen(full)),
        browser::on_page_hide(move || reading.keep_place()),
        browser::on_history(move || reading.go_back()),
        browser::on_print(move || reading.report.run(ReadingEvent::Printed)),
        browser::on_outgoing(move |address| reading.report.run(ReadingEvent::Opened(address))),
        browser::on_page_link(move |page| reading.jump(page)),
        browser::on_online(move || reading.load_again()),
        browser::every(LOOK_EVERY, move || reading.watch()),
        browser::after(MORE_PAGES_AFTER, move || reading.take_more_pages()),
        bar(reading),
    ];
    guards.extend((!may_copy).then(browser::refuse_copying));
    guards.extend(browser::on_resize(SCROLLER_ID, move || reading.resize()));
    guards.extend(browser::on_manual_scroll(move || reading.forget_target()));
    guards.extend(browser::on_scroll(SCROLLER_ID, move |scrolled| reading.look(scrolled)));
    guards.extend(browser::on_tap(SCROLLER_ID, move |tap| reading.tap(tap)).into_iter().flatten());
    let pinched = browser::on_pinch(SCROLLER_ID, move |factor, below| reading.pinch(factor, below));
    guards.extend(pinched.into_iter().flatten());
    let answered = browser::on_pictures(PAGES_ID, move |page, failed| reading.picture_answered(page, failed));
    guards.extend(answered.into_iter().flatten());
    guards.extend(browser::on_retry(PAGES_ID, move || reading.load_again()));
    guards
}

/// Hides the toolbar in full screen when the pointer rests.
fn bar(reading: Reading) -> Guard {
    let timer = StoredValue::new(None::<Local<Guard>>);
    browser::on_pointer_move(move || {
        if !reading.is_full_screen.get_untracked() {
            return;
        }
        if reading.is_bar_hidden.get_untracked() {
            reading.is_bar_hidden.set(false);
        }
        let hide = browser::after(BAR_STAYS, move || {
            if reading.is_full_screen.get_untracked() {
                reading.is_bar_hidden.set(true);
            }
        });
        timer.set_value(Some(Local::new(hide)));
    })
}

impl Reading {
    fn press(self, key: &str, shift: bool) -> Option<()> {
        let page = self.current.get_untracked();
        let (overflows, percent, count, bottom) = self.with(|state| {
            let in_view = state.layout.in_view(state.scrolled);
            let is_whole = in_view.iter().any(|seen| seen.page == page && seen.is_whole());
            let overflows = (state.layout.overflows_sideways(), !is_whole);
            (overflows, state.layout.percent(), state.document.page_count(), state.layout.bottom())
        })?;
        match key_command(key, shift, overflows)? {
            KeyCommand::NextScreen => self.next_screen(true),
            KeyCommand::PreviousScreen => self.next_screen(false),
            KeyCommand::NextPage => self.go_to(page + 1),
            KeyCommand::PreviousPage => self.go_to(page - 1),
            KeyCommand::Start => self.go_to_end(1, 0.0),
            KeyCommand::End => self.go_to_end(count, bottom),
            KeyCommand::Scroll(across, down) => {
                self.forget_target();
                browser::scroll_by(SCROLLER_ID, f64::from(across) / 100.0, f64::from(down) / 100.0);
            }
            KeyCommand::ZoomIn => self.zoom(Scale::larger(percent)),
            KeyCommand::ZoomOut => self.zoom(Scale::smaller(percent)),
            KeyCommand::ZoomReset => self.zoom(Some(Scale::Comfortable)),
            KeyCommand::FullScreen => browser::toggle_full_screen(),
        }
        Some(())
    }

    fn zoom(self, to: Option<Scale>) {
        if let Some(scale) = to {
            self.set_scale(scale, 0.0);
        }
    }

    fn forget_target(self) {
        self.with(|state| state.target = None);
    }

    fn go_to_end(self, page: u32, top: f64) {
        self.with(|state| state.target = Some(page));
        self.scroll_to(top);
    }

    fn next_screen(self, forward: bool) {
        let top = self.with(|state| {
            state.target = None;
            state.layout.next_screen(state.scrolled, forward)
        });
        self.scroll_to(top.unwrap_or_default());
    }

    fn tap(self, tap: Tap) {
        let is_full_screen = self.is_full_screen.get_untracked();
        match tap {
            Tap::Swipe { forward } if is_full_screen => self.next_screen(forward),
            Tap::At { from_left, from_right } if is_full_screen => self.next_screen(from_left > from_right),
            Tap::At { from_left, .. } if from_left < EDGE => self.next_screen(false),
            Tap::At { from_right, .. } if from_right < EDGE => self.next_screen(true),
            _ => {}
        }
    }

    fn pinch(self, factor: f64, below: f64) {
        if let Some(percent) = self.with(|state| state.layout.percent())
            && !self.is_full_screen.get_untracked()
        {
            let percent = f64::from(percent) * factor;
            // A step of less than a per cent would be lost.
            let percent = if factor > 1.0 { percent.ceil() } else { percent.floor() };
            self.set_scale(Scale::percent(percent as u32), below);
        }
    }

    /// Goes to a page so that the browser can go back.
    fn jump(self, page: u32) {
        let query = browser::query();
        browser::replace_query(&query, self.place());
        browser::push_query(&query_with_page(&query, page), f64::from(page));
        self.go_to(page);
    }

    fn go_back(self) {
        match browser::history_state() {
            Some(place) => self.restore(place),
            None => self.go_to(1),
        }
    }

    fn take_more_pages(self) {
        let page = self.current.get_untracked();
        self.with(|state: &mut State| {
            state.pages.take_more();
            state.pages.show_around(page, state);
        });
    }
}
