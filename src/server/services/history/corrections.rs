//! Corrections: leaves all visits of a reader, of a filter or of a time out of all numbers, and takes them back together.
//!
//! What is to be done is kept before the first visit is marked. Within a link it happens in one step; across links one after
//! the other, and a server that is killed in between leaves the rest to the sweeper of another one. A correction that is not
//! done says so in the list.

mod carrying_out;
mod forgetting;
mod plan;
mod preview;

use self::plan::none_found;
pub use self::plan::query_of;
use super::{super::requester::Requester, History};
use crate::{
    error::AppError,
    model::{Correction, CorrectionId, CorrectionState, NewCorrection},
    server::store::{
        corrections::{CorrectionName, StoredCorrection},
        random,
    },
};

/// Characters of an id.
const ID_LENGTH: usize = 20;

impl History {
    /// Leaves visits out of all numbers together. [`AppError::Invalid`] when there are none. It goes on when the requester
    /// does not wait for it.
    pub async fn correct(&self, new: &NewCorrection, requester: &Requester) -> Result<Correction, AppError> {
        let owner = requester.owner()?.owner_id.clone();
        let (found, record) = self.plan(new, requester).await?;
        if !self.has_some(&found, &record).await? {
            return Err(none_found());
        }
        self.make_room(&owner).await?;
        let name = CorrectionName { owner, id: random::token(ID_LENGTH)?.parse()? };
        self.corrections.begin(&name, &record).await?;
        self.finish(name.clone(), requester.client.clone()).await?;
        let done = self.corrections.get(&name).await?.ok_or_else(none_found)?;
        Ok(done.listed(name.id))
    }

    /// What the requester left out together and may take back, the newest first.
    pub async fn corrections(&self, requester: &Requester) -> Result<Vec<Correction>, AppError> {
        let corrections = self.corrections.list(&requester.owner()?.owner_id).await?;
        Ok(corrections.into_iter().map(|(id, record)| record.listed(id)).collect())
    }

    /// Takes back what was left out together, but for visits that were left out apart from it. Returns how many visits came back;
    /// [`AppError::NotFound`], and [`AppError::BadRequest`] while they are still being left out.
    pub async fn bring_back(&self, id: &CorrectionId, requester: &Requester) -> Result<u64, AppError> {
        let name = CorrectionName { owner: requester.owner()?.owner_id.clone(), id: id.clone() };
        let record = self.corrections.get(&name).await?.ok_or(AppError::NotFound)?;
        if record.state == CorrectionState::LeavingOut {
            let wait = "These visits are still being left out. Try again in a minute.";
            return Err(AppError::BadRequest(wait.to_owned()));
        }
        let record = StoredCorrection { state: CorrectionState::TakingBack, ..record };
        self.corrections.begin(&name, &record).await?;
        Ok(self.finish(name, requester.client.clone()).await?.visits)
    }
}
