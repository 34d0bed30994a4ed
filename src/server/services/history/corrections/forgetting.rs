//! Forgets corrections: their visits stay left out, and no longer come back together.

use super::{super::History, plan::query_of};
use crate::{
    error::AppError,
    model::{CorrectionState, CorrectionSubject, MAX_CORRECTIONS, OwnerId, ReaderId},
    server::store::corrections::{CorrectionName, StoredCorrection},
};

impl History {
    /// Forgets the corrections of a reader who is erased: they hold their name.
    pub(in super::super) async fn forget_corrections(
        &self,
        owner: &OwnerId,
        names: &[ReaderId],
    ) -> Result<(), AppError> {
        let is_named = |who: &str| names.iter().any(|name| name.to_string().eq_ignore_ascii_case(who));
        for (id, record) in self.corrections.list(owner).await? {
            let holds_name = match &record.of {
                CorrectionSubject::Reader(reader) => is_named(&reader.to_string()),
                CorrectionSubject::Scope(_) => is_named(&query_of(&record.query)?.who),
            };
            if holds_name {
                self.forget_correction(&CorrectionName { owner: owner.clone(), id }, &record).await?;
            }
        }
        Ok(())
    }

    /// Forgets the oldest corrections, so that one more is not too many: their visits stay left out.
    pub(super) async fn make_room(&self, owner: &OwnerId) -> Result<(), AppError> {
        for (id, record) in self.corrections.list(owner).await?.into_iter().skip(MAX_CORRECTIONS - 1) {
            if record.state == CorrectionState::LeftOut {
                self.forget_correction(&CorrectionName { owner: owner.clone(), id }, &record).await?;
            }
        }
        Ok(())
    }

    async fn forget_correction(
        &self,
        name: &CorrectionName,
        record: &StoredCorrection,
    ) -> Result<(), AppError> {
        let query = query_of(&record.query)?;
        self.corrections.remove(name).await?;
        for (_, link) in self.links_of(&record.of, &query, &name.owner).await? {
            self.visits.forget_correction(&link, &name.id).await?;
        }
        Ok(())
    }
}
