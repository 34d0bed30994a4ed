//! Analytics of links: who is reading one now, and how much it was read.
//!
//! Server functions and REST both call [`Analytics`]. It knows Redis and the model, and neither Leptos nor Axum. Each
//! operation is one Lua script and one round trip; the scripts beside this file hold the rules.

mod calendar;
mod heartbeat_batcher;
pub mod keys;
mod scripts;

use std::{collections::HashMap, sync::Arc, time::Duration};

use redis::{FromRedisValue, ScriptInvocation};

use self::{
    calendar::Calendar,
    heartbeat_batcher::{HeartbeatBatcher, VersionedHeartbeat},
    scripts::{Scripts, SnapshotRequest},
};
use super::{
    clock::Clock,
    redis::{Redis, ScriptLoader},
    time_index::{Due, TimeIndex},
};
use crate::{
    error::AppError,
    model::{
        ActiveViewer, Heartbeat, Join, Leave, LinkId, Metrics, Snapshot, ViewerLimit,
        timing::{self, Windows},
    },
};

/// How far ahead of the clock a joined link is due to be swept, in milliseconds: longer than a join takes.
const NOTED_AHEAD: i64 = 2_000;
/// The most visits that [`Analytics::sweep`] ends in one round trip.
const SWEEP_BATCH: u32 = 100;

/// How long viewers count as active, how long a visit can be resumed, and how many viewers a link may have.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A viewer is active while their last activity is no older than this.
    pub inactive_after: Duration,
    /// A session that ended no longer ago than this resumes its visit; zero: never.
    pub resume_within: Duration,
    /// The most viewers of one link at once.
    pub max_viewers: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            inactive_after: timing::INACTIVE_AFTER,
            resume_within: timing::RESUME_WINDOW,
            max_viewers: 100_000,
        }
    }
}

/// The outcome of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// A new view was counted.
    New,
    /// The session was active already; nothing was counted.
    Already,
    /// The session ended within the resume window and resumed its visit; nothing was counted.
    Resumed,
}

/// What came of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// The session is active.
    Active,
    /// The session is not active; the client joins again.
    NotActive,
    /// The link is no longer what the caller has read; nothing was done.
    LinkChanged,
}

/// A viewer as the snapshot script returns it: session, record, last activity.
type StoredViewer = (String, String, i64);
/// What the snapshot script returns beside the time: numbers, viewers, the link's record.
type SnapshotReply = ([u64; 10], Vec<StoredViewer>, HashMap<String, String>);

/// Viewers and numbers of all links. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct Analytics {
    redis: Redis,
    clock: Clock,
    rules: Rules,
    /// Names the key that exists as long as its link does.
    link_key: fn(&LinkId) -> String,
    scripts: Arc<Scripts>,
    batcher: HeartbeatBatcher,
    /// Links by the next time at which one of their viewers may no longer be active.
    expiries: TimeIndex,
}

impl Analytics {
    /// Analytics in `redis`, with the time of `clock`. `link_key` names the key that exists as long as a link does, in
    /// the link's slot.
    pub fn new(redis: Redis, clock: Clock, rules: Rules, link_key: fn(&LinkId) -> String) -> Self {
        Self {
            expiries: TimeIndex::new(redis.clone(), keys::EXPIRIES),
            redis,
            clock,
            rules,
            link_key,
            scripts: Arc::new(Scripts::new()),
            batcher: HeartbeatBatcher::default(),
        }
    }

    /// Loads the scripts, so that the first visitor's request need not. Redis loses them when it restarts; the next
    /// call of each then loads it again.
    pub async fn load_scripts(&self) -> Result<(), AppError> {
        for script in self.scripts.all() {
            self.redis.load(script).await?;
        }
        Ok(())
    }

    /// The windows by which visits are counted, in whole seconds.
    pub fn windows(&self) -> Windows {
        let Rules { inactive_after, resume_within, .. } = self.rules;
        Windows { inactive_after: inactive_after.as_secs(), resume_within: resume_within.as_secs() }
    }

    /// The clock that all operations share.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Adds a viewer, counts one view and raises the peak. A session that is active, or that ended within the
    /// resume window, counts no view. [`AppError::TooManyViewers`] when the link is full,
    /// [`AppError::LinkNotFound`] when it has no record.
    pub async fn join(&self, link: &LinkId, join: &Join) -> Result<Joined, AppError> {
        // Sent before the script, on the same connection: the sweeper finds every viewer.
        let (noted, joined) = tokio::join!(self.note_expiry(link), self.run_join(link, join));
        noted.and(joined)
    }

