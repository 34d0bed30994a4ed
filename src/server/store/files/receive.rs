//! How an upload becomes a version of a document's file.

use std::io;

use futures::Stream;
use tokio_util::bytes::Bytes;
use tracing::Instrument;

use super::{
    FileStore, UploadError,
    file::{FileError, Inspected, first_picture},
    incoming::Draft,
    new_version::NewVersion,
    pages::Made,
};
use crate::{
    model::{DocumentId, MAX_FILE_SIZE},
    server::store::stored_file::StoredFile,
};

impl FileStore {
    /// Streams an upload to disk, checks it and stores it under a new random version. Removes it again if it is
    /// refused, or if the caller drops the future. Memory does not grow with the file.
    pub async fn receive<E: std::error::Error>(
        &self,
        document: &DocumentId,
        upload: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<StoredFile, UploadError> {
        self.try_receive(document, upload).await.map_err(|error| match error {
            UploadError::Storage(error) if self.room.is_lacking(&error) => UploadError::NoRoom,
            error => error,
        })
    }

    async fn try_receive<E: std::error::Error>(
        &self,
        document: &DocumentId,
        upload: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<StoredFile, UploadError> {
        let (draft, size) = self.incoming.write(upload, MAX_FILE_SIZE).await?;
        if size == 0 {
            return Err(UploadError::Refused(FileError::Empty));
        }
        let Inspected { kind, pages, remarks, first_page } =
            self.renderer.inspect(self.subject(document), draft.path()).await??;
        let version = draft.name().to_owned();
        // A task of its own: a write to storage must be completed or undone even if the client disconnects.
        let removals = self.pages.removals();
        let storing = tokio::spawn(self.clone().put(document.clone(), draft).in_current_span());
        let stored = storing.await.map_err(io::Error::other)??;
        let file = StoredFile { version, kind, size, pages, remarks };
        self.keep_first_page(document, &file, first_page, removals).await;
        stored.keep();
        Ok(file)
    }

    /// Puts the picture of the first page, which its check has drawn, into the cache.
    async fn keep_first_page(
        &self,
        document: &DocumentId,
        file: &StoredFile,
        picture: Vec<u8>,
        removals: u64,
    ) {
        if let Some(page) = file.pages.first() {
            let (size, format) = first_picture(*page, file.kind);
            let request = self.page_request(document, file, Made::Picture(1, size, format));
            self.pages.keep(&request, picture.into(), removals).await;
        }
    }

    async fn put(self, document: DocumentId, draft: Draft) -> io::Result<NewVersion> {
        self.store.put(&document, draft.name(), &draft).await?;
        Ok(NewVersion::new(self, document, draft.name()))
    }
}
