//! Visits of which owners get a mail later: with others at the end of an hour, or the next morning.
//!
//! ```text
//! send:mail-hour:{O}            hash: `from`, when the owner's hour began (ms); `sent`, how many mails it had; `more`, how many
//!                               visits wait that are not listed; `digest-from` and `digest-more`, the same of the digest
//! send:mail-told:{O}            sorted set: the latest visits by the time at which it was decided how they are told
//! send:mail-held:{O}            list: visits that wait for the end of the hour
//! send:mail-digest:{O}          list: those of an hour that is over, until its digest is queued
//! send:mail-digests:{notices}   sorted set: digests by the time at which they are due: `hour/{O}`, `day/{O}/2026-03-17`
//! ```

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use jiff::civil::Date;
use redis::{Script, cmd};
use serde::{Deserialize, Serialize};

use super::super::{
    redis::{Redis, ScriptLoader},
    time_index::TimeIndex,
};
use crate::{
    error::AppError,
    model::{LinkId, OwnerId, ReaderId, ReaderName},
};

const DIGESTS: &str = "send:mail-digests:{notices}";
/// How many visits of an hour have mails of their own.
pub const MAILS_AN_HOUR: u32 = 10;
/// How long an hour is, in milliseconds.
pub const HOUR_MS: i64 = 60 * 60 * 1_000;
/// The most visits that a digest lists.
pub const MOST_LISTED: usize = 50;
/// How many decisions are remembered: as many as there can be events in an outbox.
const DECISIONS_KEPT: u32 = 10_000;
/// How long what an owner has is kept that nothing comes to any more.
const LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Visits of which owners get a mail later. Cheap to clone.
#[derive(Clone)]
pub struct HeldVisits {
    redis: Redis,
    scripts: Arc<Scripts>,
    /// Digests by the time at which they are due.
    pub digests: TimeIndex,
}

struct Scripts {
    hold: Script,
    close: Script,
    finish: Script,
}

/// A visit as a mail tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldVisit {
    /// The link.
    pub link: LinkId,
    /// When it began, Unix milliseconds.
    pub at: i64,
    /// The reader's e-mail address.
    pub email: Option<String>,
    /// Whether a code showed that it is theirs.
    pub verified: bool,
    /// The name of the mark of their browser.
    pub mark: Option<ReaderName>,
}

impl HeldVisit {
    /// Its reader: by the e-mail address, else by the mark.
    pub fn reader(&self) -> Option<ReaderId> {
        self.readers().next()
    }

    /// All names of its reader: the e-mail address, and the mark.
    pub fn readers(&self) -> impl Iterator<Item = ReaderId> {
        ReaderId::all_of(self.email.as_deref(), self.mark)
    }

    fn is_of(&self, readers: &[ReaderId]) -> bool {
        self.readers().any(|name| name.is_one_of(readers))
    }
}

/// The visits of an hour that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourDigest {
    /// When the hour began, Unix milliseconds.
    pub from: i64,
    /// The first visits, the oldest first.
    pub visits: Vec<HeldVisit>,
    /// How many there are beside these.
    pub more: u64,
}

/// A digest that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DigestName {
    /// Of the owner's hour.
    Hour(OwnerId),
    /// Of a day in the owner's time zone.
    Day(OwnerId, Date),
}

impl fmt::Display for DigestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hour(owner) => write!(f, "hour/{owner}"),
            Self::Day(owner, day) => write!(f, "day/{owner}/{day}"),
        }
    }
}

impl FromStr for DigestName {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self, AppError> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            ["hour", owner] => Ok(Self::Hour(owner.parse()?)),
            ["day", owner, day] => {
                Ok(Self::Day(owner.parse()?, day.parse().map_err(|_| AppError::Internal)?))
            }
            _ => Err(AppError::Internal),
        }
    }
}

impl HeldVisits {
    /// Those that lie in this Redis.
    pub fn new(redis: Redis) -> Self {
        let loader = ScriptLoader::sharing(&[]);
        let scripts = Scripts {
            hold: loader.script(include_str!("held/hold.lua")),
            close: loader.script_for_full_memory(include_str!("held/close.lua")),
            finish: loader.script_for_full_memory(include_str!("held/finish.lua")),
        };
        Self { digests: TimeIndex::new(redis.clone(), DIGESTS), scripts: Arc::new(scripts), redis }
    }