    /// Has the sweeper look at a link soon; it then learns when a viewer may expire. A sweeper that is at the link now
    /// looks once more.
    pub async fn note_expiry(&self, link: &LinkId) -> Result<(), AppError> {
        self.expiries.note(link.as_str(), self.clock.now() + NOTED_AHEAD).await
    }

    async fn run_join(&self, link: &LinkId, join: &Join) -> Result<Joined, AppError> {
        let link_key = (self.link_key)(link);
        let (_, outcome): (i64, String) = self
            .run_dated(link, |calendar| {
                self.scripts.join_call(link, &link_key, &self.clock, &self.rules, calendar, join)
            })
            .await?;
        match outcome.as_str() {
            "joined" => Ok(Joined::New),
            "resumed" => Ok(Joined::Resumed),
            "no_link" => Err(AppError::LinkNotFound),
            "full" => Err(AppError::TooManyViewers),
            _ => Ok(Joined::Already),
        }
    }

    /// Moves last activity, page and visibility. Never creates a viewer. `link_version` is the version of the link that
    /// the caller has read: on another one nothing happens.
    pub async fn heartbeat(
        &self,
        link: &LinkId,
        heartbeat: Heartbeat,
        link_version: String,
    ) -> Result<Beat, AppError> {
        self.batcher.send(self, link, heartbeat, link_version).await
    }

    /// One script for several heartbeats, and what came of each, in their order.
    async fn heartbeat_batch(
        &self,
        link: &LinkId,
        heartbeats: &[VersionedHeartbeat],
    ) -> Result<Vec<Beat>, AppError> {
        let link_key = (self.link_key)(link);
        let call = self.scripts.heartbeat_call(link, &link_key, &self.clock, &self.rules, heartbeats);
        let (_, answers): (i64, Vec<u8>) = self.run(&call).await?;
        Ok(answers
            .into_iter()
            .map(|answer| match answer {
                1 => Beat::Active,
                2 => Beat::LinkChanged,
                _ => Beat::NotActive,
            })
            .collect())
    }

    /// Ends a visit at once and records its duration: a reported one up to the time since the join, otherwise the
    /// visible time. For a session that is not active, and for a leave that belongs to an earlier page load than
    /// the latest join, nothing changes.
    pub async fn leave(&self, link: &LinkId, leave: &Leave) -> Result<(), AppError> {
        self.run_leave(link, leave, false).await
    }

    /// The same with the reported duration recorded as it is.
    pub async fn leave_as_reported(&self, link: &LinkId, leave: &Leave) -> Result<(), AppError> {
        self.run_leave(link, leave, true).await
    }

    async fn run_leave(&self, link: &LinkId, leave: &Leave, is_trusted: bool) -> Result<(), AppError> {
        let call = self.scripts.leave_call(link, &self.clock, &self.rules, leave, is_trusted);
        let (_, _ended): (i64, u32) = self.run(&call).await?;
        Ok(())
    }

    /// One snapshot of a link with at most `limit` viewers, the newest first. [`AppError::LinkNotFound`] for a link
    /// that was deleted, never zeros.
    pub async fn snapshot(&self, link: &LinkId, limit: ViewerLimit) -> Result<Snapshot, AppError> {
        self.read_snapshot(link, SnapshotRequest { limit, with_record: false })
            .await
            .map(|(snapshot, _)| snapshot)
    }

    /// The same, and the fields of the link's record as they were at that time: one round trip for both.
    pub async fn snapshot_with_record(
        &self,
        link: &LinkId,
        limit: ViewerLimit,
    ) -> Result<(Snapshot, HashMap<String, String>), AppError> {
        self.read_snapshot(link, SnapshotRequest { limit, with_record: true }).await
    }

