//! Rare work on many documents, which walks the lists: a change of owner, and the index after an update.

use std::time::Duration;

use super::{Catalogue, index::Entry, link_key, links_key, owner_key};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, OwnerId, VisitMails},
};

/// Exists once the links and documents of a version without indexes by time are in them.
const INDEXED: &str = "send:indexed:{sweep}";

impl Catalogue {
    /// Gives all documents of one owner, or without an owner, to another. May be repeated after a failure at any
    /// point: a document is in the new set before it leaves the old one.
    pub async fn hand_over(&self, from: Option<&OwnerId>, to: &OwnerId) -> Result<(), AppError> {
        for document in self.document_ids_of(from).await? {
            match self.document(&document).await {
                Ok(record) if record.owner.as_ref() == from => {
                    let entry = [Entry::of(&record)];
                    self.put_in_index(Some(to), &entry, false).await?;
                    self.change_document(&document, &[("owner", to.to_string())]).await?;
                    // Again, as in `add_document`.
                    self.put_in_index(Some(to), &entry, false).await?;
                }
                // A damaged record stays where it is.
                Err(AppError::Internal) => continue,
                // An earlier call gave it to the new owner, but failed before this.
                Ok(_) => {}
                // Another request is entering or deleting it at this moment.
                Err(AppError::DocumentNotFound) => continue,
                Err(error) => return Err(error),
            }
            self.remove_from_index(from, &[document.as_str()], Duration::ZERO).await?;
        }
        Ok(())
    }

    /// Whether all links and documents are in the indexes by time.
    pub async fn is_indexed(&self) -> Result<bool, AppError> {
        self.redis.query(redis::cmd("EXISTS").arg(INDEXED)).await
    }

    /// Notes that all links and documents are in the indexes by time.
    pub async fn set_indexed(&self) -> Result<(), AppError> {
        self.redis.query(redis::cmd("SET").arg(INDEXED).arg(1)).await
    }

    /// Says in the records of links which events are wanted there, by their letters. `generation` is that of the owner's
    /// channels: what was said as of a later one stays.
    pub async fn mark_links(&self, marks: &[(LinkId, String)], generation: u64) -> Result<(), AppError> {
        let calls: Vec<_> = marks
            .iter()
            .map(|(link, events)| self.scripts.mark_call(&link_key(link), generation, events))
            .collect();
        self.redis.run_many::<bool>(&calls).await.into_iter().try_for_each(|marked| marked.map(|_| ()))
    }

    /// Of which visits the owner of links is mailed, and what their records say of events: another text after each change of
    /// either. `None`: there is no record. In the order of the links.
    pub async fn events_of(&self, links: &[LinkId]) -> Result<Vec<Option<(VisitMails, String)>>, AppError> {
        type Fields = (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);
        let read = |link: &LinkId| {
            let mut command = redis::cmd("HMGET");
            command.arg(link_key(link)).arg(&["document", "mail", "version", "events-as-of", "events"]);
            command
        };
        let commands: Vec<redis::Cmd> = links.iter().map(read).collect();
        let found = self.redis.query_many::<Fields>(&commands).await.into_iter().map(|fields| {
            let (document, mail, version, as_of, events) = fields?;
            let mail = mail.and_then(|mail| mail.parse().ok()).unwrap_or_default();
            let said = [version, as_of, events].map(Option::unwrap_or_default).join(" ");
            Ok(document.map(|_| (mail, said)))
        });
        found.collect()
    }

    /// How many documents an owner has, by their list.
    pub async fn count(&self, owner: &OwnerId) -> Result<u64, AppError> {
        self.redis.query(redis::cmd("SCARD").arg(owner_key(Some(owner)))).await
    }

    /// How many links a document has, by its list.
    pub async fn count_links(&self, document: &DocumentId) -> Result<u64, AppError> {
        self.redis.query(redis::cmd("SCARD").arg(links_key(document))).await
    }

    /// How many links the documents of an owner have together. One round trip, and one for each hundred documents.
    pub async fn count_links_of(&self, owner: Option<&OwnerId>) -> Result<u64, AppError> {
        let documents = self.document_ids_of(owner).await?;
        let commands: Vec<redis::Cmd> = documents
            .iter()
            .map(|document| {
                let mut command = redis::cmd("SCARD");
                command.arg(links_key(document));
                command
            })
            .collect();
        self.redis.query_many::<u64>(&commands).await.into_iter().sum()
    }

    /// The links of a document by its list, without their records.
    pub async fn link_ids_of(&self, document: &DocumentId) -> Result<Vec<LinkId>, AppError> {
        self.members(&links_key(document)).await
    }

    /// The documents of an owner by their list, without their records.
    pub async fn document_ids_of(&self, owner: Option<&OwnerId>) -> Result<Vec<DocumentId>, AppError> {
        self.members(&owner_key(owner)).await
    }
}
