//! One page of a list of visits.

use std::{
    cmp::Ordering,
    ops::{ControlFlow, Range},
};

use super::filter::VisitFilter;
use crate::{
    model::{HistoryQuery, LinkId, VISITS_PER_PAGE, Visit, VisitCursor, VisitId, VisitList, VisitSort},
    server::store::history::{VisitFacts, VisitSink, sealed::ScanBounds},
};

/// Makes a page of a list of visits that come one by one: [`VISITS_PER_PAGE`] behind the cursor of a query, in its
/// order. Keeps one visit more than a page has.
///
/// The cursor is the last visit of the page before, so a visit that is recorded in between neither moves nor hides
/// another one. By time it stands before all earlier ones.
pub struct ListBuilder {
    sort: VisitSort,
    descending: bool,
    after: Option<VisitCursor>,
    /// In the order of the list.
    visits: Vec<Visit>,
}

impl ListBuilder {
    /// A page without visits.
    pub fn new(query: &HistoryQuery) -> Self {
        Self {
            sort: query.sort,
            descending: query.descending,
            after: query.after.clone(),
            visits: Vec::with_capacity(VISITS_PER_PAGE + 2),
        }
    }

    /// Takes a visit that the query asks for, if it has a place on the page. [`ControlFlow::Break`]: no visit of this
    /// link with a smaller id has one.
    pub fn add<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        // Not by `place`: a column that does not matter is not decoded.
        let visible_ms = if self.is_by_duration() { visit.visible_ms()? } else { 0 };
        let place = (visible_ms, visit.id()?, visit.link()?);
        let is_on_an_earlier_page = |after: &VisitCursor| {
            self.order(place, self.place(after.visible_ms, after.id, &after.link)).is_le()
        };
        if self.after.as_ref().is_some_and(is_on_an_earlier_page) {
            return Ok(ControlFlow::Continue(()));
        }
        let is_behind =
            |other: &Visit| self.order(self.place(other.visible_ms, other.id, &other.link), place).is_lt();
        let index = self.visits.partition_point(is_behind);
        if index > VISITS_PER_PAGE {
            let is_newest_first = self.sort == VisitSort::Time && self.descending;
            return Ok(if is_newest_first { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
        }
        self.visits.insert(index, visit.to_visit()?);
        self.visits.truncate(VISITS_PER_PAGE + 1);
        Ok(ControlFlow::Continue(()))
    }

    /// The page of the visits so far.
    pub fn finish(mut self) -> VisitList {
        let has_more = self.visits.len() > VISITS_PER_PAGE;
        self.visits.truncate(VISITS_PER_PAGE);
        let next = self.visits.last().filter(|_| has_more).map(VisitCursor::of);
        VisitList { visits: self.visits, next }
    }

    /// Where a visit stands. `visible_ms` matters only where the list is sorted by it.
    fn place<'a>(&self, visible_ms: u64, id: VisitId, link: &'a LinkId) -> Place<'a> {
        (if self.is_by_duration() { visible_ms } else { 0 }, id, link.as_str())
    }

    fn is_by_duration(&self) -> bool {
        self.sort == VisitSort::Duration
    }

    fn order(&self, a: Place<'_>, b: Place<'_>) -> Ordering {
        if self.descending { b.cmp(&a) } else { a.cmp(&b) }
    }
}

/// What visits are sorted by: the reading time where that is asked for, then the id; links have ids in common.
type Place<'a> = (u64, VisitId, &'a str);

/// Where the visits of a list are: those that began within a time, and not before its cursor.
pub(super) fn list_bounds(query: &HistoryQuery, time: &Range<i64>) -> ScanBounds {
    let is_newest_first = query.sort == VisitSort::Time && query.descending;
    // Another link may have a visit with the id of the cursor.
    let before = query.after.as_ref().filter(|_| is_newest_first).map(|after| after.id.next());
    ScanBounds { before, ..ScanBounds::joined_within(time) }
}

/// A list alone, without a report.
pub(super) struct ListSink {
    pub(super) filter: VisitFilter,
    pub(super) list: ListBuilder,
}

impl VisitSink for ListSink {
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        if self.filter.matches(visit)? { self.list.add(visit) } else { Ok(ControlFlow::Continue(())) }
    }
}

