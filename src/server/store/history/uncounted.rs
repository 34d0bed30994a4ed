//! Visits that earlier programs left out of reports, but counted in the views of the widget and of lists.

use std::{pin::pin, time::Duration};

use futures::TryStreamExt;

use super::{
    VisitStore,
    facts::VisitFacts,
    index::ViewsChange,
    read::{Found, VisitPick},
    sealed::ScanBounds,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId},
};

/// How long it is noted that a link is done: a start that was interrupted is repeated.
const NOTED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// When the archived views began.
struct ArchivedViews;

impl VisitPick for ArchivedViews {
    type Item = i64;

    fn pick<V: VisitFacts>(&mut self, visit: &V) -> Result<Option<i64>, V::Error> {
        if visit.archived()? && visit.is_view()? { visit.joined_at().map(Some) } else { Ok(None) }
    }
}

impl VisitStore {
    /// Takes the archived visits of a link out of its numbers of views, once.
    pub async fn discount_archived(&self, link: &LinkId, document: &DocumentId) -> Result<(), AppError> {
        let visits = self.open(link, document).await?;
        let mut archived = pin!(visits.read(ScanBounds::default(), ArchivedViews));
        let mut views = ViewsChange::default();
        while let Some(found) = archived.try_next().await? {
            if let Found::Picked(joined_at) = found {
                views.add(link, joined_at, 1, None);
            }
        }
        if views.counts.is_empty() {
            return Ok(());
        }
        let call = self.scripts.discount_call(link, &views.counts, NOTED);
        self.redis.run::<u32>(&call).await.map(drop)
    }
}
