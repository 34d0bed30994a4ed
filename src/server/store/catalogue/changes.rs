//! Enters, changes and removes documents and links.

use std::time::Duration;

use super::{
    Catalogue, Document, Link, LinkField, VERSION_LENGTH, deleted_channel, document_key, index::Entry,
    link_key, links_key,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, OwnerId},
    server::store::{link_keys::BADGES_CHANGED, random},
};

impl Catalogue {
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

    pub(super) async fn change_document(
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
}
