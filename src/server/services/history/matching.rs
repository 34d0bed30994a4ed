//! Reads the visits that a query asks for.

use std::{ops::Range, pin::pin};

use futures::{Stream, TryStreamExt};

use super::{
    History, VisitFilter,
    found::{FoundDocument, FoundLinks},
};
use crate::{
    error::AppError,
    model::{DocumentId, HistoryQuery, Visit},
    server::store::history::{Found, VisitFacts, VisitPick, sealed::ScanBounds},
};

/// Visits by document, and how many could not be read.
#[derive(Default)]
pub(super) struct MatchingVisits {
    pub(super) documents: Vec<DocumentWithVisits>,
    pub(super) unreadable: u64,
}

/// A document with those of its visits that were asked for.
pub(super) struct DocumentWithVisits {
    pub(super) id: DocumentId,
    pub(super) title: String,
    pub(super) visits: Vec<Visit>,
}

impl History {
    /// The visits that began within a time and that a query asks for.
    pub(super) async fn matching(
        &self,
        found: &FoundLinks,
        query: &HistoryQuery,
        time: &Range<i64>,
    ) -> Result<MatchingVisits, AppError> {
        let filter = VisitFilter::new(query);
        let mut matching = MatchingVisits::default();
        for document in found.only(query.link.as_ref()) {
            let mut visits = Vec::new();
            let mut read = pin!(self.read_matching(document.clone(), time, &filter));
            while let Some(found) = read.try_next().await? {
                match found {
                    Found::Picked(visit) => visits.push(visit),
                    Found::Unreadable(number) => matching.unreadable += number,
                }
            }
            let FoundDocument { id, title, .. } = document;
            matching.documents.push(DocumentWithVisits { id, title, visits });
        }
        Ok(matching)
    }

    /// The same of one document, as they are polled for: link by link, the newest of each first.
    pub(super) fn read_matching(
        &self,
        document: FoundDocument,
        time: &Range<i64>,
        filter: &VisitFilter,
    ) -> impl Stream<Item = Result<Found<Visit>, AppError>> + Send + use<> {
        let bounds = ScanBounds {
            joined_from: Some(time.start),
            joined_before: Some(time.end),
            ..ScanBounds::default()
        };
        let filter = filter.clone();
        let links = self.open(document);
        links.map_ok(move |link| link.read(bounds.clone(), Matching(filter.clone()))).try_flatten()
    }
}

/// Picks the visits that a filter lets through.
struct Matching(VisitFilter);

impl VisitPick for Matching {
    type Item = Visit;

    fn pick<V: VisitFacts>(&mut self, visit: &V) -> Result<Option<Visit>, V::Error> {
        if self.0.matches(visit)? { visit.to_visit().map(Some) } else { Ok(None) }
    }
}
