//! The catalogue: which documents there are, whose they are, and at which links they are read.
//!
//! It holds the description of a document; its file is in [`super::files`].
//!
//! ```text
//! send:document:{D}         hash: title, owner, file, …   a document
//! send:documents:{O}        set of documents              of an owner; without one: {-}
//! send:link:{L}             hash: document, label, …      a link
//! send:links:{D}            set of links                  of a document
//! ```
//!
//! The lists of an owner's documents are read through an index beside the set; see `index.rs`.
//!
//! In a cluster these lie on several servers, and nothing spans them. So the record of a thing is the truth, and
//! the sets only say where to look: they are written first and cleared last, and what they name counts only when
//! its record agrees.

mod access_lists;
mod batches;
mod changes;
mod index;
mod link_cache;
mod listing;
mod maintenance;
mod previous_file;
mod record;
mod scripts;
mod summary;

use std::{collections::HashMap, sync::Arc};

pub use self::{
    access_lists::{AccessLists, RuleList},
    index::{Part, changes_channel},
    link_cache::LinkedDocument,
    listing::{LinkListing, ListedDocument, Listing},
    previous_file::PREVIOUS_FILE_LIFE_MS,
    record::{Document, Link, LinkField, PreviousFile},
};
use self::{
    batches::{Readers, Views},
    index::IndexScripts,
    link_cache::LinkCache,
    previous_file::PREVIOUS_FILES,
    scripts::Scripts,
};
use super::{
    batcher::{self, Batcher},
    redis::Redis,
    time_index::TimeIndex,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, OwnerId},
};

/// Stands for the owner of documents that have none.
const NO_OWNER: &str = "-";

/// How many characters of five bits the version of a link has.
pub const VERSION_LENGTH: usize = 12;

/// All documents and links. Cheap to clone.
#[derive(Clone)]
pub struct Catalogue {
    redis: Redis,
    scripts: Arc<Scripts>,
    index: Arc<IndexScripts>,
    cache: LinkCache,
    reads: Batcher<LinkId, Readers>,
    views: Batcher<DocumentId, Views>,
    /// Documents by the time at which their previous file is no longer needed.
    previous_files: TimeIndex,
}

impl Catalogue {
    /// The catalogue that lies in this Redis.
    pub fn new(redis: Redis) -> Self {
        let previous_files = TimeIndex::new(redis.clone(), PREVIOUS_FILES);
        let (scripts, index) = (Arc::new(Scripts::new()), Arc::new(IndexScripts::new()));
        // A read may take two round trips, for whose end later readers should not wait.
        let (reads, views) = (Batcher::new(batcher::ALL), Batcher::new(1));
        Self { redis, scripts, index, cache: LinkCache::new(), reads, views, previous_files }
    }

    /// A document, or [`AppError::DocumentNotFound`].
    pub async fn document(&self, document: &DocumentId) -> Result<Document, AppError> {
        let fields = self.read(&document_key(document)).await?;
        if fields.is_empty() {
            return Err(AppError::DocumentNotFound);
        }
        Document::read(document, &fields)
    }

    /// A link and its document as they are now, or [`AppError::LinkNotFound`]. One round trip for a link that was read
    /// lately: it leads to the same document as then. Callers at the same time share one that began after all of them came.
    pub async fn link(&self, link: &LinkId) -> Result<LinkedDocument, AppError> {
        let waiter = self.reads.add(link, (), || {
            let (catalogue, link) = (self.clone(), link.clone());
            async move |Readers(count), since| {
                let redis = catalogue.redis.waiting_since(since);
                let linked = Self { redis, ..catalogue }.read_linked(&link).await?;
                Ok(vec![linked; count])
            }
        });
        waiter.outcome().await
    }

