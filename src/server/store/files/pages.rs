//! What is made of a file when it is first asked for, and then kept in a bounded cache on disk: pictures of pages, the
//! text of pages, the outline.

mod cache;
mod failures;
mod original;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
    stream,
};
use tokio::{fs, sync::Mutex as AsyncMutex, task::spawn_blocking};
use tokio_util::bytes::Bytes;
use tracing::Instrument;

use self::{
    cache::{Cache, Pin},
    failures::Failures,
    original::unfetched,
};
use super::{
    incoming::{Draft, Incoming, WriteError},
    renderer::{Renderer, TaskError},
    room::Room,
    store::Store,
    turns::Subject,
};
use crate::{
    error::AppError,
    model::{DocumentId, PageSize, PictureFormat},
    server::instruments::CacheLoad,
};

/// The cache of rendered pages, and what renders them. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pages {
    folder: PathBuf,
    cache: Cache,
    incoming: Incoming,
    renderer: Renderer,
    room: Room,
    store: Store,
    failures: Failures,
    /// What is being made, by where it will be kept. Those who ask for the same share it, and the last to hang up ends
    /// it.
    under_way: Arc<Mutex<HashMap<PathBuf, WeakShared<Making>>>>,
    /// One lock for each original that is being fetched.
    fetch_locks: Arc<Mutex<HashMap<PathBuf, Weak<AsyncMutex<()>>>>>,
}

type Making = BoxFuture<'static, Result<Bytes, AppError>>;

/// A request for something that is made of a file.
pub(super) struct PageRequest {
    pub(super) subject: Subject,
    pub(super) version: String,
    pub(super) made: Made,
}

/// What is made of a file. Pages count from 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Made {
    /// The picture of a page.
    Picture(u32, PageSize, PictureFormat),
    /// A small picture of the first page.
    Thumbnail(PageSize, PictureFormat),
    /// The text of a page as JSON.
    Text(u32),
    /// The outline as JSON.
    Outline,
}

impl Made {
    /// Its file name within its version: it differs wherever the content does.
    fn name(self) -> String {
        match self {
            Self::Picture(page, size, format) => format!("{page}-{}.{}", size.width, format.extension()),
            Self::Thumbnail(_, format) => format!("thumbnail.{}", format.extension()),
            Self::Text(page) => format!("{page}.json"),
            Self::Outline => "outline.json".to_owned(),
        }
    }

    /// The page, or 0 for the outline.
    fn page(self) -> u32 {
        match self {
            Self::Picture(page, ..) | Self::Text(page) => page,
            Self::Thumbnail(..) => 1,
            Self::Outline => 0,
        }
    }

    async fn make(self, renderer: &Renderer, subject: Subject, file: &Path) -> Result<Vec<u8>, TaskError> {
        match self {
            Self::Picture(page, size, format) => renderer.picture(subject, file, page, size, format).await,
            Self::Thumbnail(size, format) => renderer.picture(subject, file, 1, size, format).await,
            Self::Text(page) => renderer.text(subject, file, page).await,
            Self::Outline => renderer.outline(subject, file).await,
        }
    }
}

impl Pages {
    /// Opens the folder. `limit` bounds its content, in bytes.
    pub(super) fn open(
        folder: PathBuf,
        limit: u64,
        incoming: Incoming,
        renderer: Renderer,
        room: Room,
        store: Store,
    ) -> io::Result<Self> {
        let cache = Cache::open(&folder, limit)?;
        let (under_way, fetch_locks) = Default::default();
        let failures = Failures::new();
        Ok(Self { folder, cache, incoming, renderer, room, store, failures, under_way, fetch_locks })
    }

    /// What is asked for, from the cache if it is there. [`AppError::PageUnreadable`] if it cannot be made,
    /// [`AppError::Full`] if too much waits to be.
    pub(super) async fn get(&self, request: PageRequest) -> Result<Bytes, AppError> {
        let path = self.path_of(&request);
        if let Some(kept) = self.read(&path).await {
            self.renderer.instruments.cache_hits.inc();
            return Ok(kept);
        }
        self.renderer.instruments.cache_misses.inc();
        if self.failures.has(&request) {
            return Err(AppError::PageUnreadable);
        }
        self.making(path, request).await
    }

