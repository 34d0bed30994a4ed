//! What a correction would change.

use std::ops::ControlFlow;

use futures::{StreamExt, TryStreamExt, stream};

use super::{
    super::{
        super::requester::Requester,
        History, VisitFilter,
        found::{CONCURRENT_READS, FoundLinks},
    },
    plan::ChosenVisits,
};
use crate::{
    error::AppError,
    model::{CorrectionPreview, LinkId, NewCorrection, PeakChange},
    server::store::{
        corrections::StoredCorrection,
        history::{LeavingOut, VisitFacts, VisitSink},
    },
};

impl History {
    /// What a correction would change. Changes nothing.
    pub async fn preview_correction(
        &self,
        new: &NewCorrection,
        requester: &Requester,
    ) -> Result<CorrectionPreview, AppError> {
        let (found, record) = self.plan(new, requester).await?;
        let ChosenVisits { bounds, filter, query } = ChosenVisits::of(&record)?;
        let documents = found.only(query.link.as_ref());
        let links = documents
            .into_iter()
            .flat_map(|document| document.links.into_iter().map(move |link| (document.id.clone(), link)));
        let of_links = stream::iter(links).map(|(document, link)| {
            let (visits, bounds, filter) = (self.visits.clone(), bounds.clone(), filter.clone());
            async move {
                let change = visits.would_leave_out(&link, &document, &bounds, &filter).await?;
                Ok::<_, AppError>((link, change))
            }
        });
        let of_links: Vec<(LinkId, LeavingOut)> = of_links.buffered(CONCURRENT_READS).try_collect().await?;
        let links: Vec<LinkId> = of_links.iter().map(|(link, _)| link.clone()).collect();
        let mut total_views = 0;
        for counts in self.analytics.counts(&links).await {
            total_views += counts?.total_views;
        }
        let sum = |of: fn(&LeavingOut) -> u64| of_links.iter().map(|(_, change)| of(change)).sum();
        let views: u64 = sum(|change| change.marked.views);
        let peaks = of_links.iter().filter(|(_, change)| change.marked.visits > 0);
        Ok(CorrectionPreview {
            words: record.words,
            visits: sum(|change| change.marked.visits),
            views,
            total_views,
            total_views_then: total_views.saturating_sub(views),
            peaks: peaks
                .map(|(link, change)| PeakChange {
                    link_id: link.clone(),
                    label: found.label(link),
                    peak_concurrent_viewers: change.peak,
                    peak_concurrent_viewers_then: change.peak_then,
                })
                .collect(),
            unreadable: sum(|change| change.unreadable),
            as_of: record.until - 1,
        })
    }

    /// Whether there is a visit that a correction would leave out.
    pub(super) async fn has_some(
        &self,
        found: &FoundLinks,
        record: &StoredCorrection,
    ) -> Result<bool, AppError> {
        let ChosenVisits { bounds, filter, query } = ChosenVisits::of(record)?;
        let documents = found.only(query.link.as_ref());
        let (first, _) = self.pass(&documents, &bounds, FirstMatch { filter, is_found: false }).await?;
        Ok(first.is_found)
    }
}

/// Looks for one visit that a filter lets through.
struct FirstMatch {
    filter: VisitFilter,
    is_found: bool,
}

impl VisitSink for FirstMatch {
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        self.is_found = self.is_found || self.filter.matches(visit)?;
        Ok(if self.is_found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
