//! Snapshots for those who ask instead of watching: readers of one link within a moment share one.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use tokio_util::bytes::Bytes;

use crate::{
    error::AppError,
    model::{LinkId, Snapshot, ViewerLimit, success},
    server::store::analytics::Analytics,
};

/// The most links whose snapshot is kept at a time.
const CAPACITY: u64 = 10_000;

/// A snapshot, and the JSON that answers a request for it, made once for all who ask.
pub struct SharedSnapshot {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The snapshot in its envelope.
    pub json: Bytes,
}

/// The snapshots of the last moment. Cheap to clone.
#[derive(Clone)]
pub struct SharedSnapshots {
    analytics: Analytics,
    /// `None`: nothing is shared.
    recent: Option<Cache<(LinkId, u16), Arc<SharedSnapshot>>>,
}

impl SharedSnapshots {
    /// A snapshot is shared for as long as `age` after it was read; zero: never.
    pub fn new(analytics: Analytics, age: Duration) -> Self {
        let recent =
            (!age.is_zero()).then(|| Cache::builder().max_capacity(CAPACITY).time_to_live(age).build());
        Self { analytics, recent }
    }

    /// A snapshot of a link that is at most that old.
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