    /// Begins to make something, or joins those who wait for it.
    fn making(&self, path: PathBuf, request: PageRequest) -> Shared<Making> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(making) = under_way.get(&path).and_then(WeakShared::upgrade) {
            return making;
        }
        under_way.retain(|_, making| making.upgrade().is_some());
        let making = self.clone().make(path.clone(), request).in_current_span().boxed().shared();
        if let Some(weak) = making.downgrade() {
            under_way.insert(path, weak);
        }
        making
    }

    /// What is kept.
    pub(super) fn load(&self) -> CacheLoad {
        self.cache.load()
    }

    /// How often files were removed from the cache so far; see [`Pages::keep`].
    pub(super) fn removals(&self) -> u64 {
        self.cache.removals()
    }

    /// Keeps what was made elsewhere, unless something was removed since `removals` was read.
    pub(super) async fn keep(&self, request: &PageRequest, made: Bytes, removals: u64) {
        self.keep_at(&self.path_of(request), made, removals).await;
    }

    /// What cannot be kept is made again when it is asked for.
    async fn keep_at(&self, path: &Path, made: Bytes, removals: u64) {
        if let Err(error) = self.store_at(path, made, removals).await
            && !self.room.is_lacking(&error)
        {
            tracing::error!(path = %path.display(), %error, "a rendered page cannot be cached");
        }
    }

    fn path_of(&self, request: &PageRequest) -> PathBuf {
        let name = format!("{}-{}", request.version, request.made.name());
        self.folder_of(&request.subject.document).join(name)
    }

    async fn make(self, path: PathBuf, request: PageRequest) -> Result<Bytes, AppError> {
        // Another request may have made it since this one looked.
        if let Some(kept) = self.read(&path).await {
            return Ok(kept);
        }
        let removals = self.cache.removals();
        let made = async {
            let original = self.original(&request).await.map_err(|error| unfetched(&error))?;
            request.made.make(&self.renderer, request.subject.clone(), original.path()).await
        };
        match made.await {
            Ok(made) => {
                let made = Bytes::from(made);
                self.keep_at(&path, made.clone(), removals).await;
                Ok(made)
            }
            Err(error) => Err(self.failed(&request, &error)),
        }
    }

    /// Logs a failure, remembers one that would happen again, and returns what its request is answered.
    fn failed(&self, request: &PageRequest, error: &TaskError) -> AppError {
        let PageRequest { subject: Subject { document, .. }, version, made } = request;
        let page = made.page();
        match error {
            TaskError::QueueFull => {
                tracing::warn!(%document, page, "too many pages wait to be drawn");
                return AppError::Full;
            }
            TaskError::Missing => return self.missing(document, version),
            TaskError::File(_) => self.failures.add(request),
            TaskError::Server(_) => {}
        }
        tracing::error!(%document, version, page, ?made, %error, "a page cannot be rendered");
        AppError::PageUnreadable
    }

    /// Notes that the storage lacks a file, and logs it the first time.
    pub(super) fn missing(&self, document: &DocumentId, version: &str) -> AppError {
        if self.failures.add_missing(version) {
            tracing::error!(%document, version, "the file is missing in the storage; its owner can replace it");
        }
        AppError::FileMissing
    }

    /// Whether the storage lacked a file within the last minute.
    pub(super) fn is_missing(&self, version: &str) -> bool {
        self.failures.is_missing(version)
    }

    async fn store_at(&self, path: &Path, made: Bytes, removals: u64) -> io::Result<()> {
        let pieces = stream::iter([Ok::<_, io::Error>(made)]);
        let (draft, _) = self.incoming.write(pieces, u64::MAX).await.map_err(write_error)?;
        self.admit(draft, path, removals).await.map(drop)
    }

    /// Moves a draft's file into the cache, unless something was removed since `removals` was read. Returns the draft,
    /// which still has its file in that case.
    async fn admit(&self, draft: Draft, path: &Path, removals: u64) -> io::Result<(Draft, Option<Pin>)> {
        let (cache, path) = (self.cache.clone(), path.to_owned());
        let admitted = spawn_blocking(move || {
            let pin = cache.admit(draft.path(), &path, removals)?;
            Ok((draft, pin))
        });
        admitted.await.map_err(io::Error::other).flatten()
    }

    /// Removes the pictures of one version, or of all. A rendering that is under way is not cached afterwards.
    pub(super) async fn remove(&self, document: &DocumentId, version: Option<&str>) -> io::Result<()> {
        let (cache, folder) = (self.cache.clone(), self.folder_of(document));
        let prefix = version.map(|version| format!("{version}-")).unwrap_or_default();
        spawn_blocking(move || cache.remove(&folder, &prefix)).await.map_err(io::Error::other).flatten()
    }

    async fn read(&self, path: &Path) -> Option<Bytes> {
        let _pin = self.cache.pin(path)?;
        let read = fs::read(path).await;
        if read.is_err() {
            self.cache.forget(path);
        }
        read.ok().map(Bytes::from)
    }

    fn folder_of(&self, document: &DocumentId) -> PathBuf {
        self.folder.join(document.as_str())
    }

    fn lock(&self, path: &Path) -> Arc<AsyncMutex<()>> {
        let mut locks = self.fetch_locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(path).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(path.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

fn write_error(why: WriteError) -> io::Error {
    match why {
        WriteError::Storage(error) => error,
        WriteError::Interrupted(error) => io::Error::other(error),
        WriteError::TooLong => io::ErrorKind::FileTooLarge.into(),
    }
}
