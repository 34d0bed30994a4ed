//! Sealed visits: immutable [Parquet](https://parquet.apache.org/docs/file-format/) files in the object store that keeps
//! the documents.
//!
//! ```text
//! visits/{linkId}/{first id}_{last id}_{random}.parquet     below the data folder, or below the prefix in the bucket
//! ```
//!
//! A file is never changed: it is replaced by one with another name. Which files count is decided where their list is
//! kept; nothing here knows that list.

mod columns;
mod compaction;
mod encode;
mod error;
mod file;
mod key_filter;
mod rewrite;
mod row;
mod row_group;
mod scan;
mod schema;
mod seal;
mod stats;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures::TryStreamExt;
use object_store::{Error, ObjectStoreExt, path::Path};
use tokio::sync::Semaphore;
use tokio_util::bytes::Bytes;

use self::file::SealedFile;
pub use self::{
    compaction::{MAX_VISITS_PER_FILE, to_merge},
    encode::{EncodedFile, encode},
    error::{Damage, SealedError, Unfit},
    key_filter::KeyFilter,
    rewrite::Rewritten,
    row::SealedRow,
    scan::ScanBounds,
    stats::{FileName, FileStats, Person},
};
use crate::{
    model::{LinkId, Visit},
    server::store::objects::Objects,
};

/// The folder of sealed visits. Links have a folder each in it.
const FOLDER: &str = "visits";
const EXTENSION: &str = ".parquet";

/// The sealed visits of all links. Cheap to clone.
#[derive(Clone)]
pub struct SealedVisits {
    objects: Objects,
    /// Bounds how many threads encode or decode at once.
    workers: Arc<Semaphore>,
}

impl SealedVisits {
    /// Sealed visits in an object store.
    pub fn new(objects: Objects) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self { objects, workers: Arc::new(Semaphore::new(workers)) }
    }

    /// Writes visits, whose ids must ascend, as a file of the link with this name.
    pub async fn write(
        &self,
        link: &LinkId,
        name: FileName,
        visits: Vec<Visit>,
    ) -> Result<FileStats, SealedError> {
        let file = self.blocking(move || encode(&visits)).await??;
        self.put(link, name, file).await
    }

    /// The files of a link, the oldest first, whether or not they count.
    pub async fn list(&self, link: &LinkId) -> Result<Vec<FileName>, SealedError> {
        let files = self.objects.store().list(Some(&self.folder(link)));
        let name = |file: object_store::ObjectMeta| {
            file.location.filename()?.strip_suffix(EXTENSION)?.parse::<FileName>().ok()
        };
        let mut names: Vec<_> = files.try_filter_map(async |file| Ok(name(file))).try_collect().await?;
        names.sort();
        Ok(names)
    }

    /// Reads a whole file for its statistics: for a list of files that was lost.
    pub async fn inspect(&self, link: &LinkId, name: &FileName) -> Result<FileStats, SealedError> {
        let bytes = self.fetch(link, name).await?;
        let found = self.blocking(move || SealedFile::open(bytes.clone())?.stats(bytes.len())).await?;
        let stats = found.and_then(|stats| stats.ok_or_else(|| Damage::new("it holds no visit")));
        let stats = stats.map_err(|damage| self.damaged(link, name, damage))?;
        Ok(FileStats { name: *name, ..stats })
    }

    /// Removes files. A missing one is no error.
    pub async fn remove(&self, link: &LinkId, names: &[FileName]) -> Result<(), SealedError> {
        for name in names {
            match self.objects.store().delete(&self.path(link, name)).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Removes all files of a link, whether or not they count.
    pub async fn remove_all(&self, link: &LinkId) -> Result<(), SealedError> {
        let files = self.list(link).await?;
        self.remove(link, &files).await
    }

    async fn put(&self, link: &LinkId, name: FileName, file: EncodedFile) -> Result<FileStats, SealedError> {
        self.objects.store().put(&self.path(link, &name), file.bytes.into()).await?;
        Ok(FileStats { name, ..file.stats })
    }

    async fn open(&self, link: &LinkId, name: &FileName) -> Result<SealedFile, SealedError> {
        let bytes = self.fetch(link, name).await?;
        let opened = self.blocking(move || SealedFile::open(bytes)).await?;
        opened.map_err(|damage| self.damaged(link, name, damage))
    }

    async fn fetch(&self, link: &LinkId, name: &FileName) -> Result<Bytes, SealedError> {
        let path = self.path(link, name);
        match self.objects.store().get(&path).await {
            Ok(found) => Ok(found.bytes().await?),
            Err(Error::NotFound { .. }) => Err(SealedError::Missing { file: path.to_string(), name: *name }),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs work that takes milliseconds of a processor, away from the threads that answer requests.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SealedError> {
        let permit = self.workers.clone().acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        Ok(done.await?)
    }

    fn damaged(&self, link: &LinkId, name: &FileName, damage: Damage) -> SealedError {
        SealedError::Damaged { file: self.path(link, name).to_string(), name: *name, damage }
    }

    fn folder(&self, link: &LinkId) -> Path {
        self.objects.path(FOLDER).join(link.as_str())
    }

    fn path(&self, link: &LinkId, name: &FileName) -> Path {
        self.folder(link).join(format!("{name}{EXTENSION}"))
    }
}
