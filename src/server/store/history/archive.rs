//! Leaves visits out of all numbers, and takes them back.

use super::{
    ATTEMPTS, VisitStore,
    index::{Change, ViewsChange},
    overtaken,
    tail::Tail,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, Visit, VisitId},
};

impl VisitStore {
    /// Leaves a visit out of all numbers, or takes it back. What it was before does not matter. `false` when it is not
    /// kept. A sealed visit's file is written anew.
    pub async fn archive(
        &self,
        link: &LinkId,
        document: &DocumentId,
        id: VisitId,
        is_archived: bool,
    ) -> Result<bool, AppError> {
        for _ in 0..ATTEMPTS {
            let tail = self.tail(link, document).await?;
            let Some(visit) = self.visit_of(link, &tail, id).await? else { return Ok(false) };
            if visit.archived == is_archived || self.archive_as_read(link, &tail, &visit, is_archived).await?
            {
                return Ok(true);
            }
        }
        Err(overtaken())
    }

    /// `false` when the history has changed since it was read.
    async fn archive_as_read(
        &self,
        link: &LinkId,
        tail: &Tail,
        visit: &Visit,
        is_archived: bool,
    ) -> Result<bool, AppError> {
        let by = if is_archived { -1 } else { 1 };
        let views = visit.is_view().then_some(ViewsChange { joined_at: visit.joined_at, by });
        let id = visit.id;
        let Some(file) = tail.file_of(id) else {
            let change = Change { archived: Some((id, is_archived)), views, ..Change::default() };
            return self.commit(link, &tail.generation, &change).await;
        };
        let mark = move |visit: Visit| {
            let archived = if visit.id == id { is_archived } else { visit.archived };
            Some(Visit { archived, ..visit })
        };
        let is_made = self.replace_file(link, &tail.generation, file, views, mark).await?.is_some();
        if is_made {
            self.remove_unlisted(link).await?;
        }
        Ok(is_made)
    }
}
