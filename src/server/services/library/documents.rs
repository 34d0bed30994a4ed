//! Documents: upload, rename, replace, delete.

use std::{error::Error, time::Duration};

use futures::Stream;
use tokio::time::sleep;
use tokio_util::bytes::Bytes;
use tracing::Instrument;

use super::{ID_LENGTH, Library};
use crate::{
    error::AppError,
    model::{
        AccountAction, DocumentChange, DocumentId, DocumentSummary, Invalid, LinkCounts, LinkId,
        MAX_ALT_LENGTH, MAX_TITLE_LENGTH, OwnerId,
    },
    server::{
        services::{ownership::own_document, requester::Requester},
        store::{
            catalogue::{Document, Link},
            random,
            stored_file::StoredFile,
        },
    },
};

/// How often it is tried to learn from a Redis that does not answer whether a stored file's document was entered.
const SETTLE_INTERVAL: Duration = Duration::from_millis(500);

/// A title as it is stored: trimmed, without control characters, 1 to [`MAX_TITLE_LENGTH`] characters.
pub fn check_title(title: &str) -> Result<String, Invalid> {
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    let title = title.trim();
    if title.is_empty() || title.chars().count() > MAX_TITLE_LENGTH {
        return Err(Invalid::new("title", format!("must have 1 to {MAX_TITLE_LENGTH} characters")));
    }
    Ok(title.to_owned())
}

/// The description of an image as it is stored: on one line, without control characters, [`MAX_ALT_LENGTH`] characters at
/// most.
fn check_alt(alt: &str) -> Result<String, Invalid> {
    let alt = alt.split_whitespace().collect::<Vec<_>>().join(" ");
    let alt: String = alt.chars().filter(|c| !c.is_control()).collect();
    if alt.chars().count() > MAX_ALT_LENGTH {
        return Err(Invalid::new("alt", format!("must have {MAX_ALT_LENGTH} characters at most")));
    }
    Ok(alt)
}

impl Library {
    /// Checks that a document is the requester's. [`AppError::DocumentNotFound`].
    pub async fn check_document(&self, document: &DocumentId, requester: &Requester) -> Result<(), AppError> {
        own_document(&self.catalogue, document, requester).await.map(|_| ())
    }

    /// Adds a document of the requester.
    pub async fn upload<E: Error>(
        &self,
        title: &str,
        bytes: impl Stream<Item = Result<Bytes, E>>,
        requester: &Requester,
    ) -> Result<DocumentSummary, AppError> {
        let owner = &requester.owner()?.owner_id;
        let title = check_title(title)?;
        let _permit = self.rate_limits.upload(owner)?;
        self.quotas.check_documents(self.catalogue.count(owner).await?)?;
        self.check_bytes(owner).await?;
        let document = self.add_document(Some(owner), title, bytes).await?;
        Ok(document.summary(Vec::new(), 0, None))
    }

    /// Refuses a file of an owner whose files take their quota of bytes.
    async fn check_bytes(&self, owner: &OwnerId) -> Result<(), AppError> {
        if self.quotas.bytes.is_none() {
            return Ok(());
        }
        let documents = self.catalogue.documents_of(Some(owner)).await?;
        let previous =
            |document: &Document| document.previous.as_ref().map_or(0, |previous| previous.file.size);
        self.quotas
            .check_bytes(documents.iter().map(|document| document.file.size + previous(document)).sum())
    }

