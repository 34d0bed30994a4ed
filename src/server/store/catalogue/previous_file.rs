//! Replacing the file of a document: the previous one stays for its readers, and is removed in time.

use super::{
    super::{stored_file::StoredFile, time_index::Due},
    Catalogue, Document, document_key,
    record::json,
};
use crate::{error::AppError, model::DocumentId};

/// How long readers may finish a replaced file, in milliseconds.
pub const PREVIOUS_FILE_LIFE_MS: i64 = 24 * 60 * 60 * 1_000;
/// Documents with a previous file, by the time at which it is no longer needed. On one slot of its own.
pub(super) const PREVIOUS_FILES: &str = "send:previous-files:{sweep}";

impl Catalogue {
    /// Puts another file in place of the one that `before` has; `false` when another request has replaced that
    /// meanwhile.
    pub async fn replace_file(
        &self,
        before: &Document,
        file: &StoredFile,
        replaced_at: i64,
    ) -> Result<bool, AppError> {
        // Before the change: a file that no index names would never be removed.
        self.note_previous_file(&before.id, replaced_at).await?;
        let (key, file) = (document_key(&before.id), json(file)?);
        let call = self.scripts.replace_file_call(&key, &before.file.version, &file, replaced_at);
        self.changed(before, self.redis.run(&call).await).await
    }

    /// Removes the previous file from a record; `false` when the document has another one now.
    pub async fn forget_previous_file(&self, document: &Document) -> Result<bool, AppError> {
        let Some(previous) = &document.previous else { return Ok(false) };
        let key = document_key(&document.id);
        let call = self.scripts.forget_previous_call(&key, &previous.file.version);
        self.changed(document, self.redis.run(&call).await).await
    }

    /// Notes that a document may have a previous file that is to be removed in time.
    pub async fn note_previous_file(&self, document: &DocumentId, replaced_at: i64) -> Result<(), AppError> {
        self.previous_files.note(document.as_str(), replaced_at + PREVIOUS_FILE_LIFE_MS).await
    }

    /// Takes documents whose previous file may be no longer needed at `now`, in Unix milliseconds. One round trip.
    pub async fn take_previous_files(&self, now: i64, most: usize) -> Result<Vec<Due>, AppError> {
        self.previous_files.take(now, most).await
    }

    /// Ends what [`Catalogue::take_previous_files`] began; see [`TimeIndex::settle`](super::TimeIndex::settle).
    pub async fn settle_previous_file(&self, due: &Due, next: Option<i64>) -> Result<(), AppError> {
        self.previous_files.settle(due, next).await
    }

    /// Tells of a change of a document's files, if it was made.
    async fn changed(&self, document: &Document, changed: Result<bool, AppError>) -> Result<bool, AppError> {
        self.cache.documents.forget(&document.id).await;
        if changed == Ok(true) {
            self.announce_change(document.owner.as_ref()).await;
        }
        changed
    }
}
