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
        documents::Picture,
        random,
    },
};

/// How long a file that was replaced can still be read by whoever began with it, in milliseconds.
const PREVIOUS_LIFE: i64 = 24 * 60 * 60 * 1_000;
/// How long a random id is, in characters of five bits.
const ID_LENGTH: usize = 16;

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
        let id: DocumentId = random_id()?.parse().map_err(|_| AppError::Internal)?;
        let file = self.documents.take_in(&id, bytes).await?;
        let created_at = self.analytics.clock().now();
        let document = Document { id, owner: owner.cloned(), title, file, previous: None, created_at };
        if let Err(error) = self.catalogue.add_document(&document).await {
            self.documents.remove(&document.id).await?;
            return Err(error);
        }
        Ok(document)
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
        let before = self.own_document(document, asker).await?;
        let _place = self.limits.upload(&asker.owner()?.owner_id)?;
        let file = self.documents.take_in(document, bytes).await?;
        let previous = Previous { file: before.file, replaced_at: self.analytics.clock().now() };
        let json = |value: serde_json::Result<String>| value.map_err(|_| AppError::Internal);
        let fields = [
            ("file", json(serde_json::to_string(&file))?),
            ("previous", json(serde_json::to_string(&Some(&previous)))?),
        ];
        if let Err(error) = self.catalogue.change_document(document, &fields).await {
            self.documents.remove_version(document, &file.version).await?;
            return Err(error);
        }
        if let Some(older) = before.previous {
            self.documents.remove_version(document, &older.file.version).await?;
        }
        self.document(document, asker).await
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
        let none = [("previous", "null".to_owned())];
        self.catalogue.change_document(&document.id, &none).await?;
        self.documents.remove_version(&document.id, &previous.file.version).await
    }
}

pub(super) fn random_id() -> Result<String, AppError> {
    random::text(ID_LENGTH).map_err(|error| {
        tracing::error!(%error, "this machine gives no random bits");
        AppError::Internal
    })
}
