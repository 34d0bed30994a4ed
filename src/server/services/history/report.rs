//! Everything above the list of visits, from one pass over the visits.

use super::{
    breakdowns::Breakdowns,
    filter::VisitFilter,
    numbers::{Numbers, compared},
    pages::Pages,
    period::Period,
    quarters::{Quarters, hour_map, time_chart},
    zone::Zone,
};
use crate::model::{Compared, HistoryQuery, HistoryScope, LinkId, Report, Visit, address};

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

/// The report of visits, which are those of [`Period::needed`] in any order. `link_label` names a link as its owner
/// does.
///
/// Without visits, views, readers and downloads are 0, and what would be taken of visits is `None`.
pub fn report<'v>(
    visits: impl IntoIterator<Item = &'v Visit>,
    request: &ReportRequest<'_>,
    link_label: impl Fn(&LinkId) -> String,
) -> Report {
    let mut builder = ReportBuilder::new(*request);
    for visit in visits {
        builder.add(visit);
    }
    builder.finish(link_label)
}

/// Makes a report of visits that come one by one. Keeps some 40 bytes of a visit, and 8 of each of its pages.
#[derive(Debug)]
pub struct ReportBuilder<'a> {
    request: ReportRequest<'a>,
    filter: VisitFilter,
    views: Quarters,
    period: Numbers,
    before: Numbers,
    pages: Pages,
    breakdowns: Breakdowns,
}

impl<'a> ReportBuilder<'a> {
    /// A report without visits.
    pub fn new(request: ReportRequest<'a>) -> Self {
        Self {
            request,
            filter: VisitFilter::new(request.query),
            views: Quarters::default(),
            period: Numbers::default(),
            before: Numbers::default(),
            pages: Pages::default(),
            breakdowns: Breakdowns::default(),
        }
    }

    /// Counts a visit, if the query asks for it.
    pub fn add(&mut self, visit: &Visit) {
        let Ok(is_asked) = self.filter.matches(visit);
        if !is_asked {
            return;
        }
        let Period { span, comparison, .. } = self.request.period;
        let is_in_period = span.contains(&visit.joined_at);
        if is_in_period {
            self.period.add(visit);
        } else if comparison.as_ref().is_some_and(|before| before.clipped.contains(&visit.joined_at)) {
            self.before.add(visit);
        }
        if visit.is_view() {
            self.views.add(visit.joined_at, 1);
            if is_in_period {
                self.pages.add(visit);
                self.breakdowns.add(visit);
            }
        }
    }

    /// The report of the visits so far.
    pub fn finish(self, link_label: impl Fn(&LinkId) -> String) -> Report {
        let ReportRequest { query, path, zone, period, .. } = self.request;
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
            breakdowns: self.breakdowns.report(&self.request, link_label),
        }
    }
}

#[cfg(test)]
mod tests;
