//! Everything above the list of visits, from one pass over the visits.

use std::ops::Range;

use super::{
    breakdowns::Breakdowns,
    numbers::{Numbers, compared},
    pages::Pages,
    period::Period,
    quarters::{Quarters, hour_map, time_chart},
    zone::Zone,
};
use crate::{
    model::{Compared, DocumentId, HistoryQuery, HistoryScope, LinkId, PerformanceRow, Report, address},
    server::store::history::{Sums, VisitFacts},
};

/// What a report is made for.
#[derive(Clone, Copy, Debug)]
pub struct ReportRequest<'a> {
    /// Whose visits it shows.
    pub scope: &'a HistoryScope,
    /// What the page was asked.
    pub query: &'a HistoryQuery,
    /// The path of the page, to which bars and rows add their filters.
    pub path: &'a str,
    /// The owner's time zone.
    pub zone: &'a Zone,
    /// The query's range in that zone.
    pub period: &'a Period,
}

/// Makes a report of visits that come one by one, which are those of [`Period::needed`] that the query asks for.
///
/// Without visits, views, readers and downloads are 0, and what would be taken of visits is `None`. Keeps some 20 bytes
/// of a visit, and 8 of each of its pages.
#[derive(Clone, Debug)]
pub struct ReportBuilder {
    /// The period, and what its numbers are compared with.
    span: Range<i64>,
    span_before: Option<Range<i64>>,
    views: Quarters,
    last_view: Option<i64>,
    period: Numbers,
    before: Numbers,
    pages: Pages,
    breakdowns: Breakdowns,
}

impl ReportBuilder {
    /// A report without visits. Only reports of one period can be added to it.
    pub fn new(period: &Period) -> Self {
        Self {
            span: period.span.clone(),
            span_before: period.comparison.as_ref().map(|before| before.clipped.clone()),
            views: Quarters::default(),
            last_view: None,
            period: Numbers::default(),
            before: Numbers::default(),
            pages: Pages::default(),
            breakdowns: Breakdowns::default(),
        }
    }

    /// Counts views that are known from sums.
    pub fn add_sums(&mut self, sums: &Sums) {
        self.views.add_sums(sums);
    }

    /// Counts a visit. `is_summed`: its view is counted by sums.
    pub fn add<V: VisitFacts>(&mut self, visit: &V, is_summed: bool) -> Result<(), V::Error> {
        let joined_at = visit.joined_at()?;
        let is_view = visit.is_view()?;
        if is_view && !is_summed {
            self.views.add(joined_at, 1);
        }
        if self.span.contains(&joined_at) {
            self.period.add(visit)?;
            if is_view {
                self.last_view = self.last_view.max(Some(joined_at));
                self.pages.add(visit)?;
                self.breakdowns.add(visit)?;
            }
        } else if self.span_before.as_ref().is_some_and(|before| before.contains(&joined_at)) {
            self.before.add(visit)?;
        }
        Ok(())
    }

    /// Counts the visits of others.
    pub fn add_all(&mut self, other: &Self) {
        self.views.add_all(&other.views);
        self.last_view = self.last_view.max(other.last_view);
        self.period.add_all(&other.period);
        self.before.add_all(&other.before);
        self.pages.add_all(&other.pages);
        self.breakdowns.add_all(&other.breakdowns);
    }

    /// Roughly its memory, in bytes.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.period.size() + self.before.size() + self.pages.size()
    }

    /// The visits so far as one row of the table of all documents.
    pub fn row(&mut self, document: DocumentId, title: String, period: &Period) -> PerformanceRow {
        let totals = self.period.totals();
        PerformanceRow {
            document,
            title,
            views: self.views.views(&period.span),
            readers: totals.readers,
            median_seconds: totals.median_seconds,
            completion_percent: totals.completion_percent,
            last_view: self.last_view,
            trend: period.buckets.iter().map(|bucket| self.views.views(&bucket.span)).collect(),
        }
    }

    /// The report of the visits so far. `link_label` names a link as its owner does.
    pub fn finish(mut self, request: &ReportRequest<'_>, link_label: impl Fn(&LinkId) -> String) -> Report {
        let ReportRequest { query, path, zone, period, .. } = *request;
        let comparison = period.comparison.as_ref();
        // In the first minutes of a period there is nothing yet to compare.
        let clipped = comparison.map(|before| &before.clipped).filter(|clipped| !clipped.is_empty());
        let views = Compared {
            value: Some(self.views.views(&period.span)),
            before: clipped.map(|clipped| self.views.views(clipped)),
        };
        let before = clipped.map(|_| self.before.totals());
        let page = |page| format!("{path}{}", query.with_page(page).as_parameters());
        Report {
            range: period.label.clone(),
            compared_with: comparison.map_or(String::new(), |before| before.label.clone()),
            zone: zone.name().to_owned(),
            numbers: compared(views, self.period.totals(), before),
            views: time_chart(&self.views, period, path, query),
            pages: self.pages.report(page, address::document_page),
            hours: hour_map(&self.views, period, zone),
            breakdowns: self.breakdowns.report(request, link_label),
        }
    }
}

#[cfg(test)]
mod tests;
