//! Works out what marking visits of a link comes to, before anything is changed.

use std::collections::{HashMap, HashSet};

use super::{
    super::{
        VisitStore,
        peak::{Marks, NewPeak, PeakState},
        running::RunningVisit,
        sealed::FileName,
        tail::Tail,
    },
    LeavingOut, MarkedVisits, VisitChoice, VisitMarking,
    choice::{Chosen, Wanted},
};
use crate::{error::AppError, model::LinkId};

/// The visits whose mark changes, and what that means for the numbers.
pub(super) struct Plan {
    pub(super) in_tail: Vec<Chosen>,
    pub(super) in_files: HashMap<FileName, Vec<Chosen>>,
    /// Those that were resumed and go on.
    running: Vec<RunningVisit>,
    pub(super) marked: MarkedVisits,
    /// The names of chosen visits that were left out before.
    pub(super) before: HashSet<String>,
    peak: PeakState,
    /// The peak that results; `None`: it stays.
    pub(super) new_peak: Option<NewPeak>,
    unreadable: u64,
}

impl Plan {
    /// When each visit began whose mark changes and that counts as a view, in Unix milliseconds.
    pub(super) fn joins_of_views(&self) -> impl Iterator<Item = i64> {
        let finished = self.in_tail.iter().chain(self.in_files.values().flatten());
        let finished = finished.filter(|visit| visit.is_view).map(|visit| visit.joined_at);
        finished.chain(self.running.iter().map(|visit| visit.joined_at))
    }

    pub(super) fn running_sessions(&self) -> Vec<String> {
        self.running.iter().map(|visit| visit.session.clone()).collect()
    }

    pub(super) fn leaving_out(&self) -> LeavingOut {
        LeavingOut {
            marked: self.marked,
            peak: self.peak.shown,
            peak_then: self.peak.shown_with(self.new_peak),
            unreadable: self.unreadable,
        }
    }
}

impl VisitStore {
    /// `None` when a file was replaced meanwhile.
    pub(super) async fn plan<C: VisitChoice>(
        &self,
        link: &LinkId,
        tail: &Tail,
        wanted: Wanted<C>,
        marking: VisitMarking<'_>,
    ) -> Result<Option<Plan>, AppError> {
        let Some(mut found) = self.choose(link, tail, &wanted).await? else { return Ok(None) };
        let leaves_out = marking.leaves_out();
        let (mut of_before, mut before) = (0, HashSet::new());
        let mut changes = |visit: &Chosen| {
            let changes = visit.is_archived != leaves_out;
            if !changes {
                of_before += 1;
                // Only a correction that leaves out notes them.
                before.extend(leaves_out.then(|| visit.name()));
            }
            changes
        };
        found.in_tail.retain(&mut changes);
        found.in_files.values_mut().for_each(|visits| visits.retain(&mut changes));
        found.in_files.retain(|_, visits| !visits.is_empty());
        let running = match &wanted.noted {
            Some(noted) if !leaves_out => {
                let mut running = self.running_of(link, &tail.left_out_sessions).await?;
                running.retain(|visit| noted.has_left_out_running(visit));
                running
            }
            _ => Vec::new(),
        };
        let mut plan = Plan {
            in_tail: found.in_tail,
            in_files: found.in_files,
            running,
            marked: MarkedVisits::default(),
            before,
            peak: self.peak_state(link).await?,
            new_peak: None,
            unreadable: found.unreadable,
        };
        let finished = || plan.in_tail.iter().chain(plan.in_files.values().flatten());
        plan.marked = MarkedVisits {
            visits: (finished().count() + plan.running.len()) as u64,
            views: plan.joins_of_views().count() as u64,
            before: of_before,
        };
        // Whether one that is left out was active when the peak was reached.
        let is_of_peak = leaves_out && finished().any(|visit| plan.peak.has(visit.active));
        if is_of_peak || (plan.peak.is_lowered() && plan.marked.visits > 0) {
            let marks = Marks {
                visits: finished().map(|visit| visit.id).collect(),
                sessions: plan.running.iter().map(|visit| visit.session.clone()).collect(),
                leaves_out,
            };
            let Some(peak) = self.peak_without(link, tail, marks).await? else { return Ok(None) };
            plan.new_peak = Some(peak);
        }
        Ok(Some(plan))
    }
}