    /// Whether the visit of an event gets a mail of its own at `now`, in Unix milliseconds; otherwise it waits for the digest of
    /// the hour, as it does in any case where it `must_wait`. The same event is answered the same again.
    pub async fn has_own_mail(
        &self,
        owner: &OwnerId,
        (event, visit): (&str, &HeldVisit),
        now: i64,
        must_wait: bool,
    ) -> Result<bool, AppError> {
        let [hour, told, held, _] = keys(owner);
        let mut call = self.scripts.hold.key(hour);
        call.key(told).key(held).arg(event);
        call.arg(serde_json::to_string(visit).map_err(|_| AppError::Internal)?).arg(now).arg(HOUR_MS);
        call.arg(MAILS_AN_HOUR).arg(MOST_LISTED).arg(DECISIONS_KEPT).arg(LIFE.as_millis() as u64);
        call.arg(if must_wait { "1" } else { "" });
        let ends: i64 = self.redis.run(&call).await?;
        if ends > 0 {
            self.note(&DigestName::Hour(owner.clone()), ends).await?;
        }
        Ok(ends == 0)
    }

    /// Has a digest written at `at`, in Unix milliseconds, unless it is due earlier.
    pub async fn note(&self, digest: &DigestName, at: i64) -> Result<(), AppError> {
        self.digests.note_at_latest(&digest.to_string(), at).await
    }

    /// The visits of an hour that is over at `now`, in Unix milliseconds: the same until [`HeldVisits::finish`] ends them.
    pub async fn close(&self, owner: &OwnerId, now: i64) -> Result<Option<HourDigest>, AppError> {
        let [hour, _, held, digest] = keys(owner);
        let mut call = self.scripts.close.key(hour);
        call.key(held).key(digest).arg(now).arg(HOUR_MS);
        let (from, more, records): (i64, u64, Vec<String>) = self.redis.run(&call).await?;
        let read = |record: &String| {
            let visit = serde_json::from_str(record);
            visit
                .inspect_err(|_| tracing::error!(%owner, "a visit that waits for a mail cannot be read"))
                .ok()
        };
        Ok((from > 0).then(|| HourDigest { from, visits: records.iter().filter_map(read).collect(), more }))
    }

    /// Ends the digest of the hour that began at `from`, in Unix milliseconds: it is queued.
    pub async fn finish(&self, owner: &OwnerId, from: i64) -> Result<(), AppError> {
        let [hour, _, _, digest] = keys(owner);
        let mut call = self.scripts.finish.key(hour);
        call.key(digest).arg(from);
        self.redis.run(&call).await
    }

    /// When the hour ends for which visits of an owner wait, in Unix milliseconds; `None`: none waits.
    pub async fn hour_ends(&self, owner: &OwnerId) -> Result<Option<i64>, AppError> {
        let [hour, _, held, _] = keys(owner);
        let waiting: u64 = self.redis.query(cmd("EXISTS").arg(held)).await?;
        let from: Option<i64> = self.redis.query(cmd("HGET").arg(hour).arg("from")).await?;
        Ok(from.filter(|_| waiting > 0).map(|from| from + HOUR_MS))
    }

    /// Removes what waits about readers with these names.
    pub async fn erase(&self, owner: &OwnerId, readers: &[ReaderId]) -> Result<(), AppError> {
        let [_, _, held, digest] = keys(owner);
        for list in [held, digest] {
            let records: Vec<String> = self.redis.query(cmd("LRANGE").arg(&list).arg(0).arg(-1)).await?;
            for record in records {
                let visit: Option<HeldVisit> = serde_json::from_str(&record).ok();
                if visit.is_some_and(|visit| visit.is_of(readers)) {
                    let _removed: u64 = self.redis.query(cmd("LREM").arg(&list).arg(0).arg(record)).await?;
                }
            }
        }
        Ok(())
    }

    /// Removes all that waits for an owner. Digests of days that are due find that there is no owner any more.
    pub async fn remove_all(&self, owner: &OwnerId) -> Result<(), AppError> {
        let _removed: u64 = self.redis.query(cmd("UNLINK").arg(&keys(owner)[..])).await?;
        self.digests.remove(&DigestName::Hour(owner.clone()).to_string()).await
    }
}

/// The hour, the decisions, what waits, and the digest.
fn keys(owner: &OwnerId) -> [String; 4] {
    ["mail-hour", "mail-told", "mail-held", "mail-digest"].map(|noun| format!("send:{noun}:{{{owner}}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_names_read_back_as_written() {
        for text in ["hour/o1", "day/o1/2026-03-17"] {
            assert_eq!(text.parse::<DigestName>().expect(text).to_string(), text);
        }
        for bad in ["", "hour", "day/o1", "day/o1/soon", "week/o1", "hour/o1/x"] {
            assert!(bad.parse::<DigestName>().is_err(), "{bad}");
        }
    }
}
