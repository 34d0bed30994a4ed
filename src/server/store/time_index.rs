//! An index by time: names of links or documents, each with the time at which it has work.
//!
//! The sweeper finds its work through such an index, so that idle links cost nothing. Any number of servers may share
//! one: a taken name is leased to its server, and becomes due again when the server dies.

use std::sync::Arc;

use redis::Script;
use tokio::sync::Notify;

use super::redis::{Redis, ScriptLoader};
use crate::error::AppError;

/// How long a taken name is leased to the server that took it, in milliseconds.
const LEASE_MS: i64 = 30_000;

/// A sorted set in Redis of names by time. Cheap to clone.
#[derive(Clone)]
pub struct TimeIndex {
    redis: Redis,
    key: &'static str,
    scripts: Arc<Scripts>,
    noted: Arc<Notify>,
}

struct Scripts {
    note_at_latest: Script,
    take: Script,
    settle: Script,
}

/// A name that is due, until its lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The name.
    pub name: String,
    leased_until: i64,
}

impl TimeIndex {
    /// The index at `key`.
    pub fn new(redis: Redis, key: &'static str) -> Self {
        let loader = ScriptLoader::sharing(&[]);
        let scripts = Scripts {
            note_at_latest: loader.script_for_full_memory(include_str!("time_index/note_at_latest.lua")),
            take: loader.script_for_full_memory(include_str!("time_index/take.lua")),
            settle: loader.script_for_full_memory(include_str!("time_index/settle.lua")),
        };
        Self { redis, key, scripts: Arc::new(scripts), noted: Arc::default() }
    }

    /// Notes that `name` has work at `at`, in Unix milliseconds. Keeps a later time that was noted before.
    pub async fn note(&self, name: &str, at: i64) -> Result<(), AppError> {
        let mut command = redis::cmd("ZADD");
        command.arg(self.key).arg("GT").arg(at).arg(name);
        let _added: u64 = self.redis.query(&command).await?;
        Ok(())
    }

    /// The same, but keeps an earlier time. Also where Redis' memory is full: what it notes is work that frees memory.
    pub async fn note_at_latest(&self, name: &str, at: i64) -> Result<(), AppError> {
        let mut call = self.scripts.note_at_latest.key(self.key);
        call.arg(at).arg(name);
        let _added: u64 = self.redis.run(&call).await?;
        self.noted.notify_one();
        Ok(())
    }

    /// The same for a third of Redis' time, and refused where its memory is full.
    pub async fn note_cheaply(&self, name: &str, at: i64) -> Result<(), AppError> {
        let mut command = redis::cmd("ZADD");
        command.arg(self.key).arg("LT").arg(at).arg(name);
        let _added: u64 = self.redis.query(&command).await?;
        self.noted.notify_one();
        Ok(())
    }

    /// Waits until a clone of this index notes a name at the latest or cheaply, or has since the last call.
    pub async fn noted(&self) {
        self.noted.notified().await;
    }

    /// How many names there are, and at most `most` of them, the earliest first. One round trip each.
    pub async fn first(&self, most: usize) -> Result<(u64, Vec<String>), AppError> {
        let count = self.redis.query(redis::cmd("ZCARD").arg(self.key)).await?;
        let names = self.redis.query(redis::cmd("ZRANGE").arg(self.key).arg(0).arg(most - 1)).await?;
        Ok((count, names))
    }

    /// How many names are due at `now`, in Unix milliseconds.
    pub async fn count_due(&self, now: i64) -> Result<u64, AppError> {
        self.redis.query(redis::cmd("ZCOUNT").arg(self.key).arg("-inf").arg(now)).await
    }

    /// Removes a name that has no more work.
    pub async fn remove(&self, name: &str) -> Result<(), AppError> {
        let mut command = redis::cmd("ZREM");
        command.arg(self.key).arg(name);
        let _removed: u64 = self.redis.query(&command).await?;
        Ok(())
    }

    /// Takes at most `most` names that are due at `now`, in Unix milliseconds, the longest overdue first. One round trip.
    pub async fn take(&self, now: i64, most: usize) -> Result<Vec<Due>, AppError> {
        let names: Vec<String> =
            self.redis.run(self.scripts.take.key(self.key).arg(now).arg(LEASE_MS).arg(most)).await?;
        Ok(names.into_iter().map(|name| Due { name, leased_until: now + LEASE_MS }).collect())
    }

    /// Ends a lease. The name has work again at `next`, in Unix milliseconds; with `None` it is removed. A time that was
    /// noted after the name was taken stays.
    pub async fn settle(&self, due: &Due, next: Option<i64>) -> Result<(), AppError> {
        let next = next.map_or(String::new(), |next| next.to_string());
        let mut call = self.scripts.settle.key(self.key);
        call.arg(&due.name).arg(due.leased_until).arg(next);
        let _settled: u64 = self.redis.run(&call).await?;
        Ok(())
    }
}
