//! The original that something is made of, as a local file.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokio::fs;

use super::{PageRequest, Pages, cache::Pin, write_error};
use crate::server::store::files::{incoming::Draft, renderer::TaskError, turns::Subject};

impl Pages {
    /// The original as a local file; from other storage it is fetched once and cached like a picture.
    pub(super) async fn original(&self, request: &PageRequest) -> io::Result<Original> {
        let PageRequest { subject: Subject { document, .. }, version, .. } = request;
        if let Some(path) = self.store.local_path(document, version) {
            return Ok(Original::Stored(path));
        }
        let path = self.folder_of(document).join(format!("{version}-original"));
        let lock = self.lock(&path);
        let _guard = lock.lock().await;
        if fs::try_exists(&path).await?
            && let Some(pin) = self.cache.pin(&path)
        {
            return Ok(Original::Cached(path, pin));
        }
        let removals = self.cache.removals();
        let pieces = self.store.read(document, version).await?;
        let (draft, _) = self.incoming.write(pieces, u64::MAX).await.map_err(write_error)?;
        let (draft, pin) = self.admit(draft, &path, removals).await?;
        Ok(pin.map_or(Original::Temporary(draft), |pin| Original::Cached(path, pin)))
    }
}

/// A local file to render from, which is not removed while this lives.
pub(super) enum Original {
    /// In local storage.
    Stored(PathBuf),
    /// In the cache.
    Cached(PathBuf, #[expect(dead_code, reason = "dropping it unpins the file")] Pin),
    /// Fetched for this rendering only.
    Temporary(Draft),
}

impl Original {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Stored(path) | Self::Cached(path, _) => path,
            Self::Temporary(draft) => draft.path(),
        }
    }
}

/// Why there is no original.
pub(super) fn unfetched(error: &io::Error) -> TaskError {
    if error.kind() == io::ErrorKind::NotFound {
        TaskError::Missing
    } else {
        TaskError::Server(format!("the file cannot be fetched: {error}"))
    }
}
