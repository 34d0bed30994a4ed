//! Badges of links: which tokens show which link, in which sites.
//!
//! ```text
//! send:badges:{linkId}    hash: id of a badge to its record, as JSON; deleted with the link
//! send:badge:{digest}     string: link and badge of a token, which is stored as its digest alone
//! ```
//!
//! The link's hash decides: a token whose badge is not in it shows nothing.

use redis::cmd;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{link_keys, redis::Redis};
use crate::{
    error::AppError,
    model::{BadgeId, LinkId},
};

/// All badges. Cheap to clone.
#[derive(Clone)]
pub struct BadgeStore {
    redis: Redis,
}

/// The record of a badge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredBadge {
    /// The digest of its token.
    pub digest: String,
    /// The origins that may frame it.
    pub sites: Vec<String>,
    /// Whether it shows views.
    pub counts: bool,
    /// Whether its frames are sent each change at once.
    #[serde(default)]
    pub live: bool,
    /// Unix milliseconds.
    pub created: i64,
    /// Fields of a newer version, which are kept.
    #[serde(flatten)]
    pub newer: Map<String, Value>,
}

impl BadgeStore {
    /// The store in `redis`.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// How many badges a link has.
    pub async fn count(&self, link: &LinkId) -> Result<u64, AppError> {
        self.redis.query(cmd("HLEN").arg(link_keys::badges(link))).await
    }

    /// Adds a badge.
    pub async fn add(&self, link: &LinkId, id: &BadgeId, badge: &StoredBadge) -> Result<(), AppError> {
        let record = serde_json::to_string(badge).map_err(|_| AppError::Internal)?;
        // First the token: alone it shows nothing.
        let mut command = cmd("SET");
        let _ok: String =
            self.redis.query(command.arg(of_token(&badge.digest)).arg(format!("{link} {id}"))).await?;
        let mut command = cmd("HSET");
        let _added: u64 =
            self.redis.query(command.arg(link_keys::badges(link)).arg(id.as_str()).arg(record)).await?;
        Ok(())
    }

    /// The badges of a link, the oldest first.
    pub async fn list(&self, link: &LinkId) -> Result<Vec<(BadgeId, StoredBadge)>, AppError> {
        let stored: Vec<(String, String)> =
            self.redis.query(cmd("HGETALL").arg(link_keys::badges(link))).await?;
        let mut badges = Vec::with_capacity(stored.len());
        for (id, record) in &stored {
            badges.push((id.parse().map_err(|_| corrupt())?, read(record)?));
        }
        badges.sort_by_key(|(_, badge): &(BadgeId, StoredBadge)| badge.created);
        Ok(badges)
    }

    /// Removes a badge; returns the digest of its token, or `None` where there is none.
    pub async fn remove(&self, link: &LinkId, id: &BadgeId) -> Result<Option<String>, AppError> {
        let Some(badge) = self.badge(link, id).await? else { return Ok(None) };
        let mut command = cmd("HDEL");
        let _removed: u64 = self.redis.query(command.arg(link_keys::badges(link)).arg(id.as_str())).await?;
        self.forget(&badge.digest).await?;
        // Servers that miss this forget what they showed after ten seconds.
        let mut command = cmd("SPUBLISH");
        command.arg(link_keys::BADGES_CHANGED).arg(&badge.digest);
        let _: Result<u64, AppError> = self.redis.query(&command).await;
        Ok(Some(badge.digest))
    }

    /// The badge of a token.
    pub async fn find(&self, digest: &str) -> Result<Option<(LinkId, StoredBadge)>, AppError> {
        let found: Option<String> = self.redis.query(cmd("GET").arg(of_token(digest))).await?;
        let Some(found) = found else { return Ok(None) };
        let (link, id) = found.split_once(' ').ok_or_else(corrupt)?;
        let (link, id) = (link.parse().map_err(|_| corrupt())?, id.parse().map_err(|_| corrupt())?);
        match self.badge(&link, &id).await? {
            Some(badge) if badge.digest == digest => Ok(Some((link, badge))),
            _ => {
                // Its link was deleted.
                self.forget(digest).await?;
                Ok(None)
            }
        }
    }

    async fn badge(&self, link: &LinkId, id: &BadgeId) -> Result<Option<StoredBadge>, AppError> {
        let mut command = cmd("HGET");
        let record: Option<String> =
            self.redis.query(command.arg(link_keys::badges(link)).arg(id.as_str())).await?;
        record.map(|record| read(&record)).transpose()
    }

    async fn forget(&self, digest: &str) -> Result<(), AppError> {
        self.redis.query::<u64>(cmd("DEL").arg(of_token(digest))).await.map(drop)
    }
}

fn of_token(digest: &str) -> String {
    format!("send:badge:{{{digest}}}")
}

fn read(record: &str) -> Result<StoredBadge, AppError> {
    serde_json::from_str(record).map_err(|_| corrupt())
}

fn corrupt() -> AppError {
    tracing::error!("the record of a badge in Redis is corrupt");
    AppError::Internal
}
