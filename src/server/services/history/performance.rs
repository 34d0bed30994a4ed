//! The order of the table of all documents of an owner.

use std::cmp::Ordering;

use crate::model::{PerformanceOrder, PerformanceRow, PerformanceSort};

/// Sorts the rows. A number that is not known comes last either way.
pub fn sort_rows(rows: &mut [PerformanceRow], order: PerformanceOrder) {
    rows.sort_by_cached_key(|row| (row.title.to_lowercase(), row.document.clone()));
    let PerformanceOrder { sort, is_turned } = order;
    match sort {
        PerformanceSort::Title if is_turned => rows.reverse(),
        PerformanceSort::Title => {}
        _ => rows.sort_by(|a, b| largest_first(number(a, sort), number(b, sort), is_turned)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{DocumentId, HistoryQuery, HistoryRange, Visit},
        server::services::history::{Period, ReportBuilder, sample, zone::Zone},
    };

    const NOW: i64 = 1_795_521_600_000; // 24 November 2026, 12:00
    const DAY: i64 = 86_400_000;

    fn row(document: &DocumentId, title: &str, visits: &[Visit], period: &Period) -> PerformanceRow {
        let mut report = ReportBuilder::new(period);
        for visit in visits {
            let Ok(()) = report.add(visit, false);
        }
        report.row(document.clone(), title.to_owned(), period)
    }

    #[test]
    fn each_document_has_a_row() {
        let [read, unread] = ["read", "unread"].map(|id| id.parse().expect("an id"));
        let visits = [
            sample::visit(NOW - 1),
            Visit { visible_ms: 20_000, ..sample::visit(NOW - 2 * DAY) },
            sample::download(NOW),
        ];
        let query = HistoryQuery::default().with_range(HistoryRange::Days7);
        let period = Period::new(&query, &Zone::utc(), NOW, None);
        let rows = [row(&read, "Read", &visits, &period), row(&unread, "Unread", &[], &period)];
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
        assert_eq!(rows, expected);
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
            let mut rows: Vec<_> =
                documents.map(|((document, title), visits)| row(document, title, visits, &period)).collect();
            sort_rows(&mut rows, query.by);
            rows.into_iter().map(|row| row.title).collect()
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
