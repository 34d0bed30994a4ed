//! The sealer: moves visits from the tail to files, merges small files, removes visits that are no longer kept, and
//! files that no longer count.
//!
//! Any number of servers may run one. A server that is killed at any step leaves at most a file that is not listed, which
//! the next one removes; a visit is in the tail or in one listed file, never in both and never in none.

use std::time::Duration;

use super::{
    ATTEMPTS, VisitStore,
    index::{Change, failed},
    keys, overtaken,
    sealed::{FileName, to_merge},
    tail::Tail,
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

impl VisitStore {
    /// Takes at most `most` links that have work for the sealer. They are this server's for half a minute.
    pub async fn due(&self, most: usize) -> Result<Vec<Due>, AppError> {
        self.seals.take(self.clock.now(), most).await
    }

    /// How many links have work for the sealer that is due.
    pub async fn count_due(&self) -> Result<u64, AppError> {
        self.seals.count_due(self.clock.now()).await
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
        let call = self.scripts.daily_turn_call(self.clock.now(), DAY);
        Ok(self.redis.run::<u32>(&call).await? == 1)
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

    /// Notes work on a link if its tail is long. One round trip if it is not.
    pub async fn note_long_tail(&self, link: &LinkId) -> Result<(), AppError> {
        let lengths = [keys::visits(link), keys::downloads(link)].map(|key| {
            let mut command = redis::cmd("XLEN");
            command.arg(key);
            command
        });
        let lengths: Vec<usize> =
            self.redis.query_many(&lengths).await.into_iter().collect::<Result<_, _>>()?;
        let is_long = lengths.iter().sum::<usize>() >= self.rules.seal_from;
        if is_long { self.note_work(link).await } else { Ok(()) }
    }

    /// Does all work on a link. Returns when it has some again, in Unix milliseconds, unless that is noted when it
    /// arises.
    pub async fn tend(&self, link: &LinkId, document: &DocumentId) -> Result<Option<i64>, AppError> {
        let mut attempts = 0;
        let resumable = loop {
            let tail = self.tail(link, document).await?;
            match self.next_step(link, &tail).await? {
                None => break self.sealable_at(&tail),
                Some(true) => {}
                Some(false) => attempts += 1,
            }
            if attempts == ATTEMPTS {
                return Err(overtaken());
            }
        };
        let written = self.remove_unlisted(link).await?.map(|until| until + 1);
        Ok([resumable, written].into_iter().flatten().min())
    }

    /// Does one piece of work: whether it was done, or another change came before it. `None` when there is none.
    async fn next_step(&self, link: &LinkId, tail: &Tail) -> Result<Option<bool>, AppError> {
        if let Some(is_done) = self.remove_expired(link, tail).await? {
            return Ok(Some(is_done));
        }
        if let Some(is_done) = self.seal(link, tail).await? {
            return Ok(Some(is_done));
        }
        self.merge(link, tail).await
    }

    /// Removes all files of a link that was deleted.
    pub async fn remove_files(&self, link: &LinkId) -> Result<(), AppError> {
        self.sealed.remove_all(link).await.map_err(|error| failed(&error))
    }

    /// Seals the oldest visits that can no longer be resumed, once there are enough.
    async fn seal(&self, link: &LinkId, tail: &Tail) -> Result<Option<bool>, AppError> {
        let resumable_from = self.clock.now() - self.resume_window();
        let finished = tail.visits.iter().take_while(|visit| visit.ended_at < resumable_from).count();
        if finished < self.rules.seal_from {
            return Ok(None);
        }
        let visits = tail.visits[..finished.min(MOST_SEALED_AT_ONCE)].to_vec();
        let (Some(first), Some(last)) = (visits.first(), visits.last()) else { return Ok(None) };
        let name = FileName::new(first.id, last.id)?;
        let sealed = visits.iter().map(|visit| visit.id).collect();
        self.announce_file(link, name).await?;
        let file = self.sealed.write(link, name, visits).await.map_err(|error| failed(&error))?;
        let change = Change { added: vec![&file], sealed, only_moves: true, ..Change::default() };
        self.commit(link, &tail.generation, &change).await.map(Some)
    }

    /// When there may be enough visits to seal, in Unix milliseconds, if the tail is long.
    fn sealable_at(&self, tail: &Tail) -> Option<i64> {
        let last = tail.visits.get(self.rules.seal_from.max(1) - 1)?;
        Some(last.ended_at + self.resume_window() + 1)
    }

    /// How long a visit that ended can be resumed, in milliseconds.
    fn resume_window(&self) -> i64 {
        self.rules.resume_within.as_millis() as i64
    }

    /// Merges one set of neighbours.
    async fn merge(&self, link: &LinkId, tail: &Tail) -> Result<Option<bool>, AppError> {
        for set in to_merge(&tail.files, self.clock.now()) {
            let [first, .., last] = set else { continue };
            let name = FileName::new(first.name.first, last.name.last)?;
            self.announce_file(link, name).await?;
            let merged = match self.sealed.merge(link, name, set).await {
                Ok(merged) => merged,
                // Readers are told. Its neighbours stay as they are.
                Err(error) if error.unreadable_file().is_some() => {
                    failed(&error);
                    continue;
                }
                Err(error) => return Err(failed(&error)),
            };
            let removed = set.iter().map(|file| file.name).collect();
            let change = Change { added: vec![&merged], removed, only_moves: true, ..Change::default() };
            return self.commit(link, &tail.generation, &change).await.map(Some);
        }
        Ok(None)
    }

    /// Removes visits that ended longer ago than they are kept: all of the tail, or those of one file.
    async fn remove_expired(&self, link: &LinkId, tail: &Tail) -> Result<Option<bool>, AppError> {
        let Some(keep) = self.rules.keep else { return Ok(None) };
        let oldest_kept = self.clock.now() - keep.as_millis() as i64;
        let is_expired = |visit: &&Visit| visit.ended_at < oldest_kept;
        let expired: Vec<VisitId> = tail.visits.iter().filter(is_expired).map(|visit| visit.id).collect();
        if !expired.is_empty() {
            self.erase_from_tail(link, &expired).await?;
            return Ok(Some(true));
        }
        for file in tail.files.iter().filter(|file| file.ended.0 < oldest_kept) {
            if file.ended.1 < oldest_kept {
                let change = Change { removed: vec![file.name], ..Change::default() };
                return self.commit(link, &tail.generation, &change).await.map(Some);
            }
            let kept = move |visit: Visit| (visit.ended_at >= oldest_kept).then_some(visit);
            match self.replace_file(link, &tail.generation, file, kept).await {
                Ok(removed) => return Ok(Some(removed.is_some())),
                // It is damaged, which the log says: it goes when all of it is expired.
                Err(AppError::Internal) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}
