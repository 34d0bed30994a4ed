//! The sealer: moves visits from the tail to files, merges small files, removes visits that are no longer kept, and
//! files that no longer count.
//!
//! Any number of servers may run one. A server that is killed at any step leaves at most a file that is not listed, which
//! the next one removes; a visit is in the tail or in one listed file, never in both and never in none.

use std::time::Duration;

use super::{
    VisitStore,
    index::{Change, failed},
    keys,
    sealed::{FileName, SealedError, to_merge},
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, Visit, VisitId},
    server::store::time_index::Due,
};

/// The most visits that one file takes from the tail.
const MOST_SEALED_AT_ONCE: usize = 5_000;
/// How often all links are looked at where visits are not kept for ever.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the deletion of a link may take, in milliseconds, until the sealer looks whether there are files left.
const REMOVAL_DELAY: i64 = 60_000;
/// How soon the sealer comes again after another change came before its own, in milliseconds.
const SOON: i64 = 1_000;

/// What a step of the sealer did.
enum Step {
    /// There was nothing to do.
    Idle,
    /// It changed the history.
    Done,
    /// Another change came before it.
    Overtaken,
}

impl VisitStore {
    /// Takes at most `most` links that have work for the sealer. They are this server's for half a minute.
    pub async fn due(&self, most: usize) -> Result<Vec<Due>, AppError> {
        self.seals.take(self.clock.now(), most).await
    }

    /// Notes when a link has work next, in Unix milliseconds; `None`: not until it is noted again.
    pub async fn settle(&self, due: &Due, next: Option<i64>) -> Result<(), AppError> {
        self.seals.settle(due, next).await
    }

    /// Notes that a link may have work now.
    pub async fn note_work(&self, link: &LinkId) -> Result<(), AppError> {
        self.seals.note_at_latest(link.as_str(), self.clock.now()).await
    }

    /// Whether this server is to note work on all links today. Never where visits are kept for ever.
    pub async fn take_daily_turn(&self) -> Result<bool, AppError> {
        if self.rules.keep.is_none() {
            return Ok(false);
        }
        let mut command = redis::cmd("SET");
        command.arg(keys::DAILY_TURN).arg(self.clock.now()).arg("NX").arg("EX").arg(DAY.as_secs());
        Ok(self.redis.query::<Option<String>>(&command).await?.is_some())
    }

    /// Notes that a link is about to be deleted: the sealer then removes what is left of its files.
    pub async fn note_removal(&self, link: &LinkId) -> Result<(), AppError> {
        self.seals.note_at_latest(link.as_str(), self.clock.now() + REMOVAL_DELAY).await
    }

    /// Removes what is left of the visits of a link that was deleted: its files, and its work for the sealer.
    pub async fn forget(&self, link: &LinkId) -> Result<(), AppError> {
        self.remove_files(link).await?;
        self.seals.remove(link.as_str()).await
    }

    /// Notes work on a link if its tail is long. One round trip, as a rule.
    pub async fn note_long_tail(&self, link: &LinkId) -> Result<(), AppError> {
        let mut length = 0;
        for key in [keys::visits(link), keys::downloads(link)] {
            length += self.redis.query::<usize>(redis::cmd("XLEN").arg(key)).await?;
        }
        if length >= self.rules.seal_from { self.note_work(link).await } else { Ok(()) }
    }

    /// Does all work on a link. Returns when it has some again, in Unix milliseconds, unless that is noted when it
    /// arises.
    pub async fn tend(&self, link: &LinkId, document: &DocumentId) -> Result<Option<i64>, AppError> {
        let mut is_overtaken = false;
        loop {
            let step = self.remove_expired(link, document).await?;
            is_overtaken |= matches!(step, Step::Overtaken);
            if !matches!(step, Step::Done) {
                break;
            }
        }
        let resumable = loop {
            let (step, next) = self.seal(link, document).await?;
            is_overtaken |= matches!(step, Step::Overtaken);
            if !matches!(step, Step::Done) {
                break next;
            }
        };
        loop {
            let step = self.merge(link, document).await?;
            is_overtaken |= matches!(step, Step::Overtaken);
            if !matches!(step, Step::Done) {
                break;
            }
        }
        let written = self.remove_unlisted(link).await?.map(|until| until + 1);
        let soon = is_overtaken.then(|| self.clock.now() + SOON);
        Ok([resumable, written, soon].into_iter().flatten().min())
    }

