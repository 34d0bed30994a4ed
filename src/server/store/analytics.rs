//! Analytics of links: who is reading one now, and how much it was read.
//!
//! Each operation of [`Analytics`] is one Lua script and one round trip; the scripts beside this file hold the rules.

mod arrival;
mod counts;
mod heartbeat;
mod join;
mod observed;
mod reading;
mod scripts;
mod snapshot;
mod sweeping;
mod viewers;

use std::{sync::Arc, time::Duration};

use redis::{FromRedisValue, ScriptInvocation};
use tokio::time::Instant;

pub use self::{arrival::Arrival, heartbeat::HeartbeatOutcome, join::Joined};
use self::{
    heartbeat::{HEARTBEAT_BATCHES, HeartbeatBatch},
    join::{JOIN_BATCHES, JoinBatch},
    scripts::Scripts,
};
use super::{
    batcher::Batcher,
    clock::Clock,
    link_keys::{self as keys, Calendar, MS_PER_DAY},
    redis::{Redis, ScriptLoader},
    time_index::TimeIndex,
};
use crate::{
    error::AppError,
    model::{
        Leave, LinkId, SessionId,
        timing::{self, Windows},
    },
};

/// How long a gate must refuse no visitor until it is told again that it is locked.
const LOCKED_PAUSE: Duration = Duration::from_secs(600);

/// How long viewers count as active and as reading, how long a visit can be resumed, and how many viewers a link may
/// have.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A viewer is active while their last activity is no older than this.
    pub inactive_after: Duration,
    /// A reader in view who has not touched the page for longer is away.
    pub idle_after: Duration,
    /// A session that ended no longer ago than this resumes its visit; zero: never.
    pub resume_within: Duration,
    /// The most viewers of one link at once.
    pub max_viewers: u64,
    /// Whether owners can be told of visits by mail.
    pub sends_mail: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            inactive_after: timing::INACTIVE_AFTER,
            idle_after: timing::IDLE_AFTER,
            resume_within: timing::RESUME_WINDOW,
            max_viewers: 100_000,
            sends_mail: false,
        }
    }
}

/// Viewers and numbers of all links. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct Analytics {
    redis: Redis,
    clock: Clock,
    rules: Rules,
    /// Names the key that exists as long as its link does.
    link_key: fn(&LinkId) -> String,
    scripts: Arc<Scripts>,
    heartbeats: Batcher<LinkId, HeartbeatBatch>,
    joins: Batcher<LinkId, JoinBatch>,
    /// Links by the next time at which one of their viewers may no longer be active, or they have something to tell.
    expiries: TimeIndex,
    /// Links with events in their outbox.
    outboxes: TimeIndex,
}

impl Analytics {
    /// Analytics in `redis`, with the time of `clock`. `link_key` names the key that exists as long as a link does, in
    /// the link's slot.
    pub fn new(redis: Redis, clock: Clock, rules: Rules, link_key: fn(&LinkId) -> String) -> Self {
        Self {
            expiries: TimeIndex::new(redis.clone(), keys::EXPIRIES),
            outboxes: TimeIndex::new(redis.clone(), keys::OUTBOXES),
            redis,
            clock,
            rules,
            link_key,
            scripts: Arc::new(Scripts::new()),
            heartbeats: Batcher::new(HEARTBEAT_BATCHES),
            joins: Batcher::new(JOIN_BATCHES),
        }
    }

