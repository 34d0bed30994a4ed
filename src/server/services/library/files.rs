//! Files of documents: previews, thumbnails and downloads for the owner, and the removal of previous files.

use std::io;

use futures::stream::BoxStream;
use tokio_util::bytes::Bytes;

use super::Library;
use crate::{
    error::AppError,
    model::{AccountAction, DocumentId, FileKind, ShownDocument, address},
    server::{
        services::{ownership::own_document, requester::Requester},
        store::{
            catalogue::{Document, PREVIOUS_FILE_LIFE_MS},
            files::{FileStore, Picture},
            time_index::Due,
        },
    },
};

/// A file to be downloaded.
pub struct Download {
    /// The document's title.
    pub title: String,
    /// The kind of file.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes.
    pub bytes: BoxStream<'static, Result<Bytes, io::Error>>,
}

impl Download {
    /// Opens the current file of a document.
    pub(in crate::server::services) async fn open(
        files: &FileStore,
        document: &Document,
    ) -> Result<Self, AppError> {
        let file = &document.file;
        let bytes = files.original(&document.id, file).await?;
        Ok(Self { title: document.title.clone(), kind: file.kind, size: file.size, bytes })
    }
}

impl Library {
    /// A document of the requester for a preview, without a link.
    pub async fn preview(
        &self,
        document: &DocumentId,
        requester: &Requester,
    ) -> Result<ShownDocument, AppError> {
        let Document { id, title, alt, file, .. } =
            own_document(&self.catalogue, document, requester).await?;
        if self.files.is_missing(&id, &file.version).await {
            return Err(AppError::FileMissing);
        }
        let path = address::document_record(&id);
        Ok(ShownDocument {
            record: path.clone(),
            path,
            title,
            pages: file.pages.into(),
            kind: file.kind,
            alt,
            version: file.version,
            download: None,
            copying: true,
        })
    }

    /// A small picture of a document's first page.
    pub async fn thumbnail(
        &self,
        document: &DocumentId,
        reads_webp: bool,
        requester: &Requester,
    ) -> Result<Picture, AppError> {
        let document = own_document(&self.catalogue, document, requester).await?;
        self.files.of_owner(document.owner.as_ref()).thumbnail(&document.id, &document.file, reads_webp).await
    }

    /// The file of a document, for its owner.
    pub async fn file(&self, document: &DocumentId, requester: &Requester) -> Result<Download, AppError> {
        let document = own_document(&self.catalogue, document, requester).await?;
        let file = Download::open(&self.files, &document).await?;
        self.audit.note(requester, AccountAction::FileDownloaded, document.id.as_str()).await;
        Ok(file)
    }

    /// Removes previous files that were replaced [`PREVIOUS_FILE_LIFE_MS`] ago, of at most `most` documents. Returns the
    /// number of documents. One round trip when there are none.
    pub async fn remove_previous_files(&self, most: usize) -> Result<usize, AppError> {
        let due = self.catalogue.take_previous_files(self.clock.now(), most).await?;
        for due in &due {
            // The other documents are swept all the same; this one's lease ends, and it is tried again.
            if let Err(error) = self.remove_previous_file(due).await {
                tracing::error!(document = due.name, %error, "a previous file cannot be removed");
            }
        }
        Ok(due.len())
    }

    async fn remove_previous_file(&self, due: &Due) -> Result<(), AppError> {
        let document = match self.catalogue.document(&due.name.parse()?).await {
            Err(AppError::DocumentNotFound) => return self.catalogue.settle_previous_file(due, None).await,
            read => read?,
        };
        let Some(previous) = &document.previous else {
            return self.catalogue.settle_previous_file(due, None).await;
        };
        let ends_at = previous.replaced_at + PREVIOUS_FILE_LIFE_MS;
        if self.clock.now() < ends_at {
            return self.catalogue.settle_previous_file(due, Some(ends_at)).await;
        }
        if self.catalogue.forget_previous_file(&document).await? {
            self.files.remove_version(&document.id, &previous.file.version).await?;
        }
        self.catalogue.settle_previous_file(due, None).await
    }
}
