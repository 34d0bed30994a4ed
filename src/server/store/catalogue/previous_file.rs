//! Replacing the file of a document: the previous one stays for its readers, and is removed in time.

use super::{
    super::{stored_file::StoredFile, time_index::Due},
    Catalogue, Document, PreviousFile, document_key,
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
        let previous = Some(PreviousFile { file: before.file.clone(), replaced_at });
        let fields = [("file", json(file)?), ("previous", json(&previous)?)];
        self.swap(before, ("file", json(&before.file)?), &fields).await
    }

    /// Removes the previous file from a record; `false` when the document has another one now.
    pub async fn forget_previous_file(&self, document: &Document) -> Result<bool, AppError> {
        let none = [("previous", json(&None::<PreviousFile>)?)];
        self.swap(document, ("previous", json(&document.previous)?), &none).await
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

    /// Changes fields of a document if one field is still as given; `false` when it is not.
    async fn swap(
        &self,
        document: &Document,
        is: (&str, String),
        fields: &[(&str, String)],
    ) -> Result<bool, AppError> {
        let key = document_key(&document.id);
        let swapped = self.redis.run(&self.scripts.swap_call(&key, is, fields)).await;
        self.cache.documents.forget(&document.id).await;
        if swapped == Ok(true) {
            self.announce_change(document.owner.as_ref()).await;
        }
        swapped
    }
}
