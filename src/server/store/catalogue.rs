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
mod index;
mod link_cache;
mod listing;
mod maintenance;
mod previous_file;
mod record;
mod scripts;
mod summary;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tracing::Instrument;

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
    index::{Entry, IndexScripts},
    link_cache::LinkCache,
    previous_file::PREVIOUS_FILES,
    scripts::Scripts,
};
use super::{batcher::Batcher, link_keys::BADGES_CHANGED, random, redis::Redis, time_index::TimeIndex};
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
        let (reads, views) = (Batcher::default(), Batcher::default());
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
        let waiter = self.reads.add(link, ());
        if waiter.is_first {
            let (catalogue, of_link) = (self.clone(), link.clone());
            let read = async move |Readers(count), since| {
                let redis = catalogue.redis.waiting_since(since);
                let linked = Self { redis, ..catalogue.clone() }.read_linked(&of_link).await?;
                Ok(vec![linked; count])
            };
            tokio::spawn(self.reads.clone().flush_at_once(link.clone(), read).in_current_span());
        }
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

    /// Enters a new document.
    pub async fn add_document(&self, document: &Document) -> Result<(), AppError> {
        let (owner, entry) = (document.owner.as_ref(), [Entry::of(document)]);
        self.put_in_index(owner, &entry, false).await?;
        let is_new = self.create(&document_key(&document.id), &document.fields()?).await?;
        // Again, to announce the record: a list that was read in between passed over an entry without one.
        let _ = self.put_in_index(owner, &entry, false).await;
        // Its id has eighty random bits.
        if is_new { Ok(()) } else { Err(AppError::Internal) }
    }

    /// Enters a new link; [`AppError::Taken`] when there is one at its address.
    pub async fn add_link(&self, link: &Link, owner: Option<&OwnerId>) -> Result<(), AppError> {
        self.add(&links_key(&link.document), link.id.as_str()).await?;
        if self.create(&link_key(&link.id), &link.fields()).await? {
            self.announce_change(owner).await;
            return Ok(());
        }
        let other = self.read(&link_key(&link.id)).await?;
        if other.get("document").map(String::as_str) != Some(link.document.as_str()) {
            self.take(&links_key(&link.document), link.id.as_str()).await?;
        }
        Err(AppError::Taken { what: format!("The address {}", link.id) })
    }

    /// Gives a document another title.
    pub async fn rename(&self, document: &Document, title: String) -> Result<(), AppError> {
        self.change_document(&document.id, &[("title", title.clone())]).await?;
        let entry = Entry::of(&Document { title, ..document.clone() });
        // A list that shows the document finds the old title in the index, and corrects it.
        let _ = self.put_in_index(document.owner.as_ref(), &[entry], false).await;
        Ok(())
    }

    /// Says what an image shows.
    pub async fn set_alt(&self, document: &DocumentId, alt: String) -> Result<(), AppError> {
        self.change_document(document, &[("alt", alt)]).await
    }

    async fn change_document(
        &self,
        document: &DocumentId,
        fields: &[(&str, String)],
    ) -> Result<(), AppError> {
        let changed = self.change(&document_key(document), fields).await?;
        // Links keep the document that they were read with.
        self.cache.documents.forget(document).await;
        if changed { Ok(()) } else { Err(AppError::DocumentNotFound) }
    }

    /// Changes the given fields of a link, and with them its version.
    pub async fn change_link(
        &self,
        link: &LinkId,
        fields: &[LinkField],
        owner: Option<&OwnerId>,
    ) -> Result<(), AppError> {
        let version = LinkField::Version(random::token(VERSION_LENGTH)?);
        let fields: Vec<(&str, String)> = fields.iter().chain([&version]).map(LinkField::stored).collect();
        let changed = self.change(&link_key(link), &fields).await?;
        self.cache.links.forget(link).await;
        if !changed {
            return Err(AppError::LinkNotFound);
        }
        self.announce_change(owner).await;
        Ok(())
    }

    /// Removes a link, whose record is gone, from its document's list.
    pub async fn remove_link(&self, link: &Link, owner: Option<&OwnerId>) -> Result<(), AppError> {
        self.cache.links.forget(&link.id).await;
        self.take(&links_key(&link.document), link.id.as_str()).await?;
        // Open dashboards of the link end; one that misses this looks from time to time by itself.
        let mut command = redis::cmd("SPUBLISH");
        command.arg(deleted_channel(&link.id)).arg("");
        let _: Result<u64, AppError> = self.redis.query(&command).await;
        let mut command = redis::cmd("SPUBLISH");
        command.arg(BADGES_CHANGED).arg(link.id.as_str());
        let _: Result<u64, AppError> = self.redis.query(&command).await;
        self.announce_change(owner).await;
        Ok(())
    }

    /// Removes a document whose links are gone.
    pub async fn remove_document(&self, document: &Document) -> Result<(), AppError> {
        let mut command = redis::cmd("UNLINK");
        command.arg(&[document_key(&document.id), links_key(&document.id)]);
        let _gone: u64 = self.redis.query(&command).await?;
        self.previous_files.remove(document.id.as_str()).await?;
        self.cache.documents.forget(&document.id).await;
        self.remove_from_index(document.owner.as_ref(), &[document.id.as_str()], Duration::ZERO).await
    }

    async fn read(&self, key: &str) -> Result<record::Fields, AppError> {
        self.redis.query(redis::cmd("HGETALL").arg(key)).await
    }

    async fn create(&self, key: &str, fields: &[(&str, String)]) -> Result<bool, AppError> {
        self.redis.run(&self.scripts.create_call(key, fields)).await
    }

    async fn change(&self, key: &str, fields: &[(&str, String)]) -> Result<bool, AppError> {
        self.redis.run(&self.scripts.change_call(key, fields)).await
    }

    async fn add(&self, key: &str, member: &str) -> Result<(), AppError> {
        self.redis.query(redis::cmd("SADD").arg(key).arg(member)).await
    }

    async fn take(&self, key: &str, member: &str) -> Result<(), AppError> {
        self.redis.query(redis::cmd("SREM").arg(key).arg(member)).await
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
