//! The scripts of the analytics and their calls: the positions of keys and arguments, as each Lua file's head
//! names them.

use std::time::Duration;

use redis::{Script, ScriptInvocation};

use super::{Clock, Rules, ScriptLoader, heartbeat::HeartbeatBatch, join::JoinBatch, observed};
use crate::{
    model::{Leave, LinkId, ViewerLimit, timing},
    server::store::link_keys::{self as keys, Calendar},
};

/// Every script, hashed once. `…_call` builds the call of each.
pub(super) struct Scripts {
    join: Script,
    heartbeat: Script,
    leave: Script,
    snapshot: Script,
    sweep: Script,
    filter: Script,
    counts: Script,
    download: Script,
    gate_locked: Script,
    reading: Script,
}

/// What a snapshot holds beside the numbers.
#[derive(Clone, Copy)]
pub struct SnapshotRequest {
    /// The most viewers.
    pub limit: ViewerLimit,
    /// Whether the fields of the link's record are wanted.
    pub with_record: bool,
}

const VIEWER: &str = include_str!("viewer.lua");
const OUTBOX: &str = include_str!("outbox.lua");
const VISIT: &str = include_str!("visit.lua");
const TELLING: &str = include_str!("telling.lua");
const VIEW: &str = include_str!("view.lua");

impl Scripts {
    /// Joins each script's files.
    pub fn new() -> Self {
        let of_viewers = ScriptLoader::sharing(&[VIEWER]);
        let of_events = ScriptLoader::sharing(&[VIEWER, OUTBOX]);
        let of_visits = ScriptLoader::sharing(&[VIEWER, OUTBOX, VISIT, TELLING]);
        let of_views = ScriptLoader::sharing(&[VIEWER, OUTBOX, VISIT, VIEW]);
        Self {
            join: of_views.script(include_str!("join.lua")),
            heartbeat: of_viewers.script_for_full_memory(include_str!("heartbeat.lua")),
            leave: of_visits.script(include_str!("leave.lua")),
            snapshot: of_views.script(include_str!("snapshot.lua")),
            sweep: of_visits.script(include_str!("sweep.lua")),
            download: of_events.script(include_str!("download.lua")),
            gate_locked: of_events.script(include_str!("gate_locked.lua")),
            reading: of_viewers.script(include_str!("reading.lua")),
            filter: ScriptLoader::sharing(&[]).script(include_str!("filter.lua")),
            counts: ScriptLoader::sharing(&[]).script(include_str!("counts.lua")),
        }
    }

    /// Every script, to load at start.
    pub fn all(&self) -> [&Script; 10] {
        let Self { join, heartbeat, leave, snapshot, sweep, filter, counts, download, gate_locked, reading } =
            self;
        [join, heartbeat, leave, snapshot, sweep, filter, counts, download, gate_locked, reading]
    }