    /// Removes all files of a link that was deleted.
    pub async fn remove_files(&self, link: &LinkId) -> Result<(), AppError> {
        self.sealed.remove_all(link).await.map_err(|error| failed(&error))
    }

    /// Seals the oldest visits that can no longer be resumed, once there are enough. Also returns when there may be, if
    /// the tail is long.
    async fn seal(&self, link: &LinkId, document: &DocumentId) -> Result<(Step, Option<i64>), AppError> {
        let tail = self.tail(link, document).await?;
        let window = self.rules.resume_within.as_millis() as i64;
        let resumable_from = self.clock.now() - window;
        let finished = tail.visits.iter().take_while(|visit| visit.ended_at < resumable_from).count();
        let seal_from = self.rules.seal_from.max(1);
        if finished < seal_from {
            let next = tail.visits.get(seal_from - 1);
            return Ok((Step::Idle, next.map(|visit| visit.ended_at + window + 1)));
        }
        let mut visits = tail.visits;
        visits.truncate(finished.min(MOST_SEALED_AT_ONCE));
        let sealed: Vec<VisitId> = visits.iter().map(|visit| visit.id).collect();
        let [first, .., last] = sealed[..] else {
            let [only] = sealed[..] else { return Ok((Step::Idle, None)) };
            return self.seal_as(link, FileName::new(only, only)?, &tail.generation, visits).await;
        };
        self.seal_as(link, FileName::new(first, last)?, &tail.generation, visits).await
    }

    async fn seal_as(
        &self,
        link: &LinkId,
        name: FileName,
        generation: &str,
        visits: Vec<Visit>,
    ) -> Result<(Step, Option<i64>), AppError> {
        let sealed = visits.iter().map(|visit| visit.id).collect();
        self.announce_file(link, name).await?;
        let file = self.sealed.write(link, name, visits).await.map_err(|error| failed(&error))?;
        let change = Change { added: Some(&file), sealed, ..Change::default() };
        Ok((self.step(link, generation, &change).await?, None))
    }

    /// Merges one set of neighbours.
    async fn merge(&self, link: &LinkId, document: &DocumentId) -> Result<Step, AppError> {
        let tail = self.tail(link, document).await?;
        for set in to_merge(&tail.files, self.clock.now()) {
            let [first, .., last] = set else { continue };
            let name = FileName::new(first.name.first, last.name.last)?;
            self.announce_file(link, name).await?;
            let merged = match self.sealed.merge(link, name, set).await {
                Ok(merged) => merged,
                // Readers are told. Its neighbours stay as they are.
                Err(error @ (SealedError::Damaged { .. } | SealedError::Missing { .. })) => {
                    tracing::error!(%error, "sealed files are not merged");
                    continue;
                }
                Err(error) => return Err(failed(&error)),
            };
            let removed = set.iter().map(|file| file.name).collect();
            let change = Change { added: Some(&merged), removed, ..Change::default() };
            return self.step(link, &tail.generation, &change).await;
        }
        Ok(Step::Idle)
    }

    /// Removes visits that ended longer ago than they are kept: all of the tail, or those of one file.
    async fn remove_expired(&self, link: &LinkId, document: &DocumentId) -> Result<Step, AppError> {
        let Some(keep) = self.rules.keep else { return Ok(Step::Idle) };
        let oldest_kept = self.clock.now() - keep.as_millis() as i64;
        let tail = self.tail(link, document).await?;
        let is_expired = |visit: &&Visit| visit.ended_at < oldest_kept;
        let expired: Vec<VisitId> = tail.visits.iter().filter(is_expired).map(|visit| visit.id).collect();
        if !expired.is_empty() {
            self.erase_from_tail(link, &expired).await?;
            return Ok(Step::Done);
        }
        for file in tail.files.iter().filter(|file| file.ended.0 < oldest_kept) {
            if file.ended.1 < oldest_kept {
                let change = Change { removed: vec![file.name], ..Change::default() };
                return self.step(link, &tail.generation, &change).await;
            }
            let is_kept = move |visit: &Visit| visit.ended_at >= oldest_kept;
            match self.rewrite(link, &tail.generation, file, is_kept).await {
                Ok(removed) => return Ok(if removed.is_some() { Step::Done } else { Step::Overtaken }),
                // It is damaged, which the log says: it goes when all of it is expired.
                Err(AppError::Internal) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Step::Idle)
    }

    async fn step(&self, link: &LinkId, generation: &str, change: &Change<'_>) -> Result<Step, AppError> {
        Ok(if self.commit(link, generation, change).await? { Step::Done } else { Step::Overtaken })
    }
}
