//! Links that were read before, so that a heartbeat need not ask for its link each time.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::{Document, Link};
use crate::model::{DocumentId, LinkId};

/// How long a link is taken to be as it was, where that may be late. What is changed here is known here at once;
/// what another server changed, after this time.
const LATELY: Duration = Duration::from_secs(5);
/// How long a link is remembered for the case that Redis is out of reach.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How many links are remembered before old ones are let go.
const MANY: usize = 10_000;

/// A link with its document.
#[derive(Clone, Debug)]
pub struct LinkedDocument {
    /// The link.
    pub link: Link,
    /// Its document.
    pub document: Document,
}

/// When each link was read, and what was found.
type Links = HashMap<LinkId, (Instant, Arc<LinkedDocument>)>;

/// Clones share what is known.
#[derive(Clone, Default)]
pub(super) struct LinkCache {
    links: Arc<RwLock<Links>>,
}

impl LinkCache {
    pub(super) fn keep(&self, shared: LinkedDocument) -> Arc<LinkedDocument> {
        let shared = Arc::new(shared);
        let mut links = self.links.write().unwrap_or_else(PoisonError::into_inner);
        if links.len() >= MANY {
            links.retain(|_, (read_at, _)| read_at.elapsed() < REMEMBERED);
        }
        links.insert(shared.link.id.clone(), (Instant::now(), shared.clone()));
        shared
    }

    pub(super) fn lately(&self, link: &LinkId) -> Option<Arc<LinkedDocument>> {
        self.within(LATELY, link)
    }

    pub(super) fn within_a_minute(&self, link: &LinkId) -> Option<Arc<LinkedDocument>> {
        self.within(REMEMBERED, link)
    }

    fn within(&self, time: Duration, link: &LinkId) -> Option<Arc<LinkedDocument>> {
        let links = self.links.read().unwrap_or_else(PoisonError::into_inner);
        links.get(link).filter(|(read_at, _)| read_at.elapsed() < time).map(|(_, shared)| shared.clone())
    }

    pub(super) fn forget(&self, link: &LinkId) {
        self.links.write().unwrap_or_else(PoisonError::into_inner).remove(link);
    }

    pub(super) fn forget_document(&self, document: &DocumentId) {
        let mut links = self.links.write().unwrap_or_else(PoisonError::into_inner);
        links.retain(|_, (_, shared)| shared.document.id != *document);
    }
}
