//! The catalogue: which documents there are, whose they are, and at which links they are read.
//!
//! It lies in Redis, so that every server sees the same. It holds what is said of a document; the file itself is
//! [`super::documents`]'s.
//!
//! ```text
//! send:document:{D}         hash: title, owner, file, …   a document
//! send:documents:{O}        set of documents              of an owner; of nobody yet: {-}
//! send:link:{L}             hash: document, label, …      a link
//! send:links:{D}            set of links                  of a document
//! ```
//!
//! In a cluster these lie on several servers, and nothing spans them. So the record of a thing is the truth, and
//! the sets only say where to look: they are written first and cleared last, and what they name counts only when
//! its record agrees.

mod known;
mod record;
mod scripts;

use std::sync::Arc;

use futures::future::try_join_all;

use self::{known::Known, record::json, scripts::Scripts};
pub use self::{
    known::Shared,
    record::{Document, Link, LinkField, Previous},
};
use super::{analytics::keys, documents::StoredFile, redis::Redis};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, OwnerId},
};

/// Stands for the owner of what was shared before there was one.
const NOBODY: &str = "-";

/// All documents and links. Cheap to clone.
#[derive(Clone)]
pub struct Catalogue {
    redis: Redis,
    scripts: Arc<Scripts>,
    known: Known,
}

