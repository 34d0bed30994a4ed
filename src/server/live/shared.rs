//! Snapshots for requests: requests for one link within a moment share one.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use tokio_util::bytes::Bytes;

use crate::{
    error::AppError,
    model::{LinkId, Snapshot, ViewerLimit, success},
    server::store::analytics::Analytics,
};

/// The most snapshots that are cached.
const CAPACITY: u64 = 10_000;

/// A snapshot, and the JSON that answers requests for it, serialised once for all of them.
pub struct SharedSnapshot {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The snapshot in its envelope.
    pub json: Bytes,
}

/// A cache of recent snapshots. Cheap to clone.
#[derive(Clone)]
pub struct SharedSnapshots {
    analytics: Analytics,
    /// By link and limit. `None`: nothing is shared.
    recent: Option<Cache<(LinkId, u16), Arc<SharedSnapshot>>>,
}

impl SharedSnapshots {
    /// A cache that shares a snapshot for `age` after it was read; zero: never.
    pub fn new(analytics: Analytics, age: Duration) -> Self {
        let recent =
            (!age.is_zero()).then(|| Cache::builder().max_capacity(CAPACITY).time_to_live(age).build());
        Self { analytics, recent }
    }

    /// A snapshot of a link, from the cache or from Redis.
    pub async fn get(&self, link: &LinkId, limit: ViewerLimit) -> Result<Arc<SharedSnapshot>, AppError> {
        let Some(recent) = &self.recent else { return self.read(link, limit).await };
        let found = recent.try_get_with((link.clone(), limit.get()), self.read(link, limit)).await;
        found.map_err(|error: Arc<AppError>| (*error).clone())
    }

    async fn read(&self, link: &LinkId, limit: ViewerLimit) -> Result<Arc<SharedSnapshot>, AppError> {
        let snapshot = self.analytics.snapshot(link, limit).await?;
        let json = serde_json::to_vec(&success(&snapshot)).map_err(|_| AppError::Internal)?;
        Ok(Arc::new(SharedSnapshot { snapshot, json: json.into() }))
    }
}
