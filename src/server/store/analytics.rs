//! The Redis analytics module: who is reading a link, and how much it was read.
//!
//! Both doors, server functions and REST, open on [`Analytics`]. It knows Redis and the model, and
//! neither Leptos nor Axum. Each operation is one Lua script and one round trip; the scripts, beside this
//! file, are where the rules stand.

mod calendar;
mod heartbeat_batcher;
pub mod keys;
mod scripts;

use std::{sync::Arc, time::Duration};

use redis::{FromRedisValue, Script, ScriptInvocation};

use self::{calendar::Calendar, heartbeat_batcher::HeartbeatBatcher, scripts::Scripts};
use super::{
    clock::Clock,
    redis::Redis,
    time_index::{Due, TimeIndex},
};
use crate::{
    error::AppError,
    model::{ActiveViewer, Heartbeat, Join, Leave, LinkId, Metrics, Snapshot, ViewerLimit, timing},
};

/// How far ahead of the clock a joined link is due to be swept, in milliseconds: longer than a join takes.
const NOTED_AHEAD: i64 = 2_000;
/// How many dead viewers the background sweeper ends in one round trip.
const SWEEP_BATCH: u32 = 100;

/// How long somebody counts as active, how long a visit can be taken up again, and how many may be there.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Active means: last activity no older than this.
    pub inactive_after: Duration,
    /// A session that ended no longer ago than this continues its visit; zero: never.
    pub resume_within: Duration,
    /// The most viewers that one link may have at once.
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

/// What a join came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// A new view was counted.
    New,
    /// The session was active already; nothing was counted.
    Already,
    /// The session ended lately and continues its visit; nothing was counted.
    Resumed,
}

/// A viewer as the snapshot script returns it: session, record, last activity.
type StoredViewer = (String, String, i64);

/// Presence and numbers of all links. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct Analytics {
    redis: Redis,
    clock: Clock,
    rules: Rules,
    /// Names the key that exists as long as its link does.
    link_key: fn(&LinkId) -> String,
    scripts: Arc<Scripts>,
    batcher: HeartbeatBatcher,
    /// Links by the next time at which one of their viewers may have stopped beating.
    expiries: TimeIndex,
}

impl Analytics {
    /// Takes the time from `clock`: Redis' own, or one set by hand. `link_key` names the key that exists as long as
    /// a link does, in the link's slot.
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

    /// Loads the scripts, so that the first visitor does not pay for it. Redis forgets them when it
    /// restarts; the next call then brings its script along by itself.
    pub async fn load_scripts(&self) -> Result<(), AppError> {
        for script in self.scripts.all() {
            self.redis.load(script).await?;
        }
        Ok(())
    }

    /// The clock that all operations share.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Adds a viewer, counts one view and raises the peak. A session that is active already, or that ended
    /// within the resume window, is no new view. [`AppError::TooManyViewers`] when the link is full, and
    /// [`AppError::LinkNotFound`] when it has no record.
    pub async fn join(&self, link: &LinkId, join: &Join) -> Result<Joined, AppError> {
        // Sent before the script, on the same connection: no viewer is there whom the sweeper would not find.
        let (noted, joined) = tokio::join!(self.note_expiry(link), self.run_join(link, join));
        noted.and(joined)
    }

    /// Makes sure that the sweeper looks at a link. Due soon, so that a sweeper which is at it now looks once more;
    /// it then learns the time at which a viewer may expire.
    pub async fn note_expiry(&self, link: &LinkId) -> Result<(), AppError> {
        self.expiries.note(link.as_str(), self.clock.now() + NOTED_AHEAD).await
    }

    async fn run_join(&self, link: &LinkId, join: &Join) -> Result<Joined, AppError> {
        let outcome: String = self
            .run_dated(
                link,
                &self.scripts.join,
                |link, calendar| self.keys_of_join(link, calendar),
                |call| {
                    call.arg(join.session_id.as_str())
                        .arg(join.current_page.unwrap_or(0))
                        .arg(join.epoch.unwrap_or(0))
                        .arg(join.fingerprint.as_ref().map_or("", |mark| mark.as_str()))
                        .arg(join.email.as_deref().unwrap_or(""))
                        .arg(timing::DAILY_RETENTION.as_secs())
                        .arg(timing::WEEKLY_RETENTION.as_secs())
                        .arg(timing::MONTHLY_RETENTION.as_secs())
                        .arg(self.rules.max_viewers);
                },
            )
            .await
            .map(|(_, outcome)| outcome)?;
        match outcome.as_str() {
            "joined" => Ok(Joined::New),
            "resumed" => Ok(Joined::Resumed),
            "nowhere" => Err(AppError::LinkNotFound),
            "full" => Err(AppError::TooManyViewers),
            _ => Ok(Joined::Already),
        }
    }

    /// Moves last activity, page and visibility. Never creates a viewer:
    /// [`AppError::SessionNotActive`] asks the client to join again.
    pub async fn heartbeat(&self, link: &LinkId, heartbeat: Heartbeat) -> Result<(), AppError> {
        self.batcher.send(self, link, heartbeat).await
    }

    /// One script for several heartbeats; for each, in their order, whether its session is active.
    async fn heartbeat_batch(&self, link: &LinkId, heartbeats: &[&Heartbeat]) -> Result<Vec<bool>, AppError> {
        let mut call = self.scripts.heartbeat.prepare_invoke();
        for key in keys::of_heartbeat(link) {
            call.key(key);
        }
        call.arg(self.clock.script_argument()).arg(ms(self.rules.inactive_after));
        for heartbeat in heartbeats {
            call.arg(heartbeat.session_id.as_str())
                .arg(heartbeat.current_page.unwrap_or(0))
                .arg(heartbeat.visible.map_or("", |visible| if visible { "1" } else { "0" }));
        }
        self.run(&call).await.map(|(_, active)| active)
    }