impl Catalogue {
    /// The catalogue that lies in this Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis, scripts: Arc::new(Scripts::new()), known: Known::default() }
    }

    /// A document, or [`AppError::DocumentNotFound`].
    pub async fn document(&self, document: &DocumentId) -> Result<Document, AppError> {
        let fields = self.read(&document_key(document)).await?;
        if fields.is_empty() {
            return Err(AppError::DocumentNotFound);
        }
        Document::read(document, &fields)
    }

    /// A link and its document as they are now, or [`AppError::LinkNotFound`].
    pub async fn link(&self, link: &LinkId) -> Result<Arc<Shared>, AppError> {
        let fields = self.read(&keys::record(link)).await?;
        if fields.is_empty() {
            self.known.forget(link);
            return Err(AppError::LinkNotFound);
        }
        let record = Link::read(link, &fields)?;
        let document = match self.document(&record.document).await {
            // Its document is being deleted, and it will be next.
            Err(AppError::DocumentNotFound) => return Err(AppError::LinkNotFound),
            found => found?,
        };
        Ok(self.known.keep(Shared { link: record, document }))
    }

    /// The same as it was a few seconds ago at most: for what comes often and can not do harm by being late.
    pub async fn link_lately(&self, link: &LinkId) -> Result<Arc<Shared>, AppError> {
        match self.known.lately(link) {
            Some(shared) => Ok(shared),
            None => self.link(link).await,
        }
    }

    /// A link as it is now; as it was within the last minute while Redis is out of reach.
    pub async fn link_if_need_be_of_late(&self, link: &LinkId) -> Result<Arc<Shared>, AppError> {
        match self.link(link).await {
            Err(AppError::Unavailable) => self.known.within_a_minute(link).ok_or(AppError::Unavailable),
            found => found,
        }
    }

    /// The documents of an owner, the newest first; without one, what nobody owns yet.
    pub async fn documents_of(&self, owner: Option<&OwnerId>) -> Result<Vec<Document>, AppError> {
        let named: Vec<DocumentId> = self.members(&owner_key(owner)).await?;
        let found = try_join_all(named.iter().map(async |document| match self.document(document).await {
            Ok(document) => Ok(Some(document)),
            Err(AppError::DocumentNotFound) => Ok(None),
            Err(error) => Err(error),
        }))
        .await?;
        let mut documents: Vec<Document> =
            found.into_iter().flatten().filter(|document| document.owner.as_ref() == owner).collect();
        documents.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        Ok(documents)
    }

    /// The links of a document, the newest first.
    pub async fn links_of(&self, document: &DocumentId) -> Result<Vec<Link>, AppError> {
        let named: Vec<LinkId> = self.members(&links_key(document)).await?;
        let found = try_join_all(named.iter().map(async |link| {
            let fields = self.read(&keys::record(link)).await?;
            if fields.is_empty() { Ok(None) } else { Link::read(link, &fields).map(Some) }
        }))
        .await?;
        let mut links: Vec<Link> =
            found.into_iter().flatten().filter(|link| link.document == *document).collect();
        links.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        Ok(links)
    }

    /// Enters a new document.
    pub async fn add_document(&self, document: &Document) -> Result<(), AppError> {
        self.add(&owner_key(document.owner.as_ref()), document.id.as_str()).await?;
        let is_new = self.create(&document_key(&document.id), &document.fields()?).await?;
        // Its id has eighty random bits.
        if is_new { Ok(()) } else { Err(AppError::Internal) }
    }

    /// Enters a new link; [`AppError::Taken`] when there is one at its address.
    pub async fn add_link(&self, link: &Link) -> Result<(), AppError> {
        self.add(&links_key(&link.document), link.id.as_str()).await?;
        if self.create(&keys::record(&link.id), &link.fields()).await? {
            return Ok(());
        }
        let other = self.read(&keys::record(&link.id)).await?;
        if other.get("document").map(String::as_str) != Some(link.document.as_str()) {
            self.take(&links_key(&link.document), link.id.as_str()).await?;
        }
        Err(AppError::Taken { what: format!("The address {}", link.id) })
    }

    /// Changes what is given of a document that is there.
    pub async fn change_document(
        &self,
        document: &DocumentId,
        fields: &[(&str, String)],
    ) -> Result<(), AppError> {
        let changed = self.change(&document_key(document), fields).await?;
        // Links keep the document that they were read with.
        self.known.forget_document(document);
        if changed { Ok(()) } else { Err(AppError::DocumentNotFound) }
    }

    /// Puts another file in place of the one that `before` has; `false` when somebody else has replaced that
    /// meanwhile.
    pub async fn replace_file(
        &self,
        before: &Document,
        file: &StoredFile,
        replaced_at: i64,
    ) -> Result<bool, AppError> {
        let previous = Some(Previous { file: before.file.clone(), replaced_at });
        let fields = [("file", json(file)?), ("previous", json(&previous)?)];
        self.swap(before, ("file", json(&before.file)?), &fields).await
    }

    /// Forgets the file before the present one; `false` when it is another by now.
    pub async fn forget_previous(&self, document: &Document) -> Result<bool, AppError> {
        let none = [("previous", json(&None::<Previous>)?)];
        self.swap(document, ("previous", json(&document.previous)?), &none).await
    }

    async fn swap(
        &self,
        document: &Document,
        is: (&str, String),
        fields: &[(&str, String)],
    ) -> Result<bool, AppError> {
        let key = document_key(&document.id);
        let swapped = self.redis.run(&self.scripts.swap_call(&key, is, fields)).await;
        self.known.forget_document(&document.id);
        swapped
    }

    /// Changes what is given of a link that is there.
    pub async fn change_link(&self, link: &LinkId, fields: &[LinkField]) -> Result<(), AppError> {
        let fields: Vec<(&str, String)> = fields.iter().map(LinkField::stored).collect();
        let changed = self.change(&keys::record(link), &fields).await?;
        self.known.forget(link);
        if changed { Ok(()) } else { Err(AppError::LinkNotFound) }
    }

    /// Strikes a link out whose record is gone.
    pub async fn strike_link(&self, link: &Link) -> Result<(), AppError> {
        self.known.forget(&link.id);
        self.take(&links_key(&link.document), link.id.as_str()).await
    }

    /// Strikes a document out. Its links must be gone by then.
    pub async fn strike_document(&self, document: &Document) -> Result<(), AppError> {
        let mut command = redis::cmd("UNLINK");
        command.arg(&[document_key(&document.id), links_key(&document.id)]);
        let _gone: u64 = self.redis.query(&command).await?;
        self.known.forget_document(&document.id);
        self.take(&owner_key(document.owner.as_ref()), document.id.as_str()).await
    }

    /// Gives all documents of one owner, or of nobody, to another.
    pub async fn hand_over(&self, from: Option<&OwnerId>, to: &OwnerId) -> Result<(), AppError> {
        for document in self.documents_of(from).await? {
            self.add(&owner_key(Some(to)), document.id.as_str()).await?;
            self.change_document(&document.id, &[("owner", to.to_string())]).await?;
            self.take(&owner_key(from), document.id.as_str()).await?;
        }
        Ok(())
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

fn document_key(document: &DocumentId) -> String {
    format!("send:document:{{{document}}}")
}

fn links_key(document: &DocumentId) -> String {
    format!("send:links:{{{document}}}")
}

fn owner_key(owner: Option<&OwnerId>) -> String {
    format!("send:documents:{{{}}}", owner.map_or(NOBODY, |owner| owner.as_str()))
}
