//! What is made of a file when it is first asked for, and then kept in a bounded cache on disk: pictures of pages, the
//! text of pages, the outline.

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
    model::{DocumentId, PageSize, PictureFormat},
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

/// A request for something that is made of a file.
pub(super) struct PageRequest {
    pub(super) document: DocumentId,
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

    async fn make(self, renderer: &Renderer, file: &Path) -> Result<Vec<u8>, String> {
        match self {
            Self::Picture(page, size, format) => renderer.picture(file, page, size, format).await,
            Self::Thumbnail(size, format) => renderer.picture(file, 1, size, format).await,
            Self::Text(page) => renderer.text(file, page).await,
            Self::Outline => renderer.outline(file).await,
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
        store: Store,
    ) -> io::Result<Self> {
        let cache = Cache::open(&folder, limit)?;
        Ok(Self { folder, cache, incoming, renderer, store, render_locks: Arc::default() })
    }

    /// What is asked for, from the cache if it is there. [`AppError::PageUnreadable`] if it cannot be made.
    pub(super) async fn get(&self, request: PageRequest) -> Result<Bytes, AppError> {
        let path = self.path_of(&request);
        if let Some(kept) = self.read(&path).await {
            return Ok(kept);
        }
        // In its own task: it is finished for the next visitor even if this one goes away.
        let (document, made) = (request.document.clone(), request.made);
        let making = tokio::spawn(self.clone().make(path, request).in_current_span());
        making.await.map_err(|error| error.to_string()).flatten().map_err(|error| {
            tracing::error!(%document, ?made, error, "a page cannot be rendered");
            AppError::PageUnreadable
        })
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
        if let Err(error) = self.store_at(path, made, removals).await {
            tracing::error!(path = %path.display(), %error, "a rendered page cannot be cached");
        }
    }

    fn path_of(&self, request: &PageRequest) -> PathBuf {
        let name = format!("{}-{}", request.version, request.made.name());
        self.folder_of(&request.document).join(name)
    }

    async fn make(self, path: PathBuf, request: PageRequest) -> Result<Bytes, String> {
        let lock = self.lock(&path);
        let _guard = lock.lock().await;
        // Another request may have made it while this one waited for the lock.
        if let Some(kept) = self.read(&path).await {
            return Ok(kept);
        }
        let removals = self.cache.removals();
        let original = self.original(&request).await.map_err(|error| error.to_string())?;
        let made = Bytes::from(request.made.make(&self.renderer, original.path()).await?);
        self.keep_at(&path, made.clone(), removals).await;
        Ok(made)
    }

    /// The original as a local file; from other storage it is fetched once and cached like a picture.
    async fn original(&self, request: &PageRequest) -> io::Result<Original> {
        let PageRequest { document, version, .. } = request;
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
