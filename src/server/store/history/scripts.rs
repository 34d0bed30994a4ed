//! The scripts of the history and their calls: the positions of keys and arguments, as each Lua file's head names them.

use std::{collections::BTreeMap, iter, time::Duration};

use redis::{Script, ScriptInvocation};

use super::{
    index::{Change, Marked, ViewsChange},
    keys,
    packed::{Streams, entries_of},
    peak::NewPeak,
    sealed::FileStats,
};
use crate::{
    error::AppError,
    model::{LinkId, VisitId},
    server::store::{
        clock::Clock,
        redis::{REWRITE_STREAM, ScriptLoader},
    },
};

/// Every script, hashed once. `…_call` builds the call of each.
pub(super) struct Scripts {
    tail: Script,
    announce_file: Script,
    commit: Script,
    daily_turn: Script,
    discount: Script,
    erase: Script,
    listed: Script,
    sums: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let loader = ScriptLoader::sharing(&[]);
        Self {
            tail: loader.script(include_str!("tail.lua")),
            // Sealing and removing free memory, so they go on where it is full. What they note meanwhile is short, and
            // there is one of it for each link.
            announce_file: loader.script_for_full_memory(include_str!("announce_file.lua")),
            commit: loader.script_for_full_memory(include_str!("commit.lua")),
            daily_turn: loader.script_for_full_memory(include_str!("daily_turn.lua")),
            discount: loader.script_for_full_memory(include_str!("discount.lua")),
            erase: ScriptLoader::sharing(&[REWRITE_STREAM]).script_for_full_memory(include_str!("erase.lua")),
            listed: loader.script(include_str!("listed.lua")),
            sums: loader.script(include_str!("sums.lua")),
        }
    }

    /// Every script, to load at start.
    pub(super) fn all(&self) -> [&Script; 8] {
        let Self { tail, announce_file, commit, daily_turn, discount, erase, listed, sums } = self;
        [tail, announce_file, commit, daily_turn, discount, erase, listed, sums]
    }

    /// Notes that a file is being written, until a time in Unix milliseconds.
    pub(super) fn announce_file_call(&self, link: &LinkId, name: &str, until: i64) -> ScriptInvocation<'_> {
        let mut call = call_with(&self.announce_file, [keys::writing(link)]);
        call.arg(until).arg(name);
        call
    }

    /// Takes the turn of a day, at `now` in Unix milliseconds.
    pub(super) fn daily_turn_call(&self, now: i64, life: Duration) -> ScriptInvocation<'_> {
        let mut call = call_with(&self.daily_turn, [keys::DAILY_TURN.to_owned()]);
        call.arg(now).arg(life.as_secs());
        call
    }

    /// Lowers numbers of views, by their keys, once within `noted`.
    pub(super) fn discount_call(
        &self,
        link: &LinkId,
        left_out: &BTreeMap<String, i64>,
        noted: Duration,
    ) -> ScriptInvocation<'_> {
        let keys = iter::once(keys::discounted(link)).chain(left_out.keys().cloned());
        let mut call = call_with(&self.discount, keys);
        call.arg(noted.as_secs());
        for views in left_out.values() {
            call.arg(*views);
        }
        call
    }

    /// Reads the tail, at most `batch` entries of each stream behind `from`.
    pub(super) fn tail_call(
        &self,
        link: &LinkId,
        from: &Streams<String>,
        batch: usize,
    ) -> ScriptInvocation<'_> {
        let keys = [
            keys::visits(link),
            keys::downloads(link),
            keys::versions(link),
            keys::archived(link),
            keys::sealed(link),
            keys::generation(link),
        ];
        let mut call = call_with(&self.tail, keys);
        call.arg(&from.visits).arg(&from.downloads).arg(batch);
        call
    }

    /// Changes which files count, and with them the tail. [`AppError::Internal`] when a file's statistics cannot be written.
    pub(super) fn commit_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        generation: &str,
        change: &Change<'_>,
    ) -> Result<ScriptInvocation<'_>, AppError> {
        let ViewsChange { counts, sums } = &change.views;
        let mut of_sums: Vec<&String> = sums.keys().map(|(key, _)| key).collect();
        of_sums.dedup();
        let keys = [
            link_key.to_owned(),
            keys::sealed(link),
            keys::writing(link),
            keys::generation(link),
            keys::visits(link),
            keys::downloads(link),
            keys::archived(link),
            keys::history(link),
            keys::live(link),
            keys::corrections(link),
            keys::peak(link),
            keys::peak_state(link),
        ];
        let keys = keys.into_iter().chain(counts.keys().cloned()).chain(of_sums.iter().copied().cloned());
        let mut call = call_with(&self.commit, keys);
        let Marked { visits, running, leaves_out } = &change.marked;
        let (marked, sealed) = (entries_of(visits), entries_of(&change.sealed));
        let (correction, record) = match &change.correction {
            Some((correction, record)) => (correction.as_str(), record.as_deref().unwrap_or_default()),
            None => ("", ""),
        };
        call.arg(clock.script_argument())
            .arg(generation)
            .arg(if change.only_moves { "" } else { "1" })
            .arg(if *leaves_out { "1" } else { "" })
            .arg(correction)
            .arg(record);
        match change.peak {
            Some(NewPeak { count, at, leaves_some_out }) => {
                call.arg(count).arg(at).arg(if leaves_some_out { "1" } else { "" })
            }
            None => call.arg("").arg("").arg(""),
        };
        // How many of each come behind.
        call.arg(change.added.len())
            .arg(change.removed.len())
            .arg(sealed.visits.len())
            .arg(sealed.downloads.len())
            .arg(change.sealed.len())
            .arg(marked.visits.len())
            .arg(marked.downloads.len())
            .arg(visits.len())
            .arg(running.len())
            .arg(counts.len())
            .arg(sums.len());
        for file in &change.added {
            call.arg(file.name.to_string()).arg(statistics(file)?);
        }
        call.arg(texts(&change.removed)).arg(sealed.visits).arg(sealed.downloads).arg(texts(&change.sealed));
        call.arg(marked.visits).arg(marked.downloads).arg(texts(visits));
        call.arg(running.iter().map(|session| format!("s:{session}")).collect::<Vec<String>>());
        for by in counts.values() {
            call.arg(by);
        }
        for ((key, quarter), by) in sums {
            let place = of_sums.partition_point(|known| *known < key);
            call.arg(place + 1).arg(quarter).arg(by);
        }
        Ok(call)
    }

    /// Erases visits of the tail.
    pub(super) fn erase_call(&self, link: &LinkId, visits: &[VisitId]) -> ScriptInvocation<'_> {
        let erased = entries_of(visits);
        let [gone, gone_records] = keys::gone(link);
        let keys = [
            keys::visits(link),
            keys::downloads(link),
            keys::archived(link),
            gone,
            gone_records,
            keys::generation(link),
            keys::history(link),
            keys::live(link),
        ];
        let mut call = call_with(&self.erase, keys);
        call.arg(erased.visits.len()).arg(erased.downloads.len());
        call.arg(erased.visits).arg(erased.downloads).arg(texts(visits));
        call
    }

    /// Reads the names of all files that count or are being written.
    pub(super) fn listed_call(&self, link: &LinkId, now: i64) -> ScriptInvocation<'_> {
        let mut call = call_with(&self.listed, [keys::sealed(link), keys::writing(link)]);
        call.arg(now);
        call
    }

    /// Reads the sums of days.
    pub(super) fn sums_call(&self, link: &LinkId, days: &[String]) -> ScriptInvocation<'_> {
        call_with(&self.sums, iter::once(keys::sums(link)).chain(days.iter().cloned()))
    }
}

/// A call with these keys, to which the arguments are still to be added.
fn call_with(script: &Script, keys: impl IntoIterator<Item = String>) -> ScriptInvocation<'_> {
    let mut call = script.prepare_invoke();
    for key in keys {
        call.key(key);
    }
    call
}

fn statistics(file: &FileStats) -> Result<String, AppError> {
    serde_json::to_string(file).map_err(|error| {
        tracing::error!(%error, "the statistics of a sealed file cannot be written");
        AppError::Internal
    })
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(T::to_string).collect()
}
