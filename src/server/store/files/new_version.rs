//! A version that is removed again unless all goes well.

use super::FileStore;
use crate::model::DocumentId;

/// A version just stored. Dropping it removes the version and its pictures again, unless [`NewVersion::keep`] was
/// called.
pub(super) struct NewVersion {
    files: FileStore,
    document: DocumentId,
    version: Option<String>,
}

impl NewVersion {
    /// Of a file that was just stored.
    pub(super) fn new(files: FileStore, document: DocumentId, version: &str) -> Self {
        Self { files, document, version: Some(version.to_owned()) }
    }

    /// Lets it stay.
    pub(super) fn keep(mut self) {
        self.version = None;
    }
}

impl Drop for NewVersion {
    fn drop(&mut self) {
        if let Some(version) = self.version.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (files, document) = (self.files.clone(), self.document.clone());
            // It logs its own errors.
            runtime.spawn(async move { files.remove_version(&document, &version).await });
        }
    }
}
