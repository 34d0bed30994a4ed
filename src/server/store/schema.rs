//! The version of the data in Redis, and whose turn it is to change it.

use std::time::Duration;

use redis::cmd;

use super::{random, redis::Redis};
use crate::error::AppError;

/// String: the version of the data.
const VERSION: &str = "send:schema:{schema}";
/// String that expires: a random mark of the server that brings the data along.
const TURN: &str = "send:schema-turn:{schema}";
/// How long a turn lasts that is not renewed: its server was killed.
const TURN_LIFE: Duration = Duration::from_secs(30);

/// The version of the data. Cheap to clone.
#[derive(Clone)]
pub struct Schema {
    redis: Redis,
}

/// A server's turn to bring the data along.
pub struct Turn(String);

impl Schema {
    /// How often a turn is to be renewed.
    pub const RENEWAL: Duration = Duration::from_secs(10);

    /// In `redis`.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// The version; `None` for new data, and for data from before there were versions.
    pub async fn version(&self) -> Result<Option<u32>, AppError> {
        self.redis.query(cmd("GET").arg(VERSION)).await
    }

    /// Sets the version.
    pub async fn set_version(&self, version: u32) -> Result<(), AppError> {
        self.redis.query(cmd("SET").arg(VERSION).arg(version)).await
    }

    /// A turn, unless another server has it.
    pub async fn take_turn(&self) -> Result<Option<Turn>, AppError> {
        let mark = random::token(20)?;
        let mut command = cmd("SET");
        command.arg(TURN).arg(&mark).arg("NX").arg("PX").arg(TURN_LIFE.as_millis() as u64);
        Ok(self.redis.query::<Option<String>>(&command).await?.map(|_| Turn(mark)))
    }

    /// Makes a turn last longer. [`AppError::Unavailable`] when it has ended: another server may have one.
    pub async fn renew_turn(&self, turn: &Turn) -> Result<(), AppError> {
        self.check(turn).await?;
        self.redis.query(cmd("PEXPIRE").arg(TURN).arg(TURN_LIFE.as_millis() as u64)).await
    }

    /// Ends a turn; one that has ended already is another server's by now, and stays.
    pub async fn end_turn(&self, turn: &Turn) -> Result<(), AppError> {
        if self.check(turn).await.is_ok() {
            let _removed: u32 = self.redis.query(cmd("DEL").arg(TURN)).await?;
        }
        Ok(())
    }

    async fn check(&self, Turn(mark): &Turn) -> Result<(), AppError> {
        let holder: Option<String> = self.redis.query(cmd("GET").arg(TURN)).await?;
        if holder.as_ref() == Some(mark) { Ok(()) } else { Err(AppError::Unavailable) }
    }
}
