//! One page of a list of visits.

use std::cmp::Ordering;

use super::{filter::VisitFilter, period::Period};
use crate::model::{
    HistoryQuery, LinkId, VISITS_PER_PAGE, Visit, VisitCursor, VisitId, VisitList, VisitSort,
};

/// The visits of a period that a query asks for: a page of [`VISITS_PER_PAGE`] behind its cursor, in its order.
///
/// The cursor is the last visit of the page before, so a visit that is recorded in between neither moves nor hides
/// another one. By time it stands before all earlier ones.
pub fn list<'v>(
    visits: impl IntoIterator<Item = &'v Visit>,
    query: &HistoryQuery,
    period: &Period,
) -> VisitList {
    let filter = VisitFilter::new(query);
    let order = |a: &Place<'_>, b: &Place<'_>| in_order(a, b, query.descending);
    let after = query.after.as_ref().map(|after| place(query.sort, after.visible_ms, after.id, &after.link));
    let of_visit = |visit: &'v Visit| place(query.sort, visit.visible_ms, visit.id, &visit.link);

    let mut found: Vec<&Visit> = visits
        .into_iter()
        .filter(|visit| period.span.contains(&visit.joined_at))
        .filter(|visit| after.is_none_or(|after| order(&after, &of_visit(visit)).is_lt()))
        .filter(|visit| filter.matches(*visit) == Ok(true))
        .collect();
    let by_order = |a: &&'v Visit, b: &&'v Visit| order(&of_visit(a), &of_visit(b));
    let has_more = found.len() > VISITS_PER_PAGE;
    if has_more {
        found.select_nth_unstable_by(VISITS_PER_PAGE, by_order);
        found.truncate(VISITS_PER_PAGE);
    }
    found.sort_unstable_by(by_order);
    let next = found.last().filter(|_| has_more).map(|last| VisitCursor::of(last));
    VisitList { visits: found.into_iter().cloned().collect(), next }
}

/// What visits are sorted by: the reading time where that is asked for, then the id; links have ids in common.
type Place<'a> = (u64, VisitId, &'a LinkId);

fn place(sort: VisitSort, visible_ms: u64, id: VisitId, link: &LinkId) -> Place<'_> {
    (if sort == VisitSort::Duration { visible_ms } else { 0 }, id, link)
}

fn in_order(a: &Place<'_>, b: &Place<'_>, descending: bool) -> Ordering {
    if descending { b.cmp(a) } else { a.cmp(b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::server::services::history::{sample, zone::Zone};

    const NOW: i64 = 1_795_521_600_000;

    fn page(visits: &[Visit], query: &HistoryQuery) -> VisitList {
        list(visits, query, &Period::new(query, &Zone::utc(), NOW, None))
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
    fn only_visits_of_the_range_and_filter_are_listed() {
        let visits = [
            sample::visit(NOW - 1),
            Visit { archived: true, ..sample::visit(NOW - 2) },
            sample::visit(NOW - 29 * 86_400_000),
            sample::download(NOW - 3),
        ];
        let listed = page(&visits, &HistoryQuery::default());
        assert_eq!(listed, VisitList { visits: vec![visits[0].clone(), visits[3].clone()], next: None });
        assert_eq!(page(&[], &HistoryQuery::default()), VisitList { visits: vec![], next: None });
    }

    #[test]
    fn full_last_page_has_no_next_one() {
        let visits = sample::visits(VISITS_PER_PAGE, NOW - 86_400_000, NOW, 1);
        let listed = page(&visits, &HistoryQuery::default());
        assert_eq!((listed.visits.len(), listed.next), (VISITS_PER_PAGE, None));
    }
}
