//! The scripts of the history and their calls: the positions of keys and arguments, as each Lua file's head names them.

use redis::{Script, ScriptInvocation};

use super::{
    index::Change,
    keys::{self, Calendar},
    packed::{Streams, entries_of},
};
use crate::{
    model::{LinkId, VisitId},
    server::store::{clock::Clock, redis::ScriptLoader},
};

/// Every script, hashed once. `…_call` builds the call of each.
pub(super) struct Scripts {
    tail: Script,
    commit: Script,
    erase: Script,
    listed: Script,
    sums: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let loader = ScriptLoader::sharing(&[]);
        Self {
            tail: loader.script(include_str!("tail.lua")),
            commit: loader.script(include_str!("commit.lua")),
            erase: loader.script(include_str!("erase.lua")),
            listed: loader.script(include_str!("listed.lua")),
            sums: loader.script(include_str!("sums.lua")),
        }
    }

    /// Every script, to load at start.
    pub(super) fn all(&self) -> [&Script; 5] {
        let Self { tail, commit, erase, listed, sums } = self;
        [tail, commit, erase, listed, sums]
    }

    /// Reads the tail, at most `batch` entries of each stream behind `from`.
    pub(super) fn tail_call(
        &self,
        link: &LinkId,
        from: &Streams<String>,
        batch: usize,
    ) -> ScriptInvocation<'_> {
        let mut call = self.tail.prepare_invoke();
        for key in [
            keys::visits(link),
            keys::downloads(link),
            keys::versions(link),
            keys::archived(link),
            keys::sealed(link),
            keys::generation(link),
        ] {
            call.key(key);
        }
        call.arg(&from.visits).arg(&from.downloads).arg(batch);
        call
    }

    /// Changes which files count, and with them the tail.
    pub(super) fn commit_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        generation: &str,
        change: &Change<'_>,
    ) -> ScriptInvocation<'_> {
        let views = change.views.as_ref();
        let day = Calendar::at(views.map_or(0, |views| views.joined_at));
        let mut call = self.commit.prepare_invoke();
        for key in [
            link_key.to_owned(),
            keys::sealed(link),
            keys::writing(link),
            keys::generation(link),
            keys::visits(link),
            keys::downloads(link),
            keys::archived(link),
            keys::sums(link),
            keys::sums_of_day(link, &day),
        ] {
            call.key(key);
        }
        call.arg(clock.script_argument()).arg(generation);
        match change.added {
            Some(file) => call.arg(file.name.to_string()).arg(statistics(file)),
            None => call.arg("").arg(""),
        };
        match change.archived {
            Some((visit, is_archived)) => call.arg(visit.to_string()).arg(if is_archived { "1" } else { "" }),
            None => call.arg("").arg(""),
        };
        match views {
            Some(views) => call.arg(views.by).arg(day.quarter(views.joined_at)).arg(views.joined_at),
            None => call.arg("").arg("").arg(""),
        };
        let sealed = entries_of(&change.sealed);
        call.arg(change.removed.len()).arg(sealed.visits.len()).arg(sealed.downloads.len());
        call.arg(texts(&change.removed)).arg(sealed.visits).arg(sealed.downloads).arg(texts(&change.sealed));
        call
    }

    /// Erases visits of the tail.
    pub(super) fn erase_call(&self, link: &LinkId, visits: &[VisitId]) -> ScriptInvocation<'_> {
        let erased = entries_of(visits);
        let mut call = self.erase.prepare_invoke();
        let [gone, gone_records] = keys::gone(link);
        let history = [keys::visits(link), keys::downloads(link), keys::archived(link)];
        for key in history.into_iter().chain([gone, gone_records, keys::generation(link)]) {
            call.key(key);
        }
        call.arg(erased.visits.len()).arg(erased.downloads.len());
        call.arg(erased.visits).arg(erased.downloads).arg(texts(visits));
        call
    }

    /// Reads the names of all files that count or are being written.
    pub(super) fn listed_call(&self, link: &LinkId, now: i64) -> ScriptInvocation<'_> {
        let mut call = self.listed.prepare_invoke();
        call.key(keys::sealed(link)).key(keys::writing(link)).arg(now);
        call
    }

    /// Reads the sums of days.
    pub(super) fn sums_call(&self, link: &LinkId, days: &[String]) -> ScriptInvocation<'_> {
        let mut call = self.sums.prepare_invoke();
        call.key(keys::sums(link));
        for day in days {
            call.key(day);
        }
        call
    }
}

fn statistics(file: &super::sealed::FileStats) -> String {
    serde_json::to_string(file).unwrap_or_default()
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(T::to_string).collect()
}