    /// Loads the scripts, so that the first visitor's request need not. Redis loses them when it restarts; the next
    /// call of each then loads it again.
    pub async fn load_scripts(&self) -> Result<(), AppError> {
        self.redis.load(&self.scripts.all()).await
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

    /// Ends a visit at once and records its duration: a reported one up to the time since the join, otherwise the
    /// visible time. For a session that is not active, and for a leave that belongs to an earlier page load than
    /// the latest join, nothing changes.
    pub async fn leave(&self, link: &LinkId, leave: &Leave) -> Result<(), AppError> {
        self.run_leave(link, leave, false).await
    }

    /// Ends a visit like [`Analytics::leave`], and records the reported duration as it is.
    pub async fn leave_as_reported(&self, link: &LinkId, leave: &Leave) -> Result<(), AppError> {
        self.run_leave(link, leave, true).await
    }

    async fn run_leave(&self, link: &LinkId, leave: &Leave, is_trusted: bool) -> Result<(), AppError> {
        let link_key = (self.link_key)(link);
        let call = self.scripts.leave_call(link, &link_key, &self.clock, &self.rules, (leave, is_trusted));
        let (_, (_ended, told, tells_next)): (i64, (u32, u32, i64)) = self.run("leave", &call).await?;
        self.note_told(link, told).await;
        if tells_next > 0
            && let Err(error) = self.expiries.note_at_latest(link.as_str(), tells_next).await
        {
            tracing::warn!(%link, %error, "events of a link may be told late");
        }
        Ok(())
    }

    /// Notes the download of a file: in the visit of `session`, or on its own when that is not active.
    pub async fn download(
        &self,
        link: &LinkId,
        session: Option<&SessionId>,
        email: Option<&str>,
        arrival: &Arrival,
    ) -> Result<(), AppError> {
        let session = session.map_or("", |session| session.as_str());
        let traits = arrival.traits(None);
        // The mark of a verified address stands behind it, as in a viewer's record.
        let email = email.map_or(String::new(), |email| {
            if arrival.is_verified { format!("{email} v") } else { email.to_owned() }
        });
        let call = self.scripts.download_call(
            link,
            &(self.link_key)(link),
            &self.clock,
            &self.rules,
            (session, &traits, &email),
        );
        // As in a join: should this server die before it notes the event, the sweeper finds it.
        let (noted, answer) = tokio::join!(self.note_expiry(link), self.run("download", &call));
        let (_, (_of_visit, told)): (i64, (u32, u32)) = answer?;
        self.note_told(link, told).await;
        noted
    }

    /// Tells that a link's gate has refused a visitor after too many wrong passwords.
    pub async fn gate_locked(&self, link: &LinkId) -> Result<(), AppError> {
        let link_key = (self.link_key)(link);
        let call = self.scripts.gate_locked_call(link, &link_key, &self.clock, &self.rules, LOCKED_PAUSE);
        let (noted, answer) = tokio::join!(self.note_expiry(link), self.run("gate_locked", &call));
        let (_, told): (i64, u32) = answer?;
        self.note_told(link, told).await;
        noted
    }

    /// The index of links with events in their outbox. Its clones wake each other.
    pub fn outboxes(&self) -> &TimeIndex {
        &self.outboxes
    }

    /// Has the events of a link's outbox delivered, if it was told any. A failure only delays them: the sweeper comes to
    /// every link that was joined, and notes what waits there.
    async fn note_told(&self, link: &LinkId, told: u32) {
        if told > 0 {
            warn_if_late(link, self.outboxes.note_at_latest(link.as_str(), self.clock.now()).await);
        }
    }

    /// Counts a request that is not a reader's (a bot's, a link preview's), for the owner to see. Counts nothing
    /// when the link has no record.
    pub async fn filter(&self, link: &LinkId) -> Result<(), AppError> {
        let call = self.scripts.filter_call(link, &(self.link_key)(link));
        let _count: u64 = self.redis.run_as("filter", &call).await?;
        Ok(())
    }

    /// Deletes the record, the viewers, the visits and all numbers of a link, at once: all that Redis has of it.
    pub async fn forget(&self, link: &LinkId) -> Result<(), AppError> {
        let now = self.clock.now();
        let mut command = redis::cmd("HGET");
        let from: Option<i64> = self.redis.query(command.arg(keys::sums(link)).arg("from")).await?;
        let mut command = redis::cmd("UNLINK");
        command.arg((self.link_key)(link)).arg(keys::of_everything(link, now));
        // Views are summed from the day on which the first one was, and until the next one if midnight is near.
        command.arg(keys::sums_within(link, from.unwrap_or(now), now.saturating_add(MS_PER_DAY)));
        let _removed: u64 = self.redis.query(&command).await?;
        self.expiries.remove(link.as_str()).await
    }

    /// Runs a script with keys named after the day. The guess of the day is wrong when midnight falls between guess
    /// and script, or when this server does not know Redis' clock yet: then the script only returns its time, and
    /// runs again with keys of that day. The time limit counts from `since`.
    async fn run_dated<'a, T: FromRedisValue>(
        &'a self,
        script: &'static str,
        link: &LinkId,
        since: Instant,
        call: impl Fn(&Calendar) -> ScriptInvocation<'a>,
    ) -> Result<(i64, T), AppError> {
        for _ in 0..3 {
            let call = call(&Calendar::at(self.clock.now()));
            let (now, answer): (i64, Option<T>) =
                self.redis.waiting_since(since).run_as(script, &call).await?;
            self.clock.sync(now);
            if let Some(answer) = answer {
                return Ok((now, answer));
            }
        }
        tracing::error!(%link, "Redis' clock jumps between days");
        Err(AppError::Unavailable)
    }

    async fn run<T: FromRedisValue>(
        &self,
        script: &'static str,
        call: &ScriptInvocation<'_>,
    ) -> Result<(i64, T), AppError> {
        let answer: (i64, T) = self.redis.run_as(script, call).await?;
        self.clock.sync(answer.0);
        Ok(answer)
    }
}

/// Logs that a link with events could not be noted.
fn warn_if_late(link: &LinkId, noted: Result<(), AppError>) {
    if let Err(error) = noted {
        tracing::warn!(%link, %error, "events of a link are told late");
    }
}