    /// Reads active viewers, total views and the count of changes of past visits.
    pub fn counts_call(&self, link: &LinkId, clock: &Clock, rules: &Rules) -> ScriptInvocation<'_> {
        viewer_call(
            &self.counts,
            vec![keys::seen(link), keys::views(link), keys::history(link)],
            clock,
            rules,
        )
    }

    /// Lists who reads now, about `count` viewers from `cursor` on.
    pub fn reading_call(
        &self,
        link: &LinkId,
        clock: &Clock,
        rules: &Rules,
        cursor: &str,
        count: usize,
    ) -> ScriptInvocation<'_> {
        let mut call = viewer_call(&self.reading, keys::of_heartbeat(link), clock, rules);
        call.arg(cursor).arg(count);
        call
    }

    /// Adds viewers. `link_key` exists as long as the link does.
    pub(super) fn join_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        rules: &Rules,
        calendar: &Calendar,
        batch: &JoinBatch,
    ) -> ScriptInvocation<'_> {
        let mut keys = keys::of_views(link, link_key, calendar);
        keys.extend([keys::versions(link), keys::sums(link), keys::sums_of_day(link, calendar)]);
        keys.push(keys::peak_state(link));
        let mut call = view_call(&self.join, keys, clock, rules, calendar);
        call.arg(timing::DAILY_RETENTION.as_secs())
            .arg(timing::WEEKLY_RETENTION.as_secs())
            .arg(timing::MONTHLY_RETENTION.as_secs())
            .arg(rules.max_viewers)
            .arg(if rules.sends_mail { "1" } else { "" })
            .arg(&batch.arguments);
        call
    }

    /// Notes a download.
    pub fn download_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        rules: &Rules,
        (session, traits, email): (&str, &str, &str),
    ) -> ScriptInvocation<'_> {
        let mut keys = keys::of_heartbeat(link);
        keys.extend([keys::downloads(link), link_key.to_owned(), keys::history(link)]);
        keys.extend([keys::outbox(link), keys::outbox_state(link)]);
        let mut call = viewer_call(&self.download, keys, clock, rules);
        call.arg(session).arg(traits).arg(email);
        call
    }

    /// Tells that a gate was locked, unless it already was within `pause`.
    pub fn gate_locked_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        rules: &Rules,
        pause: Duration,
    ) -> ScriptInvocation<'_> {
        let mut keys = keys::of_heartbeat(link);
        keys.extend([link_key.to_owned(), keys::outbox(link), keys::outbox_state(link)]);
        let mut call = viewer_call(&self.gate_locked, keys, clock, rules);
        call.arg(ms(pause));
        call
    }

    /// Moves last activity, page and visibility of several viewers. All callers have read the batch's version of the link.
    pub(super) fn heartbeat_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        rules: &Rules,
        batch: &HeartbeatBatch,
    ) -> ScriptInvocation<'_> {
        let mut keys = keys::of_heartbeat(link);
        keys.push(link_key.to_owned());
        let mut call = viewer_call(&self.heartbeat, keys, clock, rules);
        call.arg(&batch.link_version).arg(&batch.sessions).arg(&batch.reports);
        call
    }

    /// Ends a viewer's visit. A trusted duration is recorded as reported.
    pub fn leave_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        rules: &Rules,
        (leave, is_trusted): (&Leave, bool),
    ) -> ScriptInvocation<'_> {
        let mut call = visit_call(&self.leave, keys::of_leave(link, link_key), clock, rules);
        call.arg(leave.session_id.as_str())
            .arg(leave.duration.map_or(String::new(), |seconds| seconds.to_string()))
            .arg(leave.epoch.map_or(String::new(), |epoch| epoch.to_string()))
            .arg(if is_trusted { "1" } else { "" })
            .arg(observed::pack(leave.observed()));
        call
    }

    /// Reads the numbers and what else is wanted.
    pub fn snapshot_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        rules: &Rules,
        calendar: &Calendar,
        wanted: SnapshotRequest,
    ) -> ScriptInvocation<'_> {
        let keys = keys::of_views(link, link_key, calendar);
        let mut call = view_call(&self.snapshot, keys, clock, rules, calendar);
        call.arg(wanted.limit.get()).arg(if wanted.with_record { "1" } else { "" });
        call
    }

    /// Ends the visits of at most `limit` viewers who are no longer active.
    pub fn sweep_call(
        &self,
        link: &LinkId,
        link_key: &str,
        clock: &Clock,
        rules: &Rules,
        limit: u32,
    ) -> ScriptInvocation<'_> {
        let mut call = visit_call(&self.sweep, keys::of_leave(link, link_key), clock, rules);
        call.arg(limit);
        call
    }

    /// Counts a request that is not a reader's.
    pub fn filter_call(&self, link: &LinkId, link_key: &str) -> ScriptInvocation<'_> {
        let mut call = self.filter.prepare_invoke();
        call.key(keys::filtered(link)).key(link_key).key(keys::live(link));
        call
    }
}

/// A call with the arguments of `viewer.lua`.
fn viewer_call<'a>(
    script: &'a Script,
    keys: Vec<String>,
    clock: &Clock,
    rules: &Rules,
) -> ScriptInvocation<'a> {
    let mut call = script.prepare_invoke();
    for key in keys {
        call.key(key);
    }
    call.arg(clock.script_argument())
        .arg(ms(rules.inactive_after))
        .arg(ms(timing::LONGEST_GAP))
        .arg(ms(timing::HEARTBEAT_INTERVAL));
    call
}

/// A call with the arguments of `viewer.lua` and `visit.lua`.
fn visit_call<'a>(
    script: &'a Script,
    keys: Vec<String>,
    clock: &Clock,
    rules: &Rules,
) -> ScriptInvocation<'a> {
    let mut call = viewer_call(script, keys, clock, rules);
    call.arg(ms(rules.resume_within)).arg(timing::DURATIONS_KEPT);
    call
}

/// A call with the arguments of `viewer.lua`, `visit.lua` and `view.lua`.
fn view_call<'a>(
    script: &'a Script,
    keys: Vec<String>,
    clock: &Clock,
    rules: &Rules,
    calendar: &Calendar,
) -> ScriptInvocation<'a> {
    let mut call = visit_call(script, keys, clock, rules);
    call.arg(calendar.starts).arg(calendar.ends);
    call
}

fn ms(duration: Duration) -> u64 {
    duration.as_millis() as u64
}
