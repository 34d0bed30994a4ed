//! What a link keeps of a correction until it is taken back.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    super::{VisitStore, facts::VisitFacts, keys, running::RunningVisit, tail::Tail},
    MarkedVisits,
    choice::{Chosen, name_of},
    plan::Plan,
};
use crate::{
    error::AppError,
    model::{CorrectionId, LinkId, VisitId},
};

/// By how much the clocks of two servers differ at most, in milliseconds.
const CLOCKS_DIFFER: i64 = 60_000;

/// The record of a correction at a link.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfCorrection {
    #[serde(flatten)]
    pub(super) marked: MarkedVisits,
    /// The chosen visits that were left out before, as [`name_of`] has them: they stay so.
    before: HashSet<String>,
    /// The newest visit when the visits were left out. A later one was going on then, and was not left out, or was resumed
    /// since. `None`: an earlier release did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<VisitId>,
    /// Those that were left out and could be resumed, as [`name_of`] has them: at their end they have another id.
    #[serde(default, skip_serializing_if = "HashSet::is_empty")]
    resumable: HashSet<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    newer: Map<String, Value>,
}

impl OfCorrection {
    /// Whether the correction left a finished visit out. `is_chosen`: whether its choice has the visit.
    pub(super) fn has_left_out<V: VisitFacts>(
        &self,
        visit: &V,
        is_chosen: impl FnOnce() -> Result<bool, V::Error>,
    ) -> Result<bool, V::Error> {
        let name = || -> Result<String, V::Error> { Ok(name_of(visit.joined_at()?, visit.reader()?)) };
        if self.may_be_resumed(visit.id()?) {
            return Ok(self.resumable.contains(&name()?));
        }
        Ok(is_chosen()? && (self.before.is_empty() || !self.before.contains(&name()?)))
    }

    /// Whether a visit with this id ended after the visits were left out.
    pub(super) fn may_be_resumed(&self, id: VisitId) -> bool {
        self.newest.is_some_and(|newest| id > newest)
    }

    /// Whether the correction left a visit out that goes on again.
    pub(super) fn has_left_out_running(&self, visit: &RunningVisit) -> bool {
        self.resumable.contains(&name_of(visit.joined_at, visit.reader))
    }

    pub(super) fn written(&self) -> Result<String, AppError> {
        serde_json::to_string(self).map_err(|_| AppError::Internal)
    }
}

impl VisitStore {
    /// What is to be noted once a plan that leaves visits out is carried out.
    pub(super) fn note_of(&self, tail: &Tail, plan: &Plan) -> OfCorrection {
        let resume_within = self.rules.resume_within.as_millis() as i64 + CLOCKS_DIFFER;
        let can_be_resumed = |visit: &&Chosen| visit.active.1 + resume_within >= self.clock.now();
        let newest = tail.visits.iter().map(|visit| visit.id);
        OfCorrection {
            marked: plan.marked,
            before: plan.before.clone(),
            newest: newest.chain(tail.files.iter().map(|file| file.name.last)).max(),
            resumable: plan.in_tail.iter().filter(can_be_resumed).map(Chosen::name).collect(),
            newer: Map::new(),
        }
    }

    /// Forgets what a correction left out: its visits stay as they are.
    pub async fn forget_correction(&self, link: &LinkId, correction: &CorrectionId) -> Result<(), AppError> {
        let mut command = redis::cmd("HDEL");
        command.arg(keys::corrections(link)).arg(correction.as_str());
        self.redis.query::<u64>(&command).await.map(drop)
    }

    pub(super) async fn of_correction(
        &self,
        link: &LinkId,
        correction: &CorrectionId,
    ) -> Result<Option<OfCorrection>, AppError> {
        let mut command = redis::cmd("HGET");
        let record: Option<String> =
            self.redis.query(command.arg(keys::corrections(link)).arg(correction.as_str())).await?;
        let read = |record: String| {
            serde_json::from_str(&record).map_err(|error| {
                tracing::error!(%link, %correction, %error, "what a correction left out cannot be read");
                AppError::Internal
            })
        };
        record.map(read).transpose()
    }
}
