//! Whether the server can answer, and the time.

use crate::server::store::{
    clock::Clock,
    redis::{Redis, Writes},
};

/// Redis and the clock. Cheap to clone.
#[derive(Clone)]
pub struct Health {
    pub(in crate::server) redis: Redis,
    pub(in crate::server) clock: Clock,
}

/// Whether the server can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// All requests.
    Ready,
    /// Documents are shown, and numbers read. Nothing new is counted; this says why.
    ReadsOnly(&'static str),
    /// Redis, or one master of a cluster, does not answer.
    RedisAway,
}

impl Health {
    /// Which of the parts that requests need are there.
    pub async fn readiness(&self) -> Readiness {
        match self.redis.check_writes().await {
            Ok(Writes::Taken) => Readiness::Ready,
            Ok(Writes::Refused(why)) => Readiness::ReadsOnly(why),
            Err(_) => Readiness::RedisAway,
        }
    }

    /// The time in Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Sets a test clock, in Unix milliseconds. Returns `false` for Redis' clock, which cannot be set.
    pub fn set_clock(&self, now: i64) -> bool {
        self.clock.set(now)
    }
}
