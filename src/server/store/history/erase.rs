//! Removes visits for good: those of a person, and those that are no longer kept.

use super::{
    ATTEMPTS, VisitStore,
    index::failed,
    overtaken,
    sealed::{FileStats, Person},
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, Visit, VisitId},
};

impl VisitStore {
    /// Removes all finished visits by one person, named in one way or several, and what would resume them. Returns how
    /// many there were. The sums, which hold no names, stay. [`AppError::Internal`] when a file that may hold some is
    /// damaged.
    ///
    /// It goes on until it finds none, so a visit that is recorded or sealed meanwhile goes too. When it returns, no byte of
    /// them is left in Redis' memory or in the object store.
    pub async fn erase(
        &self,
        link: &LinkId,
        document: &DocumentId,
        person: &[Person],
    ) -> Result<u64, AppError> {
        let (mut erased, mut attempts) = (0, 0);
        // Whether the tail was written anew since a visit was last removed from a file.
        let mut is_tail_clean = true;
        while attempts < ATTEMPTS {
            let tail = self.tail(link, document).await?;
            let mut file_with_some = None;
            for file in &tail.files {
                if self.holds_some(link, file, person).await? {
                    file_with_some = Some(file);
                    break;
                }
            }
            let Some(file) = file_with_some else {
                let is_theirs = |visit: &&Visit| person.iter().any(|person| person.made(visit));
                let visits: Vec<VisitId> =
                    tail.visits.iter().filter(is_theirs).map(|visit| visit.id).collect();
                if visits.is_empty() && is_tail_clean {
                    if erased > 0 {
                        self.remove_unlisted(link).await?;
                    }
                    return Ok(erased);
                }
                // Also without any: one that was sealed before may have left its bytes in the tail.
                erased += self.erase_from_tail(link, &visits).await?;
                is_tail_clean = true;
                attempts += 1;
                continue;
            };
            let person = person.to_vec();
            let others = move |visit: Visit| {
                let is_theirs = person.iter().any(|person| person.made(&visit));
                (!is_theirs).then_some(visit)
            };
            match self.replace_file(link, &tail.generation, file, others).await? {
                Some(removed) => {
                    erased += removed;
                    is_tail_clean = false;
                }
                None => attempts += 1,
            }
        }
        Err(overtaken())
    }

    async fn holds_some(&self, link: &LinkId, file: &FileStats, person: &[Person]) -> Result<bool, AppError> {
        for person in person {
            if self.sealed.knows(link, file, person).await.map_err(|error| failed(&error))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes visits of the tail, and what would resume them. Returns how many there were.
    pub(super) async fn erase_from_tail(&self, link: &LinkId, visits: &[VisitId]) -> Result<u64, AppError> {
        self.redis.run(&self.scripts.erase_call(link, visits)).await
    }
}
