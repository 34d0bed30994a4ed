//! An index by time: names, each with the time at which there is something to do about it.
//!
//! Background work is found through it, so that it costs nothing where nothing happens. Any number of servers may
//! share one: a name that one of them has taken is leased, and comes back when that server dies.

use std::sync::Arc;

use redis::Script;

use super::redis::{Redis, ScriptLoader};
use crate::error::AppError;

/// How long a taken name stays with the server that took it, in milliseconds.
const LEASE: i64 = 30_000;

/// One sorted set of names by time. Cheap to clone.
#[derive(Clone)]
pub struct TimeIndex {
    redis: Redis,
    key: &'static str,
    scripts: Arc<Scripts>,
}

struct Scripts {
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
            take: loader.script(include_str!("time_index/take.lua")),
            settle: loader.script(include_str!("time_index/settle.lua")),
        };
        Self { redis, key, scripts: Arc::new(scripts) }
    }

    /// Notes that there is something to do about `name` at `at`, in Unix milliseconds. A later time that is noted
    /// already stays.
    pub async fn note(&self, name: &str, at: i64) -> Result<(), AppError> {
        let mut command = redis::cmd("ZADD");
        command.arg(self.key).arg("GT").arg(at).arg(name);
        let _added: u64 = self.redis.query(&command).await?;
        Ok(())
    }

    /// Forgets a name that there is nothing more to do about.
    pub async fn remove(&self, name: &str) -> Result<(), AppError> {
        let mut command = redis::cmd("ZREM");
        command.arg(self.key).arg(name);
        let _removed: u64 = self.redis.query(&command).await?;
        Ok(())
    }

    /// Takes at most `most` names that are due at `now`, in Unix milliseconds, the longest due first. One round trip.
    pub async fn take(&self, now: i64, most: usize) -> Result<Vec<Due>, AppError> {
        let names: Vec<String> =
            self.redis.run(self.scripts.take.key(self.key).arg(now).arg(LEASE).arg(most)).await?;
        Ok(names.into_iter().map(|name| Due { name, leased_until: now + LEASE }).collect())
    }

    /// Ends a lease: there is something to do again at `next`, in Unix milliseconds, or nothing more with `None`.
    /// A name that was noted since it was taken stays as noted.
    pub async fn settle(&self, due: &Due, next: Option<i64>) -> Result<(), AppError> {
        let next = next.map_or(String::new(), |next| next.to_string());
        let mut call = self.scripts.settle.key(self.key);
        call.arg(&due.name).arg(due.leased_until).arg(next);
        let _settled: u64 = self.redis.run(&call).await?;
        Ok(())
    }
}
