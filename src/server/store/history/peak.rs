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

/// How many running viewers one command reads.
const BATCH: usize = 1_000;

/// What is noted of the peak.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PeakState {
    /// When it was reached, Unix milliseconds; `None`: an earlier release counted it.
    pub(super) at: Option<i64>,
    /// Whether it is lower than it was, because visits are left out.
    pub(super) is_lowered: bool,
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
        let mut command = redis::cmd("HMGET");
        command.arg(keys::peak_state(link)).arg("at").arg("before");
        let (at, before): (Option<i64>, Option<u64>) = self.redis.query(&command).await?;
        Ok(PeakState { at, is_lowered: before.is_some() })
    }

    /// The peak once the marks of some visits have changed. `None` when a file was replaced meanwhile.
    pub(super) async fn peak_without(
        &self,
        link: &LinkId,
        tail: &Tail,
        changed: HashSet<VisitId>,
        leaves_out: bool,
    ) -> Result<Option<NewPeak>, AppError> {
        let changed = Arc::new(changed);
        // A changed one has its new mark.
        let is_left_out = move |id: VisitId, archived: bool| {
            if changed.contains(&id) { leaves_out } else { archived }
        };
        let (mut active, mut leaves_some_out) = (Vec::new(), !tail.left_out_sessions.is_empty());
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
        self.add_running(link, tail, &mut active).await?;
        let (count, at) = tokio::task::spawn_blocking(move || busiest(&active)).await.map_err(|error| {
            tracing::error!(%error, "a peak was not computed");
            AppError::Internal
        })?;
        Ok(Some(NewPeak { count, at, leaves_some_out }))
    }

    /// Adds the viewers who read now. In batches: a link may have a hundred thousand.
    async fn add_running(
        &self,
        link: &LinkId,
        tail: &Tail,
        active: &mut Vec<Active>,
    ) -> Result<(), AppError> {
        let mut cursor = "0".to_owned();
        loop {
            let mut command = redis::cmd("HSCAN");
            command.arg(keys::active(link)).arg(&cursor).arg("COUNT").arg(BATCH);
            let (next, viewers): (String, Vec<(String, String)>) = self.redis.query(&command).await?;
            for (session, record) in viewers {
                // The second word of a record is when the viewer joined, in this release and in earlier ones.
                let joined = record.split(' ').nth(1).and_then(|joined| joined.parse().ok());
                if let Some(joined) = joined
                    && !tail.left_out_sessions.contains(&session)
                {
                    active.push((joined, i64::MAX));
                }
            }
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
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
