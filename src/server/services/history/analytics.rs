//! What an analytics page shows, from one pass over the visits.

use std::{
    mem,
    ops::{ControlFlow, Range},
    pin::pin,
    sync::Arc,
};

use futures::TryStreamExt;

use super::{
    History, ListBuilder, ReportBuilder, ReportRequest, VisitFilter,
    found::FoundLinks,
    list::{ListSink, list_bounds},
    report_cache::ReportKey,
    sort_rows,
};
use crate::{
    error::AppError,
    model::{HistoryScope, PerformanceRow, Report, VisitList},
    server::store::history::{LinkVisits, Sums, VisitFacts, VisitSink, sealed::ScanBounds},
};

/// What the visits of a page come to.
pub(super) struct Analytics {
    pub(super) report: Report,
    pub(super) list: VisitList,
    /// One for each document, where the page shows all of them.
    pub(super) documents: Vec<PerformanceRow>,
    /// Visits that cannot be read.
    pub(super) unreadable: u64,
}

impl History {
    /// Counts and lists the visits that a query asks for. Views come from the sums, where nothing but the link is
    /// filtered.
    pub(super) async fn analytics(
        &self,
        found: &FoundLinks,
        request: &ReportRequest<'_>,
    ) -> Result<Analytics, AppError> {
        let ReportRequest { scope, query, period, .. } = *request;
        let summed = query.asks_for_all().then(|| period.needed());
        let mut list = ListBuilder::new(query);
        let mut report = ReportBuilder::new(period);
        let (mut documents, mut unreadable) = (Vec::new(), 0);
        for document in found.only(query.link.as_ref()) {
            let (id, title) = (document.id.clone(), document.title.clone());
            let mut of_document = ReportBuilder::new(period);
            let mut links = pin!(self.open(document, summed.clone()));
            while let Some((visits, sums)) = links.try_next().await? {
                let of_link;
                (of_document, list, of_link) =
                    self.add_link(visits, &sums, request, (of_document, list)).await?;
                unreadable += of_link;
            }
            if *scope == HistoryScope::Everything {
                documents.push(of_document.row(id, title, period));
            }
            report.add_all(&of_document);
        }
        sort_rows(&mut documents, query.by);
        let report = report.finish(request, |link| found.label(link));
        Ok(Analytics { report, list: list.finish(), documents, unreadable })
    }

    /// Adds the visits of a link to a report and a list. Returns both, and how many visits cannot be read.
    async fn add_link(
        &self,
        mut visits: LinkVisits,
        sums: &Sums,
        request: &ReportRequest<'_>,
        (mut report, list): (ReportBuilder, ListBuilder),
    ) -> Result<(ReportBuilder, ListBuilder, u64), AppError> {
        let ReportRequest { query, period, .. } = *request;
        let bounds = ScanBounds::joined_within(&period.needed());
        report.add_sums(sums);
        let mut sink = AnalyticsSink {
            filter: VisitFilter::new(query),
            span: period.span.clone(),
            summed_from: sums.from,
            report,
            list,
        };
        let in_tail = visits.pass_tail(&bounds, &mut sink);
        let files = visits.files_within(&bounds);
        if files.is_empty() {
            return Ok((sink.report, sink.list, in_tail));
        }
        let key = ReportKey {
            link: visits.link().clone(),
            files,
            filter: query.filter_of_links(),
            span: period.span.clone(),
            span_before: period.comparison.as_ref().map(|before| before.clipped.clone()),
            summed_from: sums.from,
        };
        if let Some(sealed) = self.reports.get(&key) {
            let AnalyticsSink { filter, mut report, list, .. } = sink;
            report.add_all(&sealed);
            let (sink, in_files) =
                visits.pass(list_bounds(query, &period.span), ListSink { filter, list }).await?;
            return Ok((report, sink.list, in_tail + in_files));
        }
        let mut report = mem::replace(&mut sink.report, ReportBuilder::new(period));
        let (sink, in_files) = visits.pass(bounds, sink).await?;
        let sealed = Arc::new(sink.report);
        report.add_all(&sealed);
        if in_files == 0 {
            self.reports.insert(key, sealed);
        }
        Ok((report, sink.list, in_tail + in_files))
    }
}

/// Passes each visit to a report and a list.
struct AnalyticsSink {
    filter: VisitFilter,
    /// What the list shows; the report shows the period before as well.
    span: Range<i64>,
    /// Since when sums count the views of the link.
    summed_from: Option<i64>,
    report: ReportBuilder,
    list: ListBuilder,
}

impl VisitSink for AnalyticsSink {
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        if self.filter.matches(visit)? {
            let joined_at = visit.joined_at()?;
            self.report.add(visit, self.summed_from.is_some_and(|from| joined_at >= from))?;
            if self.span.contains(&joined_at) {
                // A list that wants no more is no reason to stop counting.
                let _ = self.list.add(visit)?;
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