    /// Stores a file and enters its document in the catalogue; after an error neither is left. Without an owner the
    /// document becomes the first owner's.
    pub async fn add_document<E: Error>(
        &self,
        owner: Option<&OwnerId>,
        title: String,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Document, AppError> {
        let id: DocumentId = random::token(ID_LENGTH)?.parse().map_err(|_| AppError::Internal)?;
        let file = self.files.of_owner(owner).receive(&id, bytes).await?;
        let created_at = self.clock.now();
        let owner = owner.cloned();
        let document = Document { id, owner, title, alt: String::new(), file, previous: None, created_at };
        // A task of its own: a stored file is entered or removed even if the client disconnects.
        let entering = tokio::spawn(self.clone().enter(document).in_current_span());
        entering.await.map_err(|_| AppError::Internal)?
    }

    async fn enter(self, document: Document) -> Result<Document, AppError> {
        let error = match self.catalogue.add_document(&document).await {
            Ok(()) => return Ok(document),
            Err(error) => error,
        };
        self.remove_unless_entered(document.id, document.file.version).await;
        Err(error)
    }

    /// Removes a stored file after a failure, unless its document names it: Redis may have made the change without
    /// answering in time. While Redis does not answer, this continues in the background.
    async fn remove_unless_entered(self, document: DocumentId, version: String) {
        if self.try_settle(&document, &version).await {
            return;
        }
        tokio::spawn(async move {
            while !self.try_settle(&document, &version).await {
                sleep(SETTLE_INTERVAL).await;
            }
        });
    }

    /// Removes a stored file that its document does not name. Returns `false` while Redis does not answer.
    async fn try_settle(&self, document: &DocumentId, version: &str) -> bool {
        match self.catalogue.document(document).await {
            Err(AppError::Unavailable) => return false,
            Ok(found) if found.file_of(version).is_some() => {}
            // A failure is logged where it happens.
            Ok(_) => drop(self.files.remove_version(document, version).await),
            Err(AppError::DocumentNotFound) => drop(self.files.remove(document).await),
            Err(_) => {}
        }
        true
    }

    /// Renames a document of the requester.
    pub async fn rename(
        &self,
        document: &DocumentId,
        title: &str,
        requester: &Requester,
    ) -> Result<(), AppError> {
        let document = own_document(&self.catalogue, document, requester).await?;
        self.catalogue.rename(&document, check_title(title)?).await
    }

    /// Says what an image of the requester shows.
    pub async fn set_alt(
        &self,
        document: &DocumentId,
        alt: &str,
        requester: &Requester,
    ) -> Result<(), AppError> {
        let document = own_document(&self.catalogue, document, requester).await?;
        self.catalogue.set_alt(&document.id, check_alt(alt)?).await
    }

    /// Changes a document and returns it with its links. They are read first: a saved change must not be answered with an
    /// error because it cannot be read back.
    pub async fn change_and_describe(
        &self,
        document: &DocumentId,
        change: DocumentChange,
        requester: &Requester,
    ) -> Result<DocumentSummary, AppError> {
        let mut changed = own_document(&self.catalogue, document, requester).await?;
        let links = self.catalogue.links_of(document).await?;
        let DocumentChange { title, alt } = change;
        let alt = alt.as_deref().map(check_alt).transpose()?;
        // A change of nothing is a title that was forgotten.
        let title = title.or_else(|| alt.is_none().then(String::new));
        if let Some(title) = title.as_deref().map(check_title).transpose()? {
            self.catalogue.rename(&changed, title.clone()).await?;
            changed.title = title;
        }
        if let Some(alt) = alt {
            self.catalogue.set_alt(document, alt.clone()).await?;
            changed.alt = alt;
        }
        Ok(self.describe(&changed, links, requester).await)
    }

    /// A document after a change, with those numbers that can be read.
    async fn describe(
        &self,
        document: &Document,
        links: Vec<Link>,
        requester: &Requester,
    ) -> DocumentSummary {
        let ids: Vec<LinkId> = links.iter().map(|link| link.id.clone()).collect();
        let counts = self.analytics.counts(&ids).await;
        let last_view = match &document.owner {
            Some(owner) => self.catalogue.last_views(owner, std::slice::from_ref(&document.id)).await,
            None => Ok(Vec::new()),
        };
        let now = self.clock.now();
        let row = |(link, counts): (&Link, Result<LinkCounts, AppError>)| {
            link.summary(document, &requester.origin, now, counts.ok())
        };
        let rows = links.iter().zip(counts).map(row).collect();
        document.summary(rows, 0, last_view.ok().and_then(|mut views| views.pop().flatten()))
    }

    /// Replaces the file of a document. Links and numbers stay; readers may finish the old file.
    pub async fn replace<E: Error>(
        &self,
        document: &DocumentId,
        bytes: impl Stream<Item = Result<Bytes, E>>,
        requester: &Requester,
    ) -> Result<DocumentSummary, AppError> {
        own_document(&self.catalogue, document, requester).await?;
        let owner = &requester.owner()?.owner_id;
        let _permit = self.rate_limits.upload(owner)?;
        self.check_bytes(owner).await?;
        // As in `change_and_describe`.
        let links = self.catalogue.links_of(document).await?;
        let file = self.files.of_owner(Some(owner)).receive(document, bytes).await?;
        // As in `add_document`.
        let replacing = tokio::spawn(self.clone().put_in_place(document.clone(), file).in_current_span());
        let replaced = replacing.await.map_err(|_| AppError::Internal)??;
        Ok(self.describe(&replaced, links, requester).await)
    }

    async fn put_in_place(self, document: DocumentId, file: StoredFile) -> Result<Document, AppError> {
        match self.swap_files(&document, &file).await {
            Ok(before) => {
                // One previous file is kept: two replacements within a day end the first file's readers.
                if let Some(older) = &before.previous {
                    // Logged where it fails. The replacement is saved.
                    let _ = self.files.remove_version(&document, &older.file.version).await;
                }
                Ok(Document { file, ..before })
            }
            Err(error) => {
                self.remove_unless_entered(document, file.version).await;
                Err(error)
            }
        }
    }

    /// Puts `file` in place of the current one. Returns the document as it was before.
    async fn swap_files(&self, document: &DocumentId, file: &StoredFile) -> Result<Document, AppError> {
        loop {
            let before = self.catalogue.document(document).await?;
            if self.catalogue.replace_file(&before, file, self.clock.now()).await? {
                return Ok(before);
            }
        }
    }

    /// Deletes a document of the requester with its file, its links and their numbers.
    pub async fn delete_document(
        &self,
        document: &DocumentId,
        requester: &Requester,
    ) -> Result<(), AppError> {
        let document = own_document(&self.catalogue, document, requester).await?;
        self.remove_document(&document).await?;
        self.audit.note(requester, AccountAction::DocumentDeleted, document.id.as_str()).await;
        Ok(())
    }

    /// Removes a document. After a failure it is still listed, and can be deleted again.
    pub async fn remove_document(&self, document: &Document) -> Result<(), AppError> {
        for link in self.catalogue.links_of(&document.id).await? {
            self.remove_link(&link, document.owner.as_ref()).await?;
        }
        self.files.remove(&document.id).await?;
        self.catalogue.remove_document(document).await
    }

    pub(super) async fn remove_link(&self, link: &Link, owner: Option<&OwnerId>) -> Result<(), AppError> {
        self.visits.note_removal(&link.id).await?;
        self.analytics.forget(&link.id).await?;
        // After a failure, which is logged, the sealer removes the files.
        let _ = self.visits.forget(&link.id).await;
        self.catalogue.remove_link(link, owner).await
    }
}