    /// Ends a visit at once and records its duration. For a session that is not active, and for a leave that
    /// belongs to an earlier page load than the latest join, nothing changes.
    pub async fn leave(&self, link: &LinkId, leave: &Leave) -> Result<(), AppError> {
        let mut call = self.ending(link, &self.scripts.leave);
        call.arg(leave.session_id.as_str())
            .arg(leave.duration.map_or(String::new(), |seconds| seconds.to_string()))
            .arg(leave.epoch.map_or(String::new(), |epoch| epoch.to_string()));
        let (_, _ended): (i64, u32) = self.run(&call).await?;
        Ok(())
    }

    /// One picture of the link with at most `limit` viewers, the newest first.
    pub async fn snapshot(&self, link: &LinkId, limit: ViewerLimit) -> Result<Snapshot, AppError> {
        let (now, (numbers, viewers)) = self
            .run_dated::<([u64; 9], Vec<StoredViewer>)>(
                link,
                &self.scripts.snapshot,
                keys::of_views,
                |call| {
                    call.arg(limit.get());
                },
            )
            .await?;
        let [active_viewers, total_views, today, week, month, peak, sum, visits, filtered] = numbers;
        let mut active = viewers
            .iter()
            .map(|(session, record, last)| parse_viewer(session, record, *last, now))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                tracing::error!(%link, "a viewer's record in Redis is not one of ours");
                AppError::Internal
            })?;
        active.sort_by(|a, b| (b.joined_at, &b.session_id).cmp(&(a.joined_at, &a.session_id)));
        Ok(Snapshot {
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
            as_of: now,
        })
    }

    /// Ends the visits of all viewers that stopped beating, in batches, so that Redis is never held up.
    /// Returns how many there were.
    pub async fn sweep(&self, link: &LinkId) -> Result<u32, AppError> {
        let mut total = 0;
        loop {
            let mut call = self.ending(link, &self.scripts.sweep);
            call.arg(SWEEP_BATCH);
            let (_, swept): (i64, u32) = self.run(&call).await?;
            total += swept;
            if swept < SWEEP_BATCH {
                return Ok(total);
            }
        }
    }

    /// Sweeps the links on which a viewer may have stopped beating by now, at most `most`. Returns how many links
    /// there were. One round trip where there are none.
    pub async fn sweep_due(&self, most: usize) -> Result<usize, AppError> {
        let due = self.expiries.take(self.clock.now(), most).await?;
        for due in &due {
            // One link's trouble is not another's: its lease ends, and it is tried again.
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
        let window = ms(self.rules.inactive_after) as i64 + 1;
        let next = oldest.first().map(|(_, last_activity)| *last_activity as i64 + window);
        self.expiries.settle(due, next).await
    }

    /// Counts a visit that is none, for the owner to see; nothing where the link has no record.
    pub async fn filter(&self, link: &LinkId) -> Result<(), AppError> {
        let mut call = self.scripts.filter.prepare_invoke();
        call.key(keys::filtered(link)).key((self.link_key)(link)).key(keys::live(link));
        let _count: u64 = self.redis.run(&call).await?;
        Ok(())
    }

    /// Forgets a link: its record, its viewers and all its numbers, at once.
    pub async fn forget(&self, link: &LinkId) -> Result<(), AppError> {
        let mut command = redis::cmd("UNLINK");
        command.arg((self.link_key)(link)).arg(keys::of_everything(link, self.clock.now()));
        let _removed: u64 = self.redis.query(&command).await?;
        self.expiries.remove(link.as_str()).await
    }

    fn keys_of_join(&self, link: &LinkId, calendar: &Calendar) -> Vec<String> {
        let mut keys = keys::of_views(link, calendar);
        keys.push((self.link_key)(link));
        keys
    }

    /// The call of a script that may end visits, up to its own arguments.
    fn ending<'a>(&self, link: &LinkId, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        for key in keys::of_leave(link) {
            call.key(key);
        }
        self.windows(&mut call);
        call
    }

    fn windows(&self, call: &mut ScriptInvocation<'_>) {
        call.arg(self.clock.script_argument())
            .arg(ms(self.rules.inactive_after))
            .arg(ms(self.rules.resume_within))
            .arg(timing::DURATIONS_KEPT);
    }

    /// Runs a script whose keys are named after the day. The guess at the day is right except when midnight
    /// falls between the guess and the script, or when Redis' clock is new to us: then the script does
    /// nothing but tell its time, and is asked once more.
    async fn run_dated<T: FromRedisValue>(
        &self,
        link: &LinkId,
        script: &Script,
        keys: impl Fn(&LinkId, &Calendar) -> Vec<String>,
        arguments: impl Fn(&mut ScriptInvocation<'_>),
    ) -> Result<(i64, T), AppError> {
        for _ in 0..3 {
            let calendar = Calendar::at(self.clock.now());
            let mut call = script.prepare_invoke();
            for key in keys(link, &calendar) {
                call.key(key);
            }
            self.windows(&mut call);
            call.arg(calendar.starts).arg(calendar.ends);
            arguments(&mut call);
            if let (now, Some(answer)) = self.run(&call).await? {
                return Ok((now, answer));
            }
        }
        tracing::error!(%link, "Redis' clock jumps from day to day");
        Err(AppError::Unavailable)
    }

    async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<(i64, T), AppError> {
        let answer: (i64, T) = self.redis.run(call).await?;
        self.clock.sync(answer.0);
        Ok(answer)
    }
}

fn ms(duration: Duration) -> u64 {
    duration.as_millis() as u64
}

/// Reads a record as `viewer.lua` writes it; `None` if it is something else.
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
