//! Sealed visits: immutable [Parquet](https://parquet.apache.org/docs/file-format/) files in the object store that keeps
//! the documents.
//!
//! ```text
//! visits/{linkId}/{first id}_{last id}.parquet     below the data folder, or below the prefix in the bucket
//! ```
//!
//! A file's name is a function of the ids in it, and the same visits give the same bytes: a server that is killed
//! between writing a file and listing it leaves what the next one writes again. Which files count, and that none is
//! merged while it is rewritten, is decided where the list of files is kept; nothing here knows that list.

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
    stats::{FileRange, FileStats, Person},
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

    /// Writes visits, whose ids must ascend, as one file of the link. Writing the same visits again changes nothing.
    pub async fn write(&self, link: &LinkId, visits: Vec<Visit>) -> Result<FileStats, SealedError> {
        let file = self.blocking(move || encode(&visits)).await??;
        self.put(link, file).await
    }

    /// The files of a link, the oldest first, whether or not they count.
    pub async fn list(&self, link: &LinkId) -> Result<Vec<FileRange>, SealedError> {
        let files = self.objects.store().list(Some(&self.folder(link)));
        let name = |file: object_store::ObjectMeta| {
            file.location.filename()?.strip_suffix(EXTENSION)?.parse::<FileRange>().ok()
        };
        let mut ranges: Vec<_> = files.try_filter_map(async |file| Ok(name(file))).try_collect().await?;
        ranges.sort();
        Ok(ranges)
    }

    /// Reads a whole file for its statistics: for a list of files that was lost.
    pub async fn inspect(&self, link: &LinkId, range: &FileRange) -> Result<FileStats, SealedError> {
        let bytes = self.fetch(link, range).await?;
        let found = self.blocking(move || SealedFile::open(bytes.clone())?.stats(bytes.len())).await?;
        let stats = found.and_then(|stats| stats.ok_or_else(|| Damage::new("it holds no visit")));
        let stats = stats.map_err(|damage| self.damaged(link, range, damage))?;
        Ok(FileStats { range: *range, ..stats })
    }

    /// Removes files. A missing one is no error.
    pub async fn remove(&self, link: &LinkId, ranges: &[FileRange]) -> Result<(), SealedError> {
        for range in ranges {
            match self.objects.store().delete(&self.path(link, range)).await {
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

    async fn put(&self, link: &LinkId, file: EncodedFile) -> Result<FileStats, SealedError> {
        self.objects.store().put(&self.path(link, &file.stats.range), file.bytes.into()).await?;
        Ok(file.stats)
    }

    async fn open(&self, link: &LinkId, range: &FileRange) -> Result<SealedFile, SealedError> {
        let bytes = self.fetch(link, range).await?;
        let opened = self.blocking(move || SealedFile::open(bytes)).await?;
        opened.map_err(|damage| self.damaged(link, range, damage))
    }

    async fn fetch(&self, link: &LinkId, range: &FileRange) -> Result<Bytes, SealedError> {
        let path = self.path(link, range);
        match self.objects.store().get(&path).await {
            Ok(found) => Ok(found.bytes().await?),
            Err(Error::NotFound { .. }) => Err(SealedError::Missing { file: path.to_string() }),
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

    fn damaged(&self, link: &LinkId, range: &FileRange, damage: Damage) -> SealedError {
        SealedError::Damaged { file: self.path(link, range).to_string(), damage }
    }

    fn folder(&self, link: &LinkId) -> Path {
        self.objects.path(FOLDER).join(link.as_str())
    }

    fn path(&self, link: &LinkId, range: &FileRange) -> Path {
        self.folder(link).join(format!("{range}{EXTENSION}"))
    }
}
