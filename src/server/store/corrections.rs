//! Corrections of owners: which visits they left out of all numbers together.
//!
//! ```text
//! send:corrections-of:{ownerId}            hash: id of a correction to its record, as JSON; deleted with the owner
//! send:unfinished-corrections:{sweep}      sorted set: corrections that are not done, by the time at which to go on
//! ```
//!
//! A record is written before the first visit is marked, and says what is to be done: whichever server comes upon it does the
//! rest. Which visits of a link it marked, the link notes itself, in one step with the marks (`history`).

use redis::cmd;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    clock::Clock,
    link_keys,
    redis::Redis,
    time_index::{Due, TimeIndex},
};
use crate::{
    error::AppError,
    model::{Correction, CorrectionId, CorrectionState, CorrectionSubject, OwnerId},
};

/// How long the server that was asked has for a correction, in milliseconds, until another one goes on with it.
const OWN_TIME: i64 = 60_000;

/// Names a correction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionName {
    /// Whose it is.
    pub owner: OwnerId,
    /// Which.
    pub id: CorrectionId,
}

/// The record of a correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredCorrection {
    /// Whose visits.
    pub of: CorrectionSubject,
    /// Which of them, as the parameters of an analytics page.
    pub query: String,
    /// The time in which they began, Unix milliseconds, without its end.
    pub from: i64,
    /// The end of that time.
    pub until: i64,
    /// The same in words.
    pub words: String,
    /// How far it is.
    pub state: CorrectionState,
    /// When it was asked for, Unix milliseconds.
    pub made_at: i64,
    /// How many visits it left out, once it is done.
    pub visits: u64,
    /// How many of them count as views.
    pub views: u64,
    /// Fields of a newer version, which are kept.
    #[serde(flatten)]
    pub newer: Map<String, Value>,
}

impl StoredCorrection {
    /// As its owner sees it.
    pub fn listed(self, id: CorrectionId) -> Correction {
        let Self { words, visits, views, state, made_at, .. } = self;
        Correction { correction_id: id, words, visits, views, state, made_at }
    }
}

/// The corrections of all owners. Cheap to clone.
#[derive(Clone)]
pub struct CorrectionStore {
    redis: Redis,
    clock: Clock,
    unfinished: TimeIndex,
}

impl CorrectionStore {
    /// The store in `redis`.
    pub fn new(redis: Redis, clock: Clock) -> Self {
        Self { unfinished: TimeIndex::new(redis.clone(), link_keys::CORRECTIONS), redis, clock }
    }

    /// Keeps what is to be done. Should this server be killed, another one does it.
    pub async fn begin(&self, name: &CorrectionName, record: &StoredCorrection) -> Result<(), AppError> {
        self.unfinished.note_at_latest(&name.to_string(), self.clock.now() + OWN_TIME).await?;
        self.keep(name, record).await
    }

    /// Keeps that it is done.
    pub async fn end(&self, name: &CorrectionName, record: &StoredCorrection) -> Result<(), AppError> {
        self.keep(name, record).await?;
        self.unfinished.remove(&name.to_string()).await
    }

    /// Forgets a correction.
    pub async fn remove(&self, name: &CorrectionName) -> Result<(), AppError> {
        let mut command = cmd("HDEL");
        let _removed: u64 =
            self.redis.query(command.arg(of_owner(&name.owner)).arg(name.id.as_str())).await?;
        self.unfinished.remove(&name.to_string()).await
    }

    /// Forgets all corrections of an owner.
    pub async fn remove_all(&self, owner: &OwnerId) -> Result<(), AppError> {
        for (id, _) in self.list(owner).await? {
            self.remove(&CorrectionName { owner: owner.clone(), id }).await?;
        }
        Ok(())
    }

    /// A correction, unless it is forgotten.
    pub async fn get(&self, name: &CorrectionName) -> Result<Option<StoredCorrection>, AppError> {
        let mut command = cmd("HGET");
        let record: Option<String> =
            self.redis.query(command.arg(of_owner(&name.owner)).arg(name.id.as_str())).await?;
        record.map(|record| read(&record)).transpose()
    }

    /// The corrections of an owner, the newest first.
    pub async fn list(&self, owner: &OwnerId) -> Result<Vec<(CorrectionId, StoredCorrection)>, AppError> {
        let stored: Vec<(String, String)> = self.redis.query(cmd("HGETALL").arg(of_owner(owner))).await?;
        let mut corrections = Vec::with_capacity(stored.len());
        for (id, record) in &stored {
            corrections.push((id.parse().map_err(|_| corrupt())?, read(record)?));
        }
        corrections.sort_by_key(|(_, record): &(CorrectionId, StoredCorrection)| -record.made_at);
        Ok(corrections)
    }

    /// Takes at most `most` corrections whose server did not come to their end.
    pub async fn due(&self, most: usize) -> Result<Vec<Due>, AppError> {
        self.unfinished.take(self.clock.now(), most).await
    }

    async fn keep(&self, name: &CorrectionName, record: &StoredCorrection) -> Result<(), AppError> {
        let record = serde_json::to_string(record).map_err(|_| AppError::Internal)?;
        let mut command = cmd("HSET");
        command.arg(of_owner(&name.owner)).arg(name.id.as_str()).arg(record);
        self.redis.query::<u64>(&command).await.map(drop)
    }
}

impl CorrectionName {
    /// The name as the index of unfinished ones has it.
    pub fn read(text: &str) -> Result<Self, AppError> {
        let (owner, id) = text.split_once(' ').ok_or_else(corrupt)?;
        Ok(Self { owner: owner.parse().map_err(|_| corrupt())?, id: id.parse().map_err(|_| corrupt())? })
    }
}

impl std::fmt::Display for CorrectionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.owner, self.id)
    }
}

fn of_owner(owner: &OwnerId) -> String {
    format!("send:corrections-of:{{{owner}}}")
}

fn read(record: &str) -> Result<StoredCorrection, AppError> {
    serde_json::from_str(record).map_err(|_| corrupt())
}

fn corrupt() -> AppError {
    tracing::error!("the record of a correction in Redis is corrupt");
    AppError::Internal
}
