//! What the page of one visit says of others: how long they stayed on its pages, and which are by the same reader.

use std::{cmp::Reverse, ops::ControlFlow};

use super::numbers::{median, seconds};
use crate::{
    model::Visit,
    server::store::history::{VisitFacts, VisitSink},
};

/// Compares a visit with others.
pub(super) struct Others {
    visit: Visit,
    /// Of each of its pages, the milliseconds in view of the visits that saw it.
    times: Vec<Vec<u64>>,
    by_reader: Vec<Visit>,
}

/// What was found.
pub(super) struct Comparison {
    pub(super) visit: Visit,
    /// Of each of its pages, in seconds; `None` where no other visit saw it.
    pub(super) medians: Vec<Option<u64>>,
    /// The other visits of its reader, the newest first.
    pub(super) others: Vec<Visit>,
}

impl Others {
    /// Nothing yet to compare a visit with.
    pub(super) fn of(visit: Visit) -> Self {
        let times = vec![Vec::new(); visit.pages.as_ref().map_or(0, Vec::len)];
        Self { visit, times, by_reader: Vec::new() }
    }

    /// The comparison with the visits so far.
    pub(super) fn finish(mut self) -> Comparison {
        self.by_reader.sort_by_key(|other| Reverse(other.joined_at));
        let medians = self.times.iter_mut().map(|times| median(times).map(seconds)).collect();
        Comparison { visit: self.visit, medians, others: self.by_reader }
    }
}

impl VisitSink for Others {
    fn take<V: VisitFacts>(&mut self, other: &V) -> Result<ControlFlow<()>, V::Error> {
        if other.is(&self.visit)? {
            return Ok(ControlFlow::Continue(()));
        }
        let is_comparable = self.visit.version.is_some()
            && other.version()? == self.visit.version.as_deref()
            && !other.archived()?;
        if is_comparable {
            for time in other.pages()?.unwrap_or_default() {
                let place = self.visit.pages.iter().flatten().position(|page| page.page == time.page);
                if let Some(place) = place
                    && time.is_seen()
                {
                    self.times[place].push(time.visible_ms);
                }
            }
        }
        if other.has_reader_of(&self.visit)? {
            self.by_reader.push(other.to_visit()?);
        }
        Ok(ControlFlow::Continue(()))
    }
}
