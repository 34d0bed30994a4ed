//! What the browser tells of keys, pointers, fingers, links and its own window while a document is read.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    PAGES_ID, Reading, ReadingEvent, Scale,
    keys::{KeyCommand, key_command},
    page_within, query_with_page,
};
use crate::browser::{self, ClickedLink, Guard, Local, Tap};

/// How often it is looked which parts of the pages are in view.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// In full screen the toolbar goes this long after the pointer moved last.
const BAR_STAYS: Duration = Duration::from_millis(2_500);
/// When the pages beyond the next few enter the document tree: not before the first ones are read.
const MORE_PAGES_AFTER: Duration = Duration::from_secs(2);
/// A click so near to the left or right edge of the window moves a screen, in CSS pixels.
const EDGE: f64 = 48.0;

/// Listens until what it returns is dropped.
pub(super) fn listen(reading: Reading) -> Vec<Guard> {
    let mut guards: Vec<Guard> = vec![
        browser::on_key_press(move |key, shift| reading.press(key, shift).is_some()),
        browser::on_full_screen_change(move |full| reading.set_full_screen(full)),
        browser::on_page_hide(move || browser::replace_query(&browser::query(), reading.state())),
        browser::on_history(move || reading.go_back()),
        browser::on_print(move || reading.report.run(ReadingEvent::Printed)),
        browser::on_online(move || reading.pictures.retry()),
        browser::every(LOOK_EVERY, move || reading.watch()),
        browser::after(MORE_PAGES_AFTER, move || reading.take_more_pages()),
        bar(reading),
    ];
    guards.extend(browser::on_resize(PAGES_ID, move || reading.resize()));
    guards.extend(browser::on_manual_scroll(move || reading.target.set_value(None)));
    guards.extend(browser::on_scroll(PAGES_ID, move |scrolled| reading.look(scrolled)));
    guards.extend(browser::on_link(PAGES_ID, move |link| reading.follow(link)));
    guards.extend(browser::on_tap(PAGES_ID, move |tap| reading.tap(tap)).into_iter().flatten());
    let pinched = browser::on_pinch(PAGES_ID, move |factor, below| reading.pinch(factor, below));
    guards.extend(pinched.into_iter().flatten());
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
        let scrolled = self.scrolled.get_value();
        let page = self.current.get_untracked();
        let overflows = self.layout.with_untracked(|layout| {
            let in_view = layout.in_view(scrolled);
            let is_whole = in_view.iter().any(|seen| seen.page == page && seen.is_whole());
            (layout.overflows_sideways(), !is_whole)
        });
        match key_command(key, shift, overflows)? {
            KeyCommand::NextScreen => self.next_screen(true),
            KeyCommand::PreviousScreen => self.next_screen(false),
            KeyCommand::NextPage => self.go_to(page + 1),
            KeyCommand::PreviousPage => self.go_to(page - 1),
            KeyCommand::Start => self.go_to_end(1, 0.0),
            KeyCommand::End => {
                let bottom = self.layout.with_untracked(super::Layout::bottom);
                self.go_to_end(self.page_count, bottom);
            }
            KeyCommand::Scroll(across, down) => {
                self.target.set_value(None);
                browser::scroll_by(PAGES_ID, f64::from(across) / 100.0, f64::from(down) / 100.0);
            }
            KeyCommand::ZoomIn => self.zoom(Scale::larger),
            KeyCommand::ZoomOut => self.zoom(Scale::smaller),
            KeyCommand::ZoomReset => self.set_scale(Scale::Comfortable, 0.0),
            KeyCommand::FullScreen => browser::toggle_full_screen(),
        }
        Some(())
    }

    fn zoom(self, step: fn(u32) -> Option<Scale>) {
        if let Some(scale) = step(self.layout.with_untracked(super::Layout::percent)) {
            self.set_scale(scale, 0.0);
        }
    }

    fn go_to_end(self, page: u32, top: f64) {
        self.target.set_value(Some(page));
        self.scroll_to(top);
    }

    fn next_screen(self, forward: bool) {
        let scrolled = self.scrolled.get_value();
        self.target.set_value(None);
        let top = self.layout.with_untracked(|layout| layout.next_screen(scrolled, forward));
        self.scroll_to(top);
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
        if !self.is_full_screen.get_untracked() {
            let percent = f64::from(self.layout.with_untracked(super::Layout::percent)) * factor;
            // A step of less than a per cent would be lost.
            let percent = if factor > 1.0 { percent.ceil() } else { percent.floor() };
            self.set_scale(Scale::percent(percent as u32), below);
        }
    }

    fn set_full_screen(self, full: bool) {
        let page = self.current.get_untracked();
        self.relayout(0.0, || {
            self.is_full_screen.set(full);
            self.is_bar_hidden.set(full);
            if let Some(frame) = browser::frame(PAGES_ID) {
                self.frame.set(frame);
            }
        });
        self.go_to(page);
    }

    /// Follows a link to a page, and reports one that leads away.
    fn follow(self, link: ClickedLink) -> bool {
        match link {
            ClickedLink::Outgoing(address) => {
                self.report.run(ReadingEvent::Opened(address));
                false
            }
            ClickedLink::Within(address) => match address.strip_prefix("?p=") {
                Some(page) => {
                    self.jump(page);
                    true
                }
                None => false,
            },
        }
    }

    /// Goes to a page so that the browser can go back.
    fn jump(self, page: &str) {
        let page = page_within(Some(page), self.page_count);
        let query = browser::query();
        browser::replace_query(&query, self.state());
        browser::push_query(&query_with_page(&query, page), f64::from(page));
        self.go_to(page);
    }

    fn go_back(self) {
        match browser::history_state() {
            Some(state) => self.restore(state),
            None => self.go_to(1),
        }
    }
}
