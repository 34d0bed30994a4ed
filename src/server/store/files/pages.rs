//! Pictures of pages: rendered on first request, then kept in a bounded cache on disk.

mod cache;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use futures::stream;
use tokio::{fs, sync::Mutex as AsyncMutex, task::spawn_blocking};
use tokio_util::bytes::Bytes;
use tracing::Instrument;

use self::cache::{Cache, Pin};
use super::{
    incoming::{Draft, Incoming, WriteError},
    renderer::Renderer,
    store::Store,
};
use crate::{
    error::AppError,
    model::{DocumentId, PageSize},
};

/// The cache of rendered pages, and what renders them. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pages {
    folder: PathBuf,
    cache: Cache,
    incoming: Incoming,
    renderer: Renderer,
    store: Store,
    /// One lock for each file that is being rendered or fetched.
    render_locks: Arc<Mutex<HashMap<PathBuf, Weak<AsyncMutex<()>>>>>,
}

/// A request for a picture.
pub(super) struct PictureRequest {
    pub(super) document: DocumentId,
    pub(super) version: String,
    /// Counts from 1.
    pub(super) page: u32,
    pub(super) size: PageSize,
    /// The picture's file name within its version.
    pub(super) name: String,
}

impl Pages {
    /// Opens the folder. `limit` bounds its content, in bytes.
    pub(super) fn open(
        folder: PathBuf,
        limit: u64,
        incoming: Incoming,
        renderer: Renderer,
        store: Store,
    ) -> io::Result<Self> {
        let cache = Cache::open(&folder, limit)?;
        Ok(Self { folder, cache, incoming, renderer, store, render_locks: Arc::default() })
    }

    /// The picture, from the cache if it is there. [`AppError::PageUnreadable`] if it cannot be rendered.
    pub(super) async fn picture(&self, request: PictureRequest) -> Result<Bytes, AppError> {
        let path = self.path_of(&request);
        if let Some(picture) = self.read(&path).await {
            return Ok(picture);
        }
        // In its own task: the picture is finished for the next visitor even if this one goes away.
        let (document, page) = (request.document.clone(), request.page);
        let rendering = tokio::spawn(self.clone().render(path, request).in_current_span());
        rendering.await.map_err(|error| error.to_string()).flatten().map_err(|error| {
            tracing::error!(%document, page, error, "a page cannot be rendered");
            AppError::PageUnreadable
        })
    }

    /// How often pictures were removed so far; see [`Pages::keep`].
    pub(super) fn removals(&self) -> u64 {
        self.cache.removals()
    }

    /// Keeps a picture that was rendered elsewhere, unless something was removed since `removals` was read.
    pub(super) async fn keep(&self, request: &PictureRequest, picture: Bytes, removals: u64) {
        self.keep_at(&self.path_of(request), picture, removals).await;
    }

    /// A picture that cannot be kept is rendered again when it is asked for.
    async fn keep_at(&self, path: &Path, picture: Bytes, removals: u64) {
        if let Err(error) = self.store_picture(path, picture, removals).await {
            tracing::error!(path = %path.display(), %error, "a rendered page cannot be cached");
        }
    }

    fn path_of(&self, request: &PictureRequest) -> PathBuf {
        self.folder_of(&request.document).join(format!("{}-{}", request.version, request.name))
    }

    async fn render(self, path: PathBuf, request: PictureRequest) -> Result<Bytes, String> {
        let lock = self.lock(&path);
        let _guard = lock.lock().await;
        // Another request may have rendered it while this one waited for the lock.
        if let Some(picture) = self.read(&path).await {
            return Ok(picture);
        }
        let removals = self.cache.removals();
        let original = self.original(&request).await.map_err(|error| error.to_string())?;
        let picture = self.renderer.picture(original.path(), request.page, request.size).await?;
        let picture = Bytes::from(picture);
        self.keep_at(&path, picture.clone(), removals).await;
        Ok(picture)
    }

    /// The original as a local file; from other storage it is fetched once and cached like a picture.
    async fn original(&self, request: &PictureRequest) -> io::Result<Original> {
        let PictureRequest { document, version, .. } = request;
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

    async fn store_picture(&self, path: &Path, picture: Bytes, removals: u64) -> io::Result<()> {
        let pieces = stream::iter([Ok::<_, io::Error>(picture)]);
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
        let mut locks = self.render_locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(path).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(path.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

/// A local file to render from, which is not removed while this lives.
enum Original {
    /// In local storage.
    Stored(PathBuf),
    /// In the cache.
    Cached(PathBuf, #[expect(dead_code, reason = "dropping it unpins the file")] Pin),
    /// Fetched for this rendering only.
    Temporary(Draft),
}

impl Original {
    fn path(&self) -> &Path {
        match self {
            Self::Stored(path) | Self::Cached(path, _) => path,
            Self::Temporary(draft) => draft.path(),
        }
    }
}

fn write_error(why: WriteError) -> io::Error {
    match why {
        WriteError::Storage(error) => error,
        WriteError::Interrupted(error) => io::Error::other(error),
        WriteError::TooLong => io::ErrorKind::FileTooLarge.into(),
    }
}
