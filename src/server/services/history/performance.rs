//! The table of all documents of an owner.

use super::{filter::VisitFilter, numbers::Numbers, period::Period, quarters::Quarters};
use crate::model::{DocumentId, HistoryQuery, PerformanceRow, Visit};

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

/// One row for each document, in their order.
pub fn performance<'a>(
    documents: impl IntoIterator<Item = DocumentVisits<'a>>,
    query: &HistoryQuery,
    period: &Period,
) -> Vec<PerformanceRow> {
    let filter = VisitFilter::new(query);
    documents.into_iter().map(|document| row(document, &filter, period)).collect()
}

fn row(of: DocumentVisits<'_>, filter: &VisitFilter<'_>, period: &Period) -> PerformanceRow {
    let (mut numbers, mut views, mut last_view) = (Numbers::default(), Quarters::default(), None);
    let asked = |visit: &&Visit| period.span.contains(&visit.joined_at) && filter.matches(visit);
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
}
