//! Links that were read lately, so that a heartbeat need not read its link each time.

use std::{
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use moka::future::Cache;

use super::{Document, Link};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId},
};

/// How long a record stays cached. Callers that must not act on an old one read again, or have Redis compare it.
const CACHE_LIFE: Duration = Duration::from_secs(600);
/// How old a record may be that is used while Redis is out of reach.
const STALE_LIFE: Duration = Duration::from_secs(60);
/// The most links and the most documents that are cached; the least used go first.
const CAPACITY: u64 = 100_000;

/// A link with its document. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LinkedDocument {
    /// The link.
    pub link: Arc<Link>,
    /// Its document.
    pub document: Arc<Document>,
}

/// Links and documents apart, so that a changed document is forgotten for all of its links at once.
#[derive(Clone)]
pub(super) struct LinkCache {
    pub(super) links: Recent<LinkId, Link>,
    pub(super) documents: Recent<DocumentId, Document>,
}

impl LinkCache {
    pub(super) fn new() -> Self {
        Self { links: Recent::new(), documents: Recent::new() }
    }

    /// A link with its document, if both are cached.
    pub(super) async fn cached(&self, link: &LinkId) -> Option<LinkedDocument> {
        let link = self.links.cached(link).await?;
        let document = self.documents.cached(&link.document).await?;
        Some(LinkedDocument { link, document })
    }

    /// A link with its document, neither older than [`STALE_LIFE`].
    pub(super) async fn stale(&self, link: &LinkId) -> Option<LinkedDocument> {
        let link = self.links.stale(link).await?;
        let document = self.documents.stale(&link.document).await?;
        Some(LinkedDocument { link, document })
    }
}

/// Records of one kind by their key. Clones share the entries.
#[derive(Clone)]
pub(super) struct Recent<K, V> {
    entries: Cache<K, Entry<V>>,
}

struct Entry<V> {
    read_at: Instant,
    record: Arc<V>,
}

impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        Self { read_at: self.read_at, record: self.record.clone() }
    }
}

impl<K, V> Recent<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn new() -> Self {
        Self { entries: Cache::builder().max_capacity(CAPACITY).time_to_live(CACHE_LIFE).build() }
    }

    /// The cached record; otherwise the one that `load` reads, once for all who ask meanwhile.
    pub(super) async fn get_or_load(
        &self,
        key: &K,
        load: impl Future<Output = Result<V, AppError>>,
    ) -> Result<Arc<V>, AppError> {
        let entry =
            async { load.await.map(|record| Entry { read_at: Instant::now(), record: Arc::new(record) }) };
        let found = self.entries.try_get_with_by_ref(key, entry).await;
        found.map(|entry| entry.record).map_err(|error: Arc<AppError>| (*error).clone())
    }

    /// The cached record, if there is one.
    pub(super) async fn cached(&self, key: &K) -> Option<Arc<V>> {
        self.entries.get(key).await.map(|entry| entry.record)
    }

    pub(super) async fn put(&self, key: &K, record: V) -> Arc<V> {
        let record = Arc::new(record);
        let entry = Entry { read_at: Instant::now(), record: record.clone() };
        self.entries.insert(key.clone(), entry).await;
        record
    }

    async fn stale(&self, key: &K) -> Option<Arc<V>> {
        let entry = self.entries.get(key).await?;
        (entry.read_at.elapsed() < STALE_LIFE).then_some(entry.record)
    }

    pub(super) async fn forget(&self, key: &K) {
        self.entries.invalidate(key).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn concurrent_loads_of_one_key_are_one() {
        let recent: Recent<u32, u32> = Recent::new();
        let loads = AtomicU32::new(0);
        let load = || async {
            tokio::task::yield_now().await;
            Ok(loads.fetch_add(1, Relaxed))
        };
        let found = join_all((0..100).map(|_| recent.get_or_load(&7, load()))).await;
        assert!(found.iter().all(|record| record.as_deref() == Ok(&0)), "{found:?}");
        assert_eq!(loads.load(Relaxed), 1);
    }

    #[tokio::test]
    async fn failed_load_is_not_cached() {
        let recent: Recent<u32, u32> = Recent::new();
        let failed = recent.get_or_load(&7, async { Err(AppError::Unavailable) }).await;
        assert_eq!(failed, Err(AppError::Unavailable));
        assert_eq!(recent.get_or_load(&7, async { Ok(1) }).await.as_deref(), Ok(&1));
    }
}
