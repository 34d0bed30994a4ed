//! Pictures of pages: rendered when first asked for, kept on disk.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::{fs, sync::Mutex as AsyncMutex};

use super::renderer::Renderer;
use crate::{
    error::AppError,
    model::{LinkId, PageSize},
};

/// The folder of rendered pages, and who is rendering what.
#[derive(Clone)]
pub(super) struct Pages {
    folder: PathBuf,
    renderer: Renderer,
    /// One lock for each picture that somebody is waiting for.
    waiting: Arc<Mutex<HashMap<PathBuf, Weak<AsyncMutex<()>>>>>,
}

impl Pages {
    pub(super) fn new(folder: PathBuf, renderer: Renderer) -> Self {
        Self { folder, renderer, waiting: Arc::default() }
    }

    /// The picture of a page of `file`, from disk if it was rendered before.
    pub(super) async fn picture(
        &self,
        link: &LinkId,
        version: &str,
        page: u32,
        size: PageSize,
        file: PathBuf,
    ) -> Result<Vec<u8>, AppError> {
        let path = self.folder.join(link.as_str()).join(format!("{version}-{page}.png"));
        if let Ok(picture) = fs::read(&path).await {
            return Ok(picture);
        }
        // A task of its own: a visitor who goes away leaves a picture for the next, not half the work.
        let rendering = tokio::spawn(self.clone().render(path, file, page, size));
        rendering.await.map_err(|error| error.to_string()).flatten().map_err(|error| {
            tracing::error!(%link, page, error, "a page can not be rendered");
            AppError::PageUnreadable
        })
    }

    async fn render(
        self,
        path: PathBuf,
        file: PathBuf,
        page: u32,
        size: PageSize,
    ) -> Result<Vec<u8>, String> {
        let lock = self.lock(&path);
        let _only_one = lock.lock().await;
        // Whoever held the lock before has rendered it by now.
        if let Ok(picture) = fs::read(&path).await {
            return Ok(picture);
        }
        let rendered = self.renderer.picture(&file, page, size).await?;
        if let Err(error) = keep(&path, &rendered).await {
            tracing::error!(path = %path.display(), %error, "a rendered page can not be kept");
        }
        Ok(rendered)
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

/// Written beside its place and then moved, so that nobody reads half a picture.
async fn keep(path: &Path, picture: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("part");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await?;
    }
    fs::write(&draft, picture).await?;
    fs::rename(&draft, path).await
}
