//! The table of all documents of an owner.

use std::cmp::Ordering;

use super::{filter::VisitFilter, numbers::Numbers, period::Period, quarters::Quarters};
use crate::model::{DocumentId, HistoryQuery, PerformanceOrder, PerformanceRow, PerformanceSort, Visit};

/// A document with its visits of a period, in any order.
#[derive(Clone, Copy, Debug)]
pub struct DocumentVisits<'a> {
    /// The document.
    pub document: &'a DocumentId,
    /// Its title.
    pub title: &'a str,
    /// Its visits.
    pub visits: &'a [Visit],
}

/// One row for each document, in the order of the query. A number that is not known comes last either way.
pub fn performance<'a>(
    documents: impl IntoIterator<Item = DocumentVisits<'a>>,
    query: &HistoryQuery,
    period: &Period,
) -> Vec<PerformanceRow> {
    let filter = VisitFilter::new(query);
    let mut rows: Vec<PerformanceRow> =
        documents.into_iter().map(|document| row(document, &filter, period)).collect();
    rows.sort_by_cached_key(|row| (row.title.to_lowercase(), row.document.clone()));
    let PerformanceOrder { sort, is_turned } = query.by;
    match sort {
        PerformanceSort::Title if is_turned => rows.reverse(),
        PerformanceSort::Title => {}
        _ => rows.sort_by(|a, b| largest_first(number(a, sort), number(b, sort), is_turned)),
    }
    rows
}

/// What a row is sorted by, but for its title.
fn number(row: &PerformanceRow, sort: PerformanceSort) -> Option<u64> {
    match sort {
        PerformanceSort::Title => None,
        PerformanceSort::Views => Some(row.views),
        PerformanceSort::Readers => row.readers,
        PerformanceSort::Time => row.median_seconds,
        PerformanceSort::Completion => row.completion_percent,
        PerformanceSort::Last => row.last_view.map(|time| time.max(0) as u64),
    }
}

/// The order of two numbers, the unknown last.
fn largest_first(a: Option<u64>, b: Option<u64>, is_turned: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if is_turned => a.cmp(&b),
        (Some(_), Some(_)) => b.cmp(&a),
        _ => b.is_some().cmp(&a.is_some()),
    }
}

fn row(of: DocumentVisits<'_>, filter: &VisitFilter, period: &Period) -> PerformanceRow {
    let (mut numbers, mut views, mut last_view) = (Numbers::default(), Quarters::default(), None);
    let asked = |visit: &&Visit| period.span.contains(&visit.joined_at) && filter.matches(*visit) == Ok(true);
    for visit in of.visits.iter().filter(asked) {
        numbers.add(visit);
        if visit.is_view() {
            views.add(visit.joined_at, 1);
            last_view = last_view.max(Some(visit.joined_at));
        }
    }
    let totals = numbers.totals();
    PerformanceRow {
        document: of.document.clone(),
        title: of.title.to_owned(),
        views: views.views(&period.span),
        readers: totals.readers,
        median_seconds: totals.median_seconds,
        completion_percent: totals.completion_percent,
        last_view,
        trend: period.buckets.iter().map(|bucket| views.views(&bucket.span)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::HistoryRange,
        server::services::history::{sample, zone::Zone},
    };

    const NOW: i64 = 1_795_521_600_000; // 24 November 2026, 12:00
    const DAY: i64 = 86_400_000;

    #[test]
    fn each_document_has_a_row() {
        let [read, unread] = ["read", "unread"].map(|id| id.parse().expect("an id"));
        let visits = [
            sample::visit(NOW - 1),
            Visit { visible_ms: 20_000, ..sample::visit(NOW - 2 * DAY) },
            Visit { archived: true, ..sample::visit(NOW - 2) },
            sample::visit(NOW - 9 * DAY),
            sample::download(NOW),
        ];
        let query = HistoryQuery::default().with_range(HistoryRange::Days7);
        let period = Period::new(&query, &Zone::utc(), NOW, None);
        let documents = [
            DocumentVisits { document: &read, title: "Read", visits: &visits },
            DocumentVisits { document: &unread, title: "Unread", visits: &[] },
        ];
        let expected = [
            PerformanceRow {
                document: read.clone(),
                title: "Read".to_owned(),
                views: 2,
                readers: Some(1),
                median_seconds: Some(40),
                completion_percent: Some(50),
                last_view: Some(NOW - 1),
                trend: vec![0, 0, 0, 0, 1, 0, 1],
            },
            PerformanceRow {
                document: unread.clone(),
                title: "Unread".to_owned(),
                views: 0,
                readers: Some(0),
                median_seconds: None,
                completion_percent: None,
                last_view: None,
                trend: vec![0; 7],
            },
        ];
        assert_eq!(performance(documents, &query, &period), expected);
    }

    #[test]
    fn unknown_number_comes_last_either_way() {
        let ids = ["a", "b", "c"].map(|id| id.parse::<DocumentId>().expect("an id"));
        let visits = [
            vec![Visit { visible_ms: 5_000, ..sample::visit(NOW - 1) }],
            vec![],
            vec![sample::visit(NOW - 2), sample::visit(NOW - 3)],
        ];
        let titles = |order: &str| -> Vec<String> {
            let query = HistoryQuery { by: order.parse().expect(order), ..HistoryQuery::default() };
            let period = Period::new(&query, &Zone::utc(), NOW, None);
            let documents = ids.iter().zip(["one", "Two", "three"]).zip(&visits);
            let documents =
                documents.map(|((document, title), visits)| DocumentVisits { document, title, visits });
            performance(documents, &query, &period).into_iter().map(|row| row.title).collect()
        };
        for (order, expected) in [
            ("title", ["one", "three", "Two"]),
            ("-title", ["Two", "three", "one"]),
            ("views", ["three", "one", "Two"]),
            ("-views", ["Two", "one", "three"]),
            ("readers", ["one", "three", "Two"]),
            ("time", ["three", "one", "Two"]),
            ("-time", ["one", "three", "Two"]),
            ("completion", ["one", "three", "Two"]),
            ("last", ["one", "three", "Two"]),
            ("-last", ["three", "one", "Two"]),
        ] {
            assert_eq!(titles(order), expected, "{order}");
        }
    }
}
