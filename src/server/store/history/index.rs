//! Which sealed files of a link count.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use super::{
    VisitStore,
    keys::{self, Calendar},
    peak::NewPeak,
    sealed::{FileName, FileStats, SealedError},
};
use crate::{
    error::AppError,
    model::{CorrectionId, LinkId, Visit, VisitId},
};

/// How long a file may be written until it is listed. A server that stops longer cannot list it any more.
const LEASE: Duration = Duration::from_secs(600);

/// A change of a link's history, which happens as a whole or not at all.
#[derive(Debug, Default)]
pub(super) struct Change<'a> {
    /// Files that count from now on.
    pub(super) added: Vec<&'a FileStats>,
    /// Files that no longer count.
    pub(super) removed: Vec<FileName>,
    /// Visits that leave the tail, because the added file holds them.
    pub(super) sealed: Vec<VisitId>,
    /// Visits outside of files that are left out of all numbers, or taken back.
    pub(super) marked: Marked,
    /// What it means for the numbers of views.
    pub(super) views: ViewsChange,
    /// The peak that results; `None`: it stays.
    pub(super) peak: Option<NewPeak>,
    /// A correction, and what is noted of it; `None`: it is forgotten.
    pub(super) correction: Option<(&'a CorrectionId, Option<String>)>,
    /// Whether visits only move, between files or out of the tail: their owner sees no change.
    pub(super) only_moves: bool,
}

/// Visits outside of files whose mark changes.
#[derive(Debug, Default)]
pub(super) struct Marked {
    /// Those of the tail.
    pub(super) visits: Vec<VisitId>,
    /// The sessions of left out visits that go on. They can only be taken back.
    pub(super) running: Vec<String>,
    /// Whether they are left out from now on.
    pub(super) leaves_out: bool,
}

/// By how much numbers of views change.
#[derive(Debug, Default)]
pub(super) struct ViewsChange {
    /// By the key of the number: the views in all, and those of days, weeks and months.
    pub(super) counts: BTreeMap<String, i64>,
    /// By the key of the sums of a day, and the quarter-hour.
    pub(super) sums: BTreeMap<(String, i64), i64>,
}

impl ViewsChange {
    /// Adds a change by 1 or -1 for a visit that began at a time, in Unix milliseconds. `summed_from` is the time since which
    /// views are summed.
    pub(super) fn add(&mut self, link: &LinkId, joined_at: i64, by: i64, summed_from: Option<i64>) {
        let day = Calendar::at(joined_at);
        for key in keys::dated(link, &day).into_iter().chain([keys::views(link)]) {
            *self.counts.entry(key).or_default() += by;
        }
        if summed_from.is_some_and(|from| joined_at >= from) {
            let of_quarter = (keys::sums_of_day(link, &day), day.quarter(joined_at));
            *self.sums.entry(of_quarter).or_default() += by;
        }
    }
}

impl VisitStore {
    /// Notes that a file is going to be written, so that it is not taken for a left-over. Should this server be killed, the
    /// sealer comes for what it leaves.
    pub(super) async fn announce_file(&self, link: &LinkId, name: FileName) -> Result<(), AppError> {
        let until = self.clock.now() + LEASE.as_millis() as i64;
        self.seals.note_at_latest(link.as_str(), until + 1).await?;
        let call = self.scripts.announce_file_call(link, &name.to_string(), until);
        self.redis.run::<u32>(&call).await.map(drop)
    }

    /// Makes a change, unless the history has changed since the caller read its `generation`. Whether it was made; files
    /// that it should have added then are removed.
    pub(super) async fn commit(
        &self,
        link: &LinkId,
        generation: &str,
        change: &Change<'_>,
    ) -> Result<bool, AppError> {
        let key = (self.link_key)(link);
        let call = self.scripts.commit_call(link, &key, &self.clock, generation, change)?;
        let is_made = self.redis.run::<u32>(&call).await? == 1;
        if !is_made {
            let added: Vec<FileName> = change.added.iter().map(|file| file.name).collect();
            self.sealed.remove(link, &added).await.map_err(|error| failed(&error))?;
        }
        Ok(is_made)
    }

    /// Announces the file that is to replace another one. Returns its name.
    pub(super) async fn announce_renewed(
        &self,
        link: &LinkId,
        file: &FileName,
    ) -> Result<FileName, AppError> {
        let name = file.renewed()?;
        self.announce_file(link, name).await?;
        Ok(name)
    }

    /// Replaces a file by one whose visits `change` returns as they shall be, or removes. Returns how many are gone; `None`
    /// when the history has changed since `generation`. The old file is left for [`VisitStore::remove_unlisted`].
    pub(super) async fn replace_file(
        &self,
        link: &LinkId,
        generation: &str,
        file: &FileStats,
        change: impl FnMut(Visit) -> Option<Visit> + Send + 'static,
    ) -> Result<Option<u64>, AppError> {
        let name = self.announce_renewed(link, &file.name).await?;
        let rewritten = self.sealed.rewrite(link, &file.name, name, change).await;
        let rewritten = rewritten.map_err(|error| failed(&error))?;
        let added = rewritten.file.iter().collect();
        let change = Change { added, removed: vec![file.name], ..Change::default() };
        Ok(self.commit(link, generation, &change).await?.then_some(rewritten.removed))
    }

    /// Whether a file no longer counts.
    pub(super) async fn is_replaced(&self, link: &LinkId, name: &FileName) -> Result<bool, AppError> {
        let mut command = redis::cmd("HEXISTS");
        let is_listed: bool = self.redis.query(command.arg(keys::sealed(link)).arg(name.to_string())).await?;
        Ok(!is_listed)
    }

    /// Removes all files of a link that neither count nor are being written: those that were replaced, and what a server
    /// left that was killed. Returns until when one may be written, in Unix milliseconds, if one is.
    pub(super) async fn remove_unlisted(&self, link: &LinkId) -> Result<Option<i64>, AppError> {
        // First what there is: a file is noted before it is written.
        let found = self.sealed.list(link).await.map_err(|error| failed(&error))?;
        let (listed, writing): (HashSet<String>, HashMap<String, i64>) =
            self.redis.run(&self.scripts.listed_call(link, self.clock.now())).await?;
        let is_unlisted = |name: &FileName| {
            let name = name.to_string();
            !listed.contains(&name) && !writing.contains_key(&name)
        };
        let unlisted: Vec<FileName> = found.into_iter().filter(is_unlisted).collect();
        self.sealed.remove(link, &unlisted).await.map_err(|error| failed(&error))?;
        Ok(writing.into_values().max())
    }
}

/// Logs an error of sealed files that is no visitor's fault.
pub(super) fn failed(error: &SealedError) -> AppError {
    tracing::error!(%error, "sealed visits cannot be used");
    match error {
        SealedError::Storage(_) => AppError::Unavailable,
        _ => AppError::Internal,
    }
}
