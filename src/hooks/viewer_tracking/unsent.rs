//! What was observed of the reader and the server has not acknowledged.

use crate::model::{PageSeen, Thirds, told_address};

/// The most pages and the most links that one request tells, so that it stays below the limit of a body.
const SEEN_AT_ONCE: usize = 50;
const CLICKED_AT_ONCE: usize = 5;
/// The most links that wait for the server.
const MOST_CLICKED: usize = 20;

/// What one request tells; `None`: nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    pub seen: Option<Vec<PageSeen>>,
    pub clicked: Option<Vec<String>>,
    pub printed: Option<bool>,
}

/// What was seen of a page since it was loaded.
#[derive(Clone, Copy, Debug)]
struct PageParts {
    page: u32,
    seen: Thirds,
    acknowledged: Option<Thirds>,
}

impl PageParts {
    fn is_acknowledged(&self) -> bool {
        self.acknowledged == Some(self.seen)
    }
}

/// All that was observed. To tell the same twice does no harm.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    pages: Vec<PageParts>,
    clicked: Vec<String>,
    printed: bool,
}

impl Unsent {
    pub fn see(&mut self, PageSeen { page, thirds }: PageSeen) {
        match self.pages.iter_mut().find(|parts| parts.page == page) {
            Some(parts) => parts.seen = parts.seen.with(thirds),
            None => self.pages.push(PageParts { page, seen: thirds, acknowledged: None }),
        }
    }

    /// From the first word of parts on, parts are told of every page that the reader settles on, even if it is none: a
    /// page without a word counts whole.
    pub fn turn(&mut self, page: u32) {
        if !self.pages.is_empty() {
            self.see(PageSeen { page, thirds: Thirds::NONE });
        }
    }

    pub fn click(&mut self, address: &str) {
        let told = told_address(address).filter(|_| self.clicked.len() < MOST_CLICKED);
        if let Some(address) = told.filter(|address| !self.clicked.contains(address)) {
            self.clicked.push(address);
        }
    }

    pub fn print(&mut self) {
        self.printed = true;
    }

    /// Whether something cannot wait for the next heartbeat.
    pub fn is_urgent(&self) -> bool {
        self.printed || !self.clicked.is_empty()
    }

    /// What the next request tells.
    pub fn told(&self) -> Told {
        let unsent = self.pages.iter().filter(|parts| !parts.is_acknowledged());
        let seen = unsent.map(|&PageParts { page, seen: thirds, .. }| PageSeen { page, thirds });
        Told {
            seen: unless_empty(seen.take(SEEN_AT_ONCE).collect()),
            clicked: unless_empty(self.clicked.iter().take(CLICKED_AT_ONCE).cloned().collect()),
            printed: self.printed.then_some(true),
        }
    }

    /// Notes that the server has what a request told.
    pub fn acknowledge(&mut self, told: &Told) {
        for seen in told.seen.iter().flatten() {
            if let Some(parts) = self.pages.iter_mut().find(|parts| parts.page == seen.page) {
                let before = parts.acknowledged.unwrap_or(seen.thirds);
                parts.acknowledged = Some(before.with(seen.thirds));
            }
        }
        if let Some(clicked) = &told.clicked {
            self.clicked.retain(|address| !clicked.contains(address));
        }
        self.printed &= told.printed.is_none();
    }

    /// Tells the parts of all pages again: the next visit may not be the one that has them.
    pub fn begin_anew(&mut self) {
        self.pages.iter_mut().for_each(|parts| parts.acknowledged = None);
    }
}

fn unless_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