    async fn read_linked(&self, link: &LinkId) -> Result<LinkedDocument, AppError> {
        let guess = self.cache.links.cached(link).await.map(|link| link.document.clone());
        let (record, document) = match &guess {
            Some(document) => {
                let (record, document) = tokio::join!(self.read_link(link), self.document(document));
                (record, Some(document))
            }
            None => (self.read_link(link).await, None),
        };
        let record = match record {
            Err(AppError::LinkNotFound) => {
                self.cache.links.forget(link).await;
                return Err(AppError::LinkNotFound);
            }
            read => read?,
        };
        let document = document.filter(|_| guess.as_ref() == Some(&record.document));
        let record = self.cache.links.put(link, record).await;
        self.with_document(record, document).await
    }

    /// A link as it was read within the last ten minutes. For requests that have Redis compare its version, or that
    /// read it again before they refuse.
    pub async fn cached_link(&self, link: &LinkId) -> Result<LinkedDocument, AppError> {
        match self.cache.cached(link).await {
            Some(linked) => Ok(linked),
            // Boxed: the future of the usual case stays small.
            None => Box::pin(self.load_link(link)).await,
        }
    }

    async fn load_link(&self, link: &LinkId) -> Result<LinkedDocument, AppError> {
        let link = self.cache.links.get_or_load(link, self.read_link(link)).await?;
        let document = &link.document;
        match self.cache.documents.get_or_load(document, self.document(document)).await {
            Err(AppError::DocumentNotFound) => Err(AppError::LinkNotFound),
            found => Ok(LinkedDocument { document: found?, link }),
        }
    }

    /// A link as it is now; as it was within the last minute while Redis is out of reach.
    pub async fn link_or_stale(&self, link: &LinkId) -> Result<LinkedDocument, AppError> {
        match self.link(link).await {
            Err(AppError::Unavailable) => self.cache.stale(link).await.ok_or(AppError::Unavailable),
            found => found,
        }
    }

    /// A link whose record was read already, with its document as it is now.
    pub async fn link_of_record(
        &self,
        link: &LinkId,
        record: &HashMap<String, String>,
    ) -> Result<LinkedDocument, AppError> {
        let link = self.cache.links.put(link, Link::read(link, record)?).await;
        self.with_document(link, None).await
    }

    /// `read` is its document, where that was read already.
    async fn with_document(
        &self,
        link: Arc<Link>,
        read: Option<Result<Document, AppError>>,
    ) -> Result<LinkedDocument, AppError> {
        let read = match read {
            Some(read) => read,
            None => self.document(&link.document).await,
        };
        match read {
            // Its document is being deleted, and the link is next.
            Err(AppError::DocumentNotFound) => Err(AppError::LinkNotFound),
            read => {
                let document = self.cache.documents.put(&link.document, read?).await;
                Ok(LinkedDocument { link, document })
            }
        }
    }

    async fn read_link(&self, link: &LinkId) -> Result<Link, AppError> {
        let fields = self.read(&link_key(link)).await?;
        if fields.is_empty() { Err(AppError::LinkNotFound) } else { Link::read(link, &fields) }
    }

    async fn read(&self, key: &str) -> Result<record::Fields, AppError> {
        self.redis.query(redis::cmd("HGETALL").arg(key)).await
    }

    async fn members<T: std::str::FromStr>(&self, key: &str) -> Result<Vec<T>, AppError> {
        let members: Vec<String> = self.redis.query(redis::cmd("SMEMBERS").arg(key)).await?;
        Ok(members.iter().filter_map(|member| member.parse().ok()).collect())
    }
}

/// The record of a link. Scripts of other modules are given it to see whether the link still exists.
pub fn link_key(link: &LinkId) -> String {
    format!("send:link:{{{link}}}")
}

/// The channel on which the deletion of a link is announced.
pub fn deleted_channel(link: &LinkId) -> String {
    format!("send:link-deleted:{{{link}}}")
}

fn document_key(document: &DocumentId) -> String {
    format!("send:document:{{{document}}}")
}

fn links_key(document: &DocumentId) -> String {
    format!("send:links:{{{document}}}")
}

fn owner_key(owner: Option<&OwnerId>) -> String {
    format!("send:documents:{{{}}}", owner.map_or(NO_OWNER, |owner| owner.as_str()))
}