#[cfg(test)]
mod tests {
    use std::{cmp::Reverse, collections::BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::server::services::history::sample;

    const NOW: i64 = 1_795_521_600_000;

    /// Link by link, the newest of each first, as they are read; no further than the list wants.
    fn page(visits: &[Visit], query: &HistoryQuery) -> VisitList {
        let mut sink = ListSink { filter: VisitFilter::new(query), list: ListBuilder::new(query) };
        let links: BTreeSet<&LinkId> = visits.iter().map(|visit| &visit.link).collect();
        for link in links {
            let mut of_link: Vec<&Visit> = visits.iter().filter(|visit| visit.link == *link).collect();
            of_link.sort_by_key(|visit| Reverse(visit.id));
            for visit in of_link {
                let Ok(wants_more) = sink.take(visit);
                if wants_more.is_break() {
                    break;
                }
            }
        }
        sink.list.finish()
    }

    /// All visits of all pages; `recorded` come in after each page.
    fn read_all(visits: &mut Vec<Visit>, query: &HistoryQuery, mut recorded: Vec<Visit>) -> Vec<VisitCursor> {
        let mut query = query.clone();
        let mut read = Vec::new();
        loop {
            let VisitList { visits: listed, next } = page(visits, &query);
            read.extend(listed.iter().map(VisitCursor::of));
            let Some(next) = next else { return read };
            assert_eq!(listed.len(), VISITS_PER_PAGE);
            query = query.next_page(next);
            visits.extend(recorded.pop());
        }
    }

    fn expected(visits: &[Visit], query: &HistoryQuery) -> Vec<VisitCursor> {
        let mut cursors: Vec<VisitCursor> = visits.iter().map(VisitCursor::of).collect();
        cursors.sort_by_key(|cursor| match query.sort {
            VisitSort::Time => (0, cursor.id, cursor.link.clone()),
            VisitSort::Duration => (cursor.visible_ms, cursor.id, cursor.link.clone()),
        });
        if query.descending {
            cursors.reverse();
        }
        cursors
    }

    proptest! {
        #[test]
        fn every_visit_is_listed_once_while_others_come_in(
            seed in any::<u64>(),
            number in 0..230_usize,
            by_duration in any::<bool>(),
            descending in any::<bool>(),
        ) {
            let sort = if by_duration { VisitSort::Duration } else { VisitSort::Time };
            let query = HistoryQuery { sort, descending, ..HistoryQuery::default() };
            let mut visits = sample::visits(number + 5, NOW - 86_400_000, NOW, seed);
            let recorded = visits.split_off(number);
            let before = expected(&visits, &query);
            let read = read_all(&mut visits, &query, recorded);
            // Those that came in are listed or not, but never twice, and never in place of another one.
            let (old, new): (Vec<_>, Vec<_>) = read.into_iter().partition(|cursor| before.contains(cursor));
            prop_assert_eq!(old, before);
            prop_assert!(new.len() <= 5);
        }
    }

    #[test]
    fn visit_that_ends_stands_on_top() {
        let mut visits = sample::visits(60, NOW - 86_400_000, NOW, 1);
        let second = page(&visits, &HistoryQuery::default()).next.expect("a second page");
        let second = HistoryQuery::default().next_page(second);
        let before = page(&visits, &second);
        let id = VisitId { recorded_at: NOW as u64 + 1, sequence: 0 };
        visits.push(Visit { id, ..sample::visit(NOW - 80_000_000) });
        assert_eq!(page(&visits, &HistoryQuery::default()).visits[0].id, id);
        assert_eq!(page(&visits, &second), before);
    }

    #[test]
    fn only_visits_of_the_filter_are_listed() {
        let visits = [
            sample::visit(NOW - 1),
            Visit { archived: true, ..sample::visit(NOW - 2) },
            sample::download(NOW - 3),
        ];
        let listed = page(&visits, &HistoryQuery::default());
        assert_eq!(listed, VisitList { visits: vec![visits[0].clone(), visits[2].clone()], next: None });
        assert_eq!(page(&[], &HistoryQuery::default()), VisitList { visits: vec![], next: None });
    }

    #[test]
    fn full_last_page_has_no_next_one() {
        let visits = sample::visits(VISITS_PER_PAGE, NOW - 86_400_000, NOW, 1);
        let listed = page(&visits, &HistoryQuery::default());
        assert_eq!((listed.visits.len(), listed.next), (VISITS_PER_PAGE, None));
    }
}
