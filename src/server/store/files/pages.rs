//! Pictures of pages: rendered when first asked for, kept on disk as long as there is room.

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

use self::cache::{Cache, Held};
use super::{
    incoming::{Draft, Incoming, Unwritten},
    renderer::Renderer,
    store::Store,
};
use crate::{
    error::AppError,
    model::{DocumentId, PageSize},
};

/// The folder of rendered pages, and who is rendering what. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pages {
    folder: PathBuf,
    cache: Cache,
    incoming: Incoming,
    renderer: Renderer,
    store: Store,
    /// One lock for each file that somebody is waiting for.
    waiting: Arc<Mutex<HashMap<PathBuf, Weak<AsyncMutex<()>>>>>,
}

/// A picture that is wanted.
pub(super) struct Wanted {
    pub(super) document: DocumentId,
    pub(super) version: String,
    /// Counts from 1.
    pub(super) page: u32,
    pub(super) size: PageSize,
    /// What the picture is called among those of its version.
    pub(super) name: String,
}

impl Pages {
    /// Opens the folder; `limit` bounds what is in it, in bytes.
    pub(super) fn open(
        folder: PathBuf,
        limit: u64,
        incoming: Incoming,
        renderer: Renderer,
        store: Store,
    ) -> io::Result<Self> {
        let cache = Cache::open(&folder, limit)?;
        Ok(Self { folder, cache, incoming, renderer, store, waiting: Arc::default() })
    }

    /// The picture, from disk if it was rendered before.
    pub(super) async fn picture(&self, wanted: Wanted) -> Result<Bytes, AppError> {
        let path = self.home(&wanted.document).join(format!("{}-{}", wanted.version, wanted.name));
        if let Some(picture) = self.read(&path).await {
            return Ok(picture);
        }
        // A task of its own: a visitor who goes away leaves a picture for the next, not half the work.
        let (document, page) = (wanted.document.clone(), wanted.page);
        let rendering = tokio::spawn(self.clone().render(path, wanted));
        rendering.await.map_err(|error| error.to_string()).flatten().map_err(|error| {
            tracing::error!(%document, page, error, "a page can not be rendered");
            AppError::PageUnreadable
        })
    }

    async fn render(self, path: PathBuf, wanted: Wanted) -> Result<Bytes, String> {
        let lock = self.lock(&path);
        let _only_one = lock.lock().await;
        // Whoever held the lock before has rendered it by now.
        if let Some(picture) = self.read(&path).await {
            return Ok(picture);
        }
        let removals = self.cache.removals();
        let original = self.original(&wanted).await.map_err(|error| error.to_string())?;
        let picture = self.renderer.picture(original.path(), wanted.page, wanted.size).await?;
        let picture = Bytes::from(picture);
        if let Err(error) = self.keep(&path, picture.clone(), removals).await {
            tracing::error!(path = %path.display(), %error, "a rendered page can not be kept");
        }
        Ok(picture)
    }

    /// The original as a file on this machine: fetched once, if it is somewhere else, and kept like a picture.
    async fn original(&self, wanted: &Wanted) -> io::Result<Original> {
        let Wanted { document, version, .. } = wanted;
        if let Some(path) = self.store.path(document, version) {
            return Ok(Original::Stored(path));
        }
        let path = self.home(document).join(format!("{version}-original"));
        let lock = self.lock(&path);
        let _only_one = lock.lock().await;
        if fs::try_exists(&path).await?
            && let Some(held) = self.cache.hold(&path)
        {
            return Ok(Original::Kept(path, held));
        }
        let removals = self.cache.removals();
        let pieces = self.store.read(document, version).await?;
        let (draft, _) = self.incoming.write(pieces, u64::MAX).await.map_err(unwritten)?;
        let (draft, held) = self.admit(draft, &path, removals).await?;
        Ok(held.map_or(Original::Passing(draft), |held| Original::Kept(path, held)))
    }

    async fn keep(&self, path: &Path, picture: Bytes, removals: u64) -> io::Result<()> {
        let pieces = stream::iter([Ok::<_, io::Error>(picture)]);
        let (draft, _) = self.incoming.write(pieces, u64::MAX).await.map_err(unwritten)?;
        self.admit(draft, path, removals).await.map(drop)
    }

    /// Moves a draft into the cache, and gives it back.
    async fn admit(&self, draft: Draft, path: &Path, removals: u64) -> io::Result<(Draft, Option<Held>)> {
        let (cache, path) = (self.cache.clone(), path.to_owned());
        let admitted = spawn_blocking(move || {
            let held = cache.admit(draft.path(), &path, removals)?;
            Ok((draft, held))
        });
        admitted.await.map_err(io::Error::other).flatten()
    }

    /// Removes the pictures of a version, or of all. Nothing that was begun before is kept afterwards.
    pub(super) async fn remove(&self, document: &DocumentId, version: Option<&str>) -> io::Result<()> {
        let (cache, home) = (self.cache.clone(), self.home(document));
        let beginning = version.map(|version| format!("{version}-")).unwrap_or_default();
        spawn_blocking(move || cache.remove(&home, &beginning)).await.map_err(io::Error::other).flatten()
    }

    async fn read(&self, path: &Path) -> Option<Bytes> {
        let _held = self.cache.hold(path)?;
        let read = fs::read(path).await;
        if read.is_err() {
            self.cache.forget(path);
        }
        read.ok().map(Bytes::from)
    }

    fn home(&self, document: &DocumentId) -> PathBuf {
        self.folder.join(document.as_str())
    }

    fn lock(&self, path: &Path) -> Arc<AsyncMutex<()>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = waiting.get(path).and_then(Weak::upgrade) {
            return lock;
        }
        waiting.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        waiting.insert(path.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

/// A file to render from, which stays as long as this does.
enum Original {
    /// In storage, which is on this machine.
    Stored(PathBuf),
    /// In the cache.
    Kept(PathBuf, #[expect(dead_code, reason = "it is held")] Held),
    /// For this once.
    Passing(Draft),
}

impl Original {
    fn path(&self) -> &Path {
        match self {
            Self::Stored(path) | Self::Kept(path, _) => path,
            Self::Passing(draft) => draft.path(),
        }
    }
}

fn unwritten(why: Unwritten) -> io::Error {
    match why {
        Unwritten::Storage(error) => error,
        Unwritten::Interrupted(error) => io::Error::other(error),
        Unwritten::TooLong => io::ErrorKind::FileTooLarge.into(),
    }
}
