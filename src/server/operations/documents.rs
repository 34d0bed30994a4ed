//! What owners do with documents: upload, rename, replace, delete.

use std::error::Error;

use axum::body::Bytes;
use futures::Stream;

use super::reading::Download;
use crate::{
    error::AppError,
    model::{DocumentId, DocumentSummary, Invalid, MAX_TITLE_LENGTH, OwnerId},
    server::{
        AppState,
        asker::Asker,
        catalogue::{Document, Link, Previous},
        documents::{Picture, StoredFile},
        random,
    },
};

/// How long a file that was replaced can still be read by whoever began with it, in milliseconds.
const PREVIOUS_LIFE: i64 = 24 * 60 * 60 * 1_000;
/// How long a random id is, in characters of five bits.
pub(super) const ID_LENGTH: usize = 16;

/// A title as it is kept: without line breaks and the like, 1 to [`MAX_TITLE_LENGTH`] characters.
pub fn check_title(title: &str) -> Result<String, Invalid> {
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    let title = title.trim();
    if title.is_empty() || title.chars().count() > MAX_TITLE_LENGTH {
        return Err(Invalid::new("title", format!("must have 1 to {MAX_TITLE_LENGTH} characters")));
    }
    Ok(title.to_owned())
}

impl AppState {
    /// Takes in a new document of the asker.
    pub async fn upload<E: Error>(
        &self,
        title: &str,
        bytes: impl Stream<Item = Result<Bytes, E>>,
        asker: &Asker,
    ) -> Result<DocumentSummary, AppError> {
        let owner = &asker.owner()?.owner_id;
        let title = check_title(title)?;
        let _place = self.limits.upload(owner)?;
        let document = self.take_in(Some(owner), title, bytes).await?;
        Ok(document.described(Vec::new()))
    }

    /// Takes in a new document of whoever it belongs to, all of it or nothing.
    pub async fn take_in<E: Error>(
        &self,
        owner: Option<&OwnerId>,
        title: String,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Document, AppError> {
        let id: DocumentId = random::token(ID_LENGTH)?.parse().map_err(|_| AppError::Internal)?;
        let file = self.documents.receive(&id, bytes).await?;
        let created_at = self.analytics.clock().now();
        let document = Document { id, owner: owner.cloned(), title, file, previous: None, created_at };
        // A task of its own: a file that is stored must be entered or removed, whoever goes away.
        let entering = tokio::spawn(self.clone().enter(document));
        entering.await.map_err(|_| AppError::Internal)?
    }

    async fn enter(self, document: Document) -> Result<Document, AppError> {
        match self.catalogue.add_document(&document).await {
            Ok(()) => Ok(document),
            Err(error) => {
                self.documents.remove(&document.id).await?;
                Err(error)
            }
        }
    }

    /// Gives a document another title.
    pub async fn rename(&self, document: &DocumentId, title: &str, asker: &Asker) -> Result<(), AppError> {
        self.own_document(document, asker).await?;
        let title = check_title(title)?;
        self.catalogue.change_document(document, &[("title", title)]).await
    }

    /// Gives a document another file. Its links and their numbers stay; whoever is reading may read the old
    /// file to its end.
    pub async fn replace<E: Error>(
        &self,
        document: &DocumentId,
        bytes: impl Stream<Item = Result<Bytes, E>>,
        asker: &Asker,
    ) -> Result<DocumentSummary, AppError> {
        self.own_document(document, asker).await?;
        let _place = self.limits.upload(&asker.owner()?.owner_id)?;
        let file = self.documents.receive(document, bytes).await?;
        // As in `take_in`.
        let putting = tokio::spawn(self.clone().put_in_place(document.clone(), file));
        putting.await.map_err(|_| AppError::Internal)??;
        self.document(document, asker).await
    }

    async fn put_in_place(self, document: DocumentId, file: StoredFile) -> Result<(), AppError> {
        match self.try_to_put_in_place(&document, &file).await {
            // One file before is kept: of two replacements within a day, the first one's readers see an end.
            Ok(Some(older)) => self.documents.remove_version(&document, &older.file.version).await,
            Ok(None) => Ok(()),
            Err(error) => {
                self.documents.remove_version(&document, &file.version).await?;
                Err(error)
            }
        }
    }

    async fn try_to_put_in_place(
        &self,
        document: &DocumentId,
        file: &StoredFile,
    ) -> Result<Option<Previous>, AppError> {
        loop {
            let before = self.catalogue.document(document).await?;
            if self.catalogue.replace_file(&before, file, self.analytics.clock().now()).await? {
                return Ok(before.previous);
            }
        }
    }

    /// Deletes a document with its file, its links and all their numbers.
    pub async fn delete_document(&self, document: &DocumentId, asker: &Asker) -> Result<(), AppError> {
        let document = self.own_document(document, asker).await?;
        self.remove_document(&document).await
    }

    /// What is left when this fails half way is still listed, and can be deleted again.
    pub async fn remove_document(&self, document: &Document) -> Result<(), AppError> {
        for link in self.catalogue.links_of(&document.id).await? {
            self.remove_link(&link).await?;
        }
        self.documents.remove(&document.id).await?;
        self.catalogue.strike_document(document).await
    }

    pub(super) async fn remove_link(&self, link: &Link) -> Result<(), AppError> {
        self.analytics.forget(&link.id).await?;
        self.catalogue.strike_link(link).await?;
        // Whoever watches it must not take what is left for its numbers.
        self.accounts.announce_change().await;
        Ok(())
    }

    /// A small picture of a document's first page.
    pub async fn thumbnail(&self, document: &DocumentId, asker: &Asker) -> Result<Picture, AppError> {
        let document = self.own_document(document, asker).await?;
        self.documents.thumbnail(&document.id, &document.file).await
    }

    /// The file of a document, for its owner.
    pub async fn own_file(&self, document: &DocumentId, asker: &Asker) -> Result<Download, AppError> {
        let document = self.own_document(document, asker).await?;
        self.original(&document).await
    }

    pub(super) async fn original(&self, document: &Document) -> Result<Download, AppError> {
        let file = &document.file;
        let bytes = self.documents.original(&document.id, file).await?;
        Ok(Download { title: document.title.clone(), kind: file.kind, size: file.size, bytes })
    }

    /// Removes files that were replaced so long ago that nobody reads them any more.
    pub async fn forget_previous(&self, document: &Document) -> Result<(), AppError> {
        let Some(previous) = &document.previous else { return Ok(()) };
        if self.analytics.clock().now() - previous.replaced_at < PREVIOUS_LIFE {
            return Ok(());
        }
        if self.catalogue.forget_previous(document).await? {
            self.documents.remove_version(&document.id, &previous.file.version).await?;
        }
        Ok(())
    }
}
