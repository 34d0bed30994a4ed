//! What a correction is to do, before it is done.

use super::super::{
    super::requester::Requester, History, Period, VisitFilter, found::FoundLinks, readers::person,
};
use crate::{
    error::AppError,
    model::{
        CorrectionState, CorrectionSubject, HistoryQuery, HistoryRange, HistoryScope, Invalid, NewCorrection,
    },
    server::store::{
        corrections::StoredCorrection,
        history::{VisitChoice, VisitFacts, sealed::ScanBounds},
    },
};

/// The query of an analytics page in an address, without its question mark.
pub fn query_of(parameters: &str) -> Result<HistoryQuery, Invalid> {
    let given: Vec<(String, String)> =
        url::form_urlencoded::parse(parameters.trim_start_matches('?').as_bytes()).into_owned().collect();
    HistoryQuery::parse(|wanted| given.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value))
}

impl History {
    /// What is to be done, in full, and the links that it is about.
    pub(super) async fn plan(
        &self,
        new: &NewCorrection,
        requester: &Requester,
    ) -> Result<(FoundLinks, StoredCorrection), AppError> {
        let query = HistoryQuery { compare: false, ..new.query.first_page() };
        if query.archived {
            return Err(
                Invalid::new("archived", "cannot be part of it: these visits are left out already").into()
            );
        }
        let found = self.find(&new.of.scope(), requester).await?;
        let (zone, _) = self.zone(requester).await?;
        let now = self.clock.now();
        let until = new.as_of.map_or(now, |as_of| as_of.min(now)) + 1;
        let period = Period::new(&query, &zone, now, None);
        // All time has no begin, also where the first visit is not known.
        let (from, label) = match query.range {
            HistoryRange::All => (0, "all time".to_owned()),
            _ => (period.span.start, period.label),
        };
        let subject = match &new.of {
            CorrectionSubject::Reader(reader) => reader.label(),
            CorrectionSubject::Scope(HistoryScope::Everything) => "All documents".to_owned(),
            CorrectionSubject::Scope(HistoryScope::Link(link)) => found.label(link),
            CorrectionSubject::Scope(HistoryScope::Document(_)) => found.title(),
        };
        let filter = query.filter_parts(|link| found.label(link)).into_iter().map(|part| part.text);
        let words: Vec<String> = [subject, label].into_iter().chain(filter).collect();
        let record = StoredCorrection {
            of: new.of.clone(),
            query: query.as_parameters(),
            from,
            until: period.span.end.min(until),
            words: words.join(" · "),
            state: CorrectionState::LeavingOut,
            made_at: now,
            visits: 0,
            views: 0,
            newer: Default::default(),
        };
        Ok((found, record))
    }
}

/// The visits that a record means.
pub(super) struct ChosenVisits {
    pub(super) bounds: ScanBounds,
    pub(super) filter: VisitFilter,
    pub(super) query: HistoryQuery,
}

impl ChosenVisits {
    pub(super) fn of(record: &StoredCorrection) -> Result<Self, AppError> {
        let query = query_of(&record.query)?;
        let person = match &record.of {
            CorrectionSubject::Reader(reader) => Some(person(reader)),
            CorrectionSubject::Scope(_) => None,
        };
        let bounds = ScanBounds { person, ..ScanBounds::joined_within(&(record.from..record.until)) };
        Ok(Self { bounds, filter: VisitFilter::new(&query), query })
    }
}

impl VisitChoice for VisitFilter {
    fn chooses<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        self.asks_for(visit)
    }
}

pub(super) fn none_found() -> AppError {
    Invalid::new("of", "has no visits in this range and filter that are in the numbers").into()
}
