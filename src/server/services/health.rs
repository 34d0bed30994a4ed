//! Whether the server can answer, and the time.

use crate::{
    error::AppError,
    server::store::{clock::Clock, redis::Redis},
};

/// Redis and the clock. Cheap to clone.
#[derive(Clone)]
pub struct Health {
    pub(in crate::server) redis: Redis,
    pub(in crate::server) clock: Clock,
}

impl Health {
    /// [`AppError::Unavailable`] while Redis, or one master of a cluster, does not answer.
    pub async fn ready(&self) -> Result<(), AppError> {
        self.redis.ping().await
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
