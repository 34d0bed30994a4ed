//! Removes visits for good: those of a person, and those that are no longer kept.

use super::{
    ATTEMPTS, VisitStore,
    index::{Change, failed},
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
    /// When it returns, no byte of them is left in Redis' memory or in the object store.
    pub async fn erase(
        &self,
        link: &LinkId,
        document: &DocumentId,
        person: &[Person],
    ) -> Result<u64, AppError> {
        let (mut erased, mut attempts) = (0, 0);
        while attempts < ATTEMPTS {
            let tail = self.tail(link, document).await?;
            let mut file_with_some = None;
            for file in &tail.files {
                if self.may_hold_some(link, file, person).await? {
                    file_with_some = Some(file);
                    break;
                }
            }
            let Some(file) = file_with_some else {
                let is_theirs = |visit: &&Visit| person.iter().any(|person| person.made(visit));
                let visits: Vec<VisitId> =
                    tail.visits.iter().filter(is_theirs).map(|visit| visit.id).collect();
                // Also without any: one that was sealed before may have left its bytes in the tail.
                if erased > 0 || !visits.is_empty() {
                    erased += self.erase_from_tail(link, &visits).await?;
                    self.remove_unlisted(link).await?;
                }
                return Ok(erased);
            };
            let person = person.to_vec();
            let is_left = move |visit: &Visit| !person.iter().any(|person| person.made(visit));
            match self.rewrite(link, &tail.generation, file, is_left).await? {
                Some(removed) => erased += removed,
                None => attempts += 1,
            }
        }
        Err(overtaken())
    }

    async fn may_hold_some(
        &self,
        link: &LinkId,
        file: &FileStats,
        person: &[Person],
    ) -> Result<bool, AppError> {
        for person in person {
            if file.may_know(person)
                && self.sealed.knows(link, file, person).await.map_err(|error| failed(&error))?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes visits of the tail, and what would resume them. Returns how many there were.
    pub(super) async fn erase_from_tail(&self, link: &LinkId, visits: &[VisitId]) -> Result<u64, AppError> {
        self.redis.run(&self.scripts.erase_call(link, visits)).await
    }

    /// Replaces a sealed file by one with the visits that are left. Returns how many are gone; `None` when the history has
    /// changed since `generation`.
    pub(super) async fn rewrite(
        &self,
        link: &LinkId,
        generation: &str,
        file: &FileStats,
        is_left: impl Fn(&Visit) -> bool + Send + 'static,
    ) -> Result<Option<u64>, AppError> {
        let to = file.name.renewed()?;
        self.announce_file(link, to).await?;
        let rewritten =
            self.sealed.rewrite(link, &file.name, to, move |visit| is_left(&visit).then_some(visit)).await;
        let rewritten = rewritten.map_err(|error| failed(&error))?;
        let change = Change { added: rewritten.file.as_ref(), removed: vec![file.name], ..Change::default() };
        Ok(self.commit(link, generation, &change).await?.then_some(rewritten.removed))
    }
}
