//! Leaves visits out of all numbers, and takes them back: one, or many of a link in one step.

mod choice;
mod noted;
mod plan;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

pub use self::choice::VisitChoice;
use self::{choice::Wanted, plan::Plan};
use super::{
    ATTEMPTS, VisitStore,
    index::{Change, Marked, ViewsChange, failed},
    overtaken,
    sealed::{FileName, FileStats, Person, ScanBounds, SealedError},
    tail::Tail,
};
use crate::{
    error::AppError,
    model::{CorrectionId, DocumentId, LinkId, Visit, VisitId},
};

/// What becomes of the visits of a choice.
#[derive(Clone, Copy, Debug)]
pub enum VisitMarking<'a> {
    /// Left out of all numbers.
    LeaveOut,
    /// Taken back.
    TakeBack,
    /// Left out together, under the id of a correction. Does nothing where that was done before.
    LeaveOutTogether(&'a CorrectionId),
    /// Taken back: those that the correction left out, also where they were resumed since and go on. Does nothing where that
    /// was done before.
    TakeBackTogether(&'a CorrectionId),
}

impl<'a> VisitMarking<'a> {
    fn leaves_out(self) -> bool {
        matches!(self, Self::LeaveOut | Self::LeaveOutTogether(_))
    }

    fn correction(self) -> Option<&'a CorrectionId> {
        match self {
            Self::LeaveOutTogether(correction) | Self::TakeBackTogether(correction) => Some(correction),
            Self::LeaveOut | Self::TakeBack => None,
        }
    }
}

/// How many visits of a link were marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedVisits {
    /// Those whose mark has changed, downloads without a visit among them.
    pub visits: u64,
    /// How many of them count as views.
    pub views: u64,
    /// Those that were marked so before.
    #[serde(skip)]
    pub before: u64,
}

/// What leaving visits out of all numbers of a link would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeavingOut {
    /// How many visits it would mark.
    pub marked: MarkedVisits,
    /// The most viewers at once, as the widget shows it.
    pub peak: u64,
    /// The same without the visits.
    pub peak_then: u64,
    /// Visits that cannot be read, which stay as they are.
    pub unreadable: u64,
}

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
        let marking = if is_archived { VisitMarking::LeaveOut } else { VisitMarking::TakeBack };
        let bounds = ScanBounds { person: Some(Person::OfVisit(id)), ..ScanBounds::default() };
        let marked = self.mark(link, document, &bounds, &id, marking).await?;
        Ok(marked.visits + marked.before > 0)
    }

    /// Marks the chosen visits of a link within bounds, all of them in one step: at no time are some of them marked and
    /// others not. Files with visits that change are written anew; damaged ones stay as they are, and the log names them.
    pub async fn mark<C: VisitChoice>(
        &self,
        link: &LinkId,
        document: &DocumentId,
        bounds: &ScanBounds,
        choice: &C,
        marking: VisitMarking<'_>,
    ) -> Result<MarkedVisits, AppError> {
        for _ in 0..ATTEMPTS {
            let tail = self.tail(link, document).await?;
            // Behind the tail, whose generation then says whether it still holds.
            let noted = match marking.correction() {
                Some(correction) => self.of_correction(link, correction).await?,
                None => None,
            };
            match (marking, &noted) {
                (VisitMarking::LeaveOutTogether(_), Some(noted)) => return Ok(noted.marked),
                (VisitMarking::TakeBackTogether(_), None) => return Ok(MarkedVisits::default()),
                _ => {}
            }
            let wanted = Wanted::new(bounds, choice, noted);
            let Some(plan) = self.plan(link, &tail, wanted, marking).await? else { continue };
            if plan.marked.visits == 0 && !matches!(marking, VisitMarking::TakeBackTogether(_)) {
                return Ok(plan.marked);
            }
            if let Some(marked) = self.carry_out(link, &tail, plan, marking).await? {
                return Ok(marked);
            }
        }
        Err(overtaken())
    }

    /// What leaving out the chosen visits of a link would change: what [`VisitStore::mark`] then does. Changes nothing.
    pub async fn would_leave_out<C: VisitChoice>(
        &self,
        link: &LinkId,
        document: &DocumentId,
        bounds: &ScanBounds,
        choice: &C,
    ) -> Result<LeavingOut, AppError> {
        for _ in 0..ATTEMPTS {
            let tail = self.tail(link, document).await?;
            let wanted = Wanted::new(bounds, choice, None);
            if let Some(plan) = self.plan(link, &tail, wanted, VisitMarking::LeaveOut).await? {
                return Ok(plan.leaving_out());
            }
        }
        Err(overtaken())
    }

    /// `None` when the history has changed since it was read.
    async fn carry_out(
        &self,
        link: &LinkId,
        tail: &Tail,
        plan: Plan,
        marking: VisitMarking<'_>,
    ) -> Result<Option<MarkedVisits>, AppError> {
        let (leaves_out, marked, peak) = (marking.leaves_out(), plan.marked, plan.new_peak);
        let summed_from = self.sums(link, 0, 0).await?.from;
        let mut views = ViewsChange::default();
        for joined_at in plan.joins_of_views() {
            views.add(link, joined_at, if leaves_out { -1 } else { 1 }, summed_from);
        }
        let record = match marking {
            VisitMarking::LeaveOutTogether(_) => Some(self.note_of(tail, &plan).written()?),
            _ => None,
        };
        let ids = |visits: &[choice::Chosen]| visits.iter().map(|visit| visit.id).collect::<Vec<VisitId>>();
        let in_tail = ids(&plan.in_tail);
        let in_files: HashMap<FileName, HashSet<VisitId>> =
            plan.in_files.iter().map(|(name, visits)| (*name, ids(visits).into_iter().collect())).collect();
        let removed = in_files.keys().copied().collect();
        let Some(files) = self.marked_files(link, in_files, leaves_out).await? else { return Ok(None) };
        let change = Change {
            added: files.iter().collect(),
            removed,
            marked: Marked { visits: in_tail, running: plan.running_sessions(), leaves_out },
            views,
            peak,
            correction: marking.correction().map(|correction| (correction, record)),
            ..Change::default()
        };
        let is_made = self.commit(link, &tail.generation, &change).await?;
        if is_made && !change.removed.is_empty() {
            self.remove_unlisted(link).await?;
        }
        Ok(is_made.then_some(marked))
    }

    /// Writes files anew in which these visits are marked. `None` when one was replaced meanwhile: nothing of this attempt is
    /// listed.
    async fn marked_files(
        &self,
        link: &LinkId,
        in_files: HashMap<FileName, HashSet<VisitId>>,
        leaves_out: bool,
    ) -> Result<Option<Vec<FileStats>>, AppError> {
        let mut files = Vec::new();
        for (name, visits) in in_files {
            let mark = move |visit: Visit| {
                let archived = if visits.contains(&visit.id) { leaves_out } else { visit.archived };
                Some(Visit { archived, ..visit })
            };
            let renewed = self.announce_renewed(link, &name).await?;
            match self.sealed.rewrite(link, &name, renewed, mark).await {
                Ok(rewritten) => files.extend(rewritten.file),
                Err(SealedError::Missing { .. }) => return Ok(None),
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(Some(files))
    }
}