    async fn read_snapshot(
        &self,
        link: &LinkId,
        wanted: SnapshotRequest,
    ) -> Result<(Snapshot, HashMap<String, String>), AppError> {
        let link_key = (self.link_key)(link);
        let (now, (numbers, viewers, record)): (i64, SnapshotReply) = self
            .run_dated(link, |calendar| {
                let (clock, rules) = (&self.clock, &self.rules);
                self.scripts.snapshot_call(link, &link_key, clock, rules, calendar, wanted)
            })
            .await?;
        let [active_viewers, total_views, today, week, month, peak, sum, visits, filtered, exists] = numbers;
        if exists == 0 {
            return Err(AppError::LinkNotFound);
        }
        let mut active = viewers
            .iter()
            .map(|(session, record, last)| parse_viewer(session, record, *last, now))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                tracing::error!(%link, "a viewer's record in Redis is corrupt");
                AppError::Internal
            })?;
        active.sort_by(|a, b| (b.joined_at, &b.session_id).cmp(&(a.joined_at, &a.session_id)));
        let snapshot = Snapshot {
            metrics: Metrics {
                active_viewers,
                total_views,
                views_today: today,
                views_this_week: week,
                views_this_month: month,
                peak_concurrent_viewers: peak,
                avg_view_duration: (sum + visits / 2).checked_div(visits).unwrap_or(0),
            },
            active_viewers: active,
            filtered,
            windows: self.windows(),
            as_of: now,
        };
        Ok((snapshot, record))
    }

    /// Ends the visits of all viewers who are no longer active, in batches, so that Redis is not blocked for long.
    /// Returns their number.
    pub async fn sweep(&self, link: &LinkId) -> Result<u32, AppError> {
        let mut total = 0;
        loop {
            let call = self.scripts.sweep_call(link, &self.clock, &self.rules, SWEEP_BATCH);
            let (_, swept): (i64, u32) = self.run(&call).await?;
            total += swept;
            if swept < SWEEP_BATCH {
                return Ok(total);
            }
        }
    }

    /// Sweeps at most `most` links on which a viewer may no longer be active. Returns their number. One round trip when
    /// there are none.
    pub async fn sweep_due(&self, most: usize) -> Result<usize, AppError> {
        let due = self.expiries.take(self.clock.now(), most).await?;
        for due in &due {
            // The other links are swept all the same; this one's lease ends, and it is tried again.
            if let Err(error) = self.sweep_link(due).await {
                tracing::error!(link = due.name, %error, "a link cannot be swept");
            }
        }
        Ok(due.len())
    }

    async fn sweep_link(&self, due: &Due) -> Result<(), AppError> {
        let link: LinkId = due.name.parse()?;
        self.sweep(&link).await?;
        let mut command = redis::cmd("ZRANGE");
        command.arg(keys::seen(&link)).arg(0).arg(0).arg("WITHSCORES");
        let oldest: Vec<(String, f64)> = self.redis.query(&command).await?;
        // Active up to and including the end of the window.
        let window = self.rules.inactive_after.as_millis() as i64 + 1;
        let next = oldest.first().map(|(_, last_activity)| *last_activity as i64 + window);
        self.expiries.settle(due, next).await
    }

    /// Counts a request that is not a reader's (a bot's, a link preview's), for the owner to see. Counts nothing
    /// when the link has no record.
    pub async fn filter(&self, link: &LinkId) -> Result<(), AppError> {
        let call = self.scripts.filter_call(link, &(self.link_key)(link));
        let _count: u64 = self.redis.run(&call).await?;
        Ok(())
    }

    /// Deletes the record, the viewers and all numbers of a link, at once.
    pub async fn forget(&self, link: &LinkId) -> Result<(), AppError> {
        let mut command = redis::cmd("UNLINK");
        command.arg((self.link_key)(link)).arg(keys::of_everything(link, self.clock.now()));
        let _removed: u64 = self.redis.query(&command).await?;
        self.expiries.remove(link.as_str()).await
    }

    /// Runs a script with keys named after the day. The guess of the day is wrong when midnight falls between guess
    /// and script, or when this server does not know Redis' clock yet: then the script only returns its time, and
    /// runs again with keys of that day.
    async fn run_dated<'a, T: FromRedisValue>(
        &'a self,
        link: &LinkId,
        call: impl Fn(&Calendar) -> ScriptInvocation<'a>,
    ) -> Result<(i64, T), AppError> {
        for _ in 0..3 {
            let call = call(&Calendar::at(self.clock.now()));
            if let (now, Some(answer)) = self.run(&call).await? {
                return Ok((now, answer));
            }
        }
        tracing::error!(%link, "Redis' clock jumps between days");
        Err(AppError::Unavailable)
    }

    async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<(i64, T), AppError> {
        let answer: (i64, T) = self.redis.run(call).await?;
        self.clock.sync(answer.0);
        Ok(answer)
    }
}

/// Parses a record as `viewer.lua` writes it; `None` for anything else.
fn parse_viewer(session: &str, record: &str, last_activity: i64, now: i64) -> Option<ActiveViewer> {
    let fields: Vec<&str> = record.splitn(7, ' ').collect();
    let [page, joined, time, visible, _epoch, _fingerprint, email] = fields[..] else { return None };
    let (page, joined_at, time): (u32, i64, i64) =
        (page.parse().ok()?, joined.parse().ok()?, time.parse().ok()?);
    let away = visible == "0";
    let engaged = if away { time } else { now.max(last_activity) - joined_at - time };
    Some(ActiveViewer {
        session_id: session.parse().ok()?,
        email: (!email.is_empty()).then(|| email.to_owned()),
        joined_at,
        last_activity,
        current_page: (page > 0).then_some(page),
        duration: engaged.max(0) as u64 / 1_000,
        away,
    })
}
