//! The peak of a link once visits are left out: the most viewers at once among the others.
//!
//! `join.lua` raises the peak and notes when. While no visit of that moment is left out, it stands. Otherwise it is computed
//! from the visits that are kept and from running viewers, and what it was before is kept beside it: the computed one is
//! never larger, and the old one returns with the last visit that was left out (docs/decisions/13-peak.md).

use std::{collections::HashSet, pin::pin, sync::Arc};

use futures::TryStreamExt;

use super::{
    VisitStore,
    facts::VisitFacts,
    index::failed,
    keys,
    sealed::{Damage, ScanBounds, SealedError, SealedRow},
    tail::Tail,
};
use crate::{
    error::AppError,
    model::{LinkId, VisitId},
};

/// The peak, and what is noted of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PeakState {
    /// As the widget shows it.
    pub(super) shown: u64,
    /// When it was reached, Unix milliseconds; `None`: an earlier release counted it.
    at: Option<i64>,
    /// What it was while no visit was left out; `None`: none is, or none was of it.
    before: Option<u64>,
}

impl PeakState {
    /// Whether a viewer who was active then may have been of the peak.
    pub(super) fn has(&self, (from, until): Active) -> bool {
        self.at.is_none_or(|at| (from..until).contains(&at))
    }

    /// Whether it is lower than it was, because visits are left out.
    pub(super) fn is_lowered(&self) -> bool {
        self.before.is_some()
    }

    /// What the widget shows once a new peak is written: as `commit.lua` has it.
    pub(super) fn shown_with(&self, new: Option<NewPeak>) -> u64 {
        let Some(new) = new else { return self.shown };
        // A join may have raised the shown one since it was lowered.
        let whole = self.before.unwrap_or_default().max(self.shown);
        if new.leaves_some_out { new.count.min(whole) } else { whole }
    }
}

/// Visits whose marks change.
#[derive(Debug)]
pub(super) struct Marks {
    pub(super) visits: HashSet<VisitId>,
    /// Those that go on.
    pub(super) sessions: HashSet<String>,
    /// Whether they are left out from now on.
    pub(super) leaves_out: bool,
}

/// The peak among the visits that are not left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NewPeak {
    pub(super) count: u64,
    /// When it was reached, Unix milliseconds.
    pub(super) at: i64,
    /// Whether visits are left out.
    pub(super) leaves_some_out: bool,
}

/// From when until when a viewer counted as active, Unix milliseconds, without the end.
pub(super) type Active = (i64, i64);

/// Since when and until when the viewer of a visit counted as active.
pub(super) fn active_time<V: VisitFacts>(visit: &V) -> Result<Active, V::Error> {
    let (ended, after) = (visit.ended_at()?, visit.active_after_ms()?);
    // Activity at the end of the window still counts.
    Ok((visit.joined_at()?, ended.saturating_add(after.cast_signed()).saturating_add(i64::from(after > 0))))
}

impl VisitStore {
    /// What is noted of the peak of a link.
    pub(super) async fn peak_state(&self, link: &LinkId) -> Result<PeakState, AppError> {
        let (mut peak, mut state) = (redis::cmd("GET"), redis::cmd("HMGET"));
        peak.arg(keys::peak(link));
        state.arg(keys::peak_state(link)).arg("at").arg("before");
        let (shown, (at, before)) = tokio::try_join!(
            self.redis.query::<Option<u64>>(&peak),
            self.redis.query::<(Option<i64>, Option<u64>)>(&state),
        )?;
        Ok(PeakState { shown: shown.unwrap_or_default(), at, before })
    }

    /// The peak once the marks of some visits have changed. `None` when a file was replaced meanwhile.
    pub(super) async fn peak_without(
        &self,
        link: &LinkId,
        tail: &Tail,
        marks: Marks,
    ) -> Result<Option<NewPeak>, AppError> {
        let Marks { visits, sessions, leaves_out } = marks;
        let changed = Arc::new(visits);
        // A changed one has its new mark.
        let is_left_out = move |id: VisitId, archived: bool| {
            if changed.contains(&id) { leaves_out } else { archived }
        };
        let left_out_sessions: HashSet<&String> = tail.left_out_sessions.difference(&sessions).collect();
        let (mut active, mut leaves_some_out) = (Vec::new(), !left_out_sessions.is_empty());
        for visit in &tail.visits {
            if is_left_out(visit.id, visit.archived) {
                leaves_some_out = true;
            } else {
                let Ok(time) = active_time(visit);
                active.push(time);
            }
        }
        for file in &tail.files {
            let is_left_out = is_left_out.clone();
            let pick = move |row: &SealedRow<'_>| -> Result<Option<Option<Active>>, Damage> {
                let is_left_out = is_left_out(row.id()?, row.archived()?);
                Ok(Some(if is_left_out { None } else { Some(active_time(row)?) }))
            };
            let scan = self.sealed.scan(link, vec![file.clone()], ScanBounds::default(), pick);
            let times: Result<Vec<Option<Active>>, SealedError> = pin!(scan).try_collect().await;
            match times {
                Ok(times) => {
                    leaves_some_out |= times.iter().any(Option::is_none);
                    active.extend(times.into_iter().flatten());
                }
                Err(SealedError::Missing { name, .. }) if self.is_replaced(link, &name).await? => {
                    return Ok(None);
                }
                Err(error) if error.unreadable_file().is_some() => drop(failed(&error)),
                Err(error) => return Err(failed(&error)),
            }
        }
        let mut running = self.running(link).await?;
        running.retain(|session, _| !left_out_sessions.contains(session));
        active.extend(running.into_values().map(|joined_at| (joined_at, i64::MAX)));
        let (count, at) = tokio::task::spawn_blocking(move || busiest(&active)).await.map_err(|error| {
            tracing::error!(%error, "a peak was not computed");
            AppError::Internal
        })?;
        Ok(Some(NewPeak { count, at, leaves_some_out }))
    }
}

/// How many were active at once at most, and when that was first so.
pub(super) fn busiest(active: &[Active]) -> (u64, i64) {
    let mut changes: Vec<(i64, i64)> = Vec::with_capacity(2 * active.len());
    for &(from, until) in active.iter().filter(|(from, until)| from < until) {
        changes.extend([(from, 1), (until, -1)]);
    }
    // At one time, those who go before those who come.
    changes.sort_unstable();
    let (mut count, mut most, mut at) = (0_i64, 0_i64, 0);
    for (time, change) in changes {
        count += change;
        if count > most {
            (most, at) = (count, time);
        }
    }
    (most.unsigned_abs(), at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_at_once_are_counted() {
        for (active, most) in [
            (vec![], (0, 0)),
            (vec![(1, 5)], (1, 1)),
            (vec![(1, 5), (5, 9)], (1, 1)), // one goes as another comes
            (vec![(1, 5), (4, 9), (4, 6), (5, 6)], (3, 4)),
            (vec![(3, 3), (2, 8), (7, i64::MAX)], (2, 7)),
        ] {
            assert_eq!(busiest(&active), most, "{active:?}");
        }
    }
}
