//! Leaves visits out of all numbers, and takes them back.

use super::{
    ATTEMPTS, VisitStore,
    index::{Change, ViewsChange, failed},
    overtaken,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, VisitId},
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
            let in_tail = tail.visits.iter().find(|visit| visit.id == id).cloned();
            let is_sealed = in_tail.is_none();
            let visit = match in_tail {
                Some(visit) => visit,
                None => match self.sealed_visit(link, &tail.files, id).await? {
                    Some(visit) => visit,
                    None => return Ok(false),
                },
            };
            if visit.archived == is_archived {
                return Ok(true);
            }
            let by = if is_archived { -1 } else { 1 };
            let views = visit.is_view().then_some(ViewsChange { joined_at: visit.joined_at, by });
            let mut change = Change { views, ..Change::default() };
            let rewritten;
            if is_sealed {
                let Some(file) = tail.files.iter().find(|file| file.name.spans(id)) else { return Ok(false) };
                let to = file.name.renewed()?;
                self.announce_file(link, to).await?;
                let mark = move |mut visit: crate::model::Visit| {
                    if visit.id == id {
                        visit.archived = is_archived;
                    }
                    Some(visit)
                };
                rewritten =
                    self.sealed.rewrite(link, &file.name, to, mark).await.map_err(|error| failed(&error))?;
                change.added = rewritten.file.as_ref();
                change.removed = vec![file.name];
            } else {
                change.archived = Some((id, is_archived));
            }
            if self.commit(link, &tail.generation, &change).await? {
                if is_sealed {
                    self.remove_unlisted(link).await?;
                }
                return Ok(true);
            }
        }
        Err(overtaken())
    }
}
