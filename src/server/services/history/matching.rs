//! Streams the visits that a query asks for.

use std::ops::Range;

use futures::{Stream, TryStreamExt};

use super::{History, VisitFilter, found::FoundDocument};
use crate::{
    error::AppError,
    model::Visit,
    server::store::history::{Found, VisitFacts, VisitPick, sealed::ScanBounds},
};

impl History {
    /// The visits of a document that began within a time and that a filter lets through, as they are polled for: link by
    /// link, the newest of each first.
    pub(super) fn read_matching(
        &self,
        document: FoundDocument,
        time: &Range<i64>,
        filter: &VisitFilter,
    ) -> impl Stream<Item = Result<Found<Visit>, AppError>> + Send + use<> {
        let (bounds, filter) = (ScanBounds::joined_within(time), filter.clone());
        let links = self.open(document, None);
        links.map_ok(move |(link, _)| link.read(bounds.clone(), Matching(filter.clone()))).try_flatten()
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
