//! The files of documents: originals in storage, and what is made of them for readers.
//!
//! ```text
//! incoming/{version}                   an upload in progress; removed once it is stored or refused
//! files/{documentId}/{version}         the original, unless SIGHTLINE_STORAGE names another place
//! pages/{documentId}/{version}-{n}-{width}.webp, -{n}.json, …
//!                                      pictures and texts of pages, made on first request; may be deleted at any time
//! ```
//!
//! Titles, owners and links are the catalogue's; nothing here knows them.

pub mod file;
mod incoming;
mod new_version;
mod pages;
mod receive;
mod renderer;
mod room;
mod store;
mod turns;
mod upload;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::stream::BoxStream;
use object_store::{ObjectStore, path::Path as ObjectPath};
use tokio_util::bytes::Bytes;

pub use self::upload::UploadError;
use self::{
    file::Limits,
    incoming::Incoming,
    pages::{Made, PageRequest, Pages},
    renderer::Renderer,
    room::Room,
    store::Store,
    turns::Subject,
};
use super::{objects::Objects, stored_file::StoredFile};
use crate::{
    error::AppError,
    model::{DocumentId, OutlineItem, OwnerId, PageSize, PageText, PictureFormat, PictureWish, picture_size},
    server::{
        instruments::{CacheLoad, DrawingLoad, Instruments},
        start_error::StartError,
    },
};

/// The longer side of a thumbnail, in pixels.
const THUMBNAIL_SIDE: u32 = 320;

/// A rendered page.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its format.
    pub format: PictureFormat,
    /// The picture, without any metadata of the original.
    pub bytes: Bytes,
}

/// Where files are kept.
#[derive(Clone, Debug)]
pub struct FileSettings {
    /// The data folder.
    pub data_dir: PathBuf,
    /// `s3://bucket/prefix`; `None`: below the data folder.
    pub storage: Option<String>,
    /// How many megabytes of rendered pages are kept.
    pub page_cache_mb: u64,
    /// How many seconds of processor time a page may take to be drawn.
    pub page_seconds: u64,
    /// How many megabytes of memory.
    pub page_memory_mb: u64,
    /// The program that renders; `None`: the running one.
    pub program: Option<PathBuf>,
    /// What measures the work.
    pub instruments: Instruments,
}

/// All files. Cheap to clone.
#[derive(Clone)]
pub struct FileStore {
    incoming: Incoming,
    pages: Pages,
    renderer: Renderer,
    room: Room,
    store: Store,
    /// Whose turns the work takes.
    owner: Option<OwnerId>,
}

impl FileStore {
    /// Opens the storage that the settings name, and the folders in the data folder.
    pub fn open(settings: &FileSettings) -> Result<Self, StartError> {
        let data_dir = create_data_dir(&settings.data_dir)?;
        let objects = match &settings.storage {
            Some(address) => Objects::s3(address)?,
            None => Objects::local(&data_dir).map_err(|error| unusable(&data_dir, &error.into()))?,
        };
        Self::assemble(settings, &data_dir, objects)
    }

    /// The same with originals in the given object store, below a prefix.
    pub fn over(
        settings: &FileSettings,
        objects: Arc<dyn ObjectStore>,
        prefix: &str,
    ) -> Result<Self, StartError> {
        let data_dir = create_data_dir(&settings.data_dir)?;
        Self::assemble(settings, &data_dir, Objects::over(objects, ObjectPath::from(prefix)))
    }

    fn assemble(settings: &FileSettings, data_dir: &Path, objects: Objects) -> Result<Self, StartError> {
        let (store, room) = (Store(objects), Room::of(data_dir.to_owned()));
        let program = settings.program.clone().or_else(|| std::env::current_exe().ok());
        let limits = Limits { seconds: settings.page_seconds, memory_mb: settings.page_memory_mb };
        let renderer = Renderer::new(
            program.unwrap_or_else(|| "sightline".into()),
            limits,
            settings.instruments.clone(),
        );
        let opened = Incoming::open(data_dir.join("incoming")).and_then(|incoming| {
            let limit = settings.page_cache_mb.saturating_mul(1024 * 1024);
            let folder = data_dir.join("pages");
            let (renderer, store) = (renderer.clone(), store.clone());
            let pages = Pages::open(folder, limit, incoming.clone(), renderer, room.clone(), store)?;
            Ok((incoming, pages))
        });
        let (incoming, pages) = opened.map_err(|error| unusable(data_dir, &error))?;
        Ok(Self { incoming, pages, renderer, room, store, owner: None })
    }

    /// The object store that keeps the originals.
    pub fn objects(&self) -> Objects {
        self.store.0.clone()
    }

    /// How much is being drawn, and how much is kept of it.
    pub fn load(&self) -> (DrawingLoad, CacheLoad) {
        (self.renderer.load(), self.pages.load())
    }

    /// The same files; what is made of them takes the turns of this owner.
    pub fn of_owner(&self, owner: Option<&OwnerId>) -> Self {
        Self { owner: owner.cloned(), ..self.clone() }
    }

    fn subject(&self, document: &DocumentId) -> Subject {
        Subject { owner: self.owner.clone(), document: document.clone() }
    }

    /// The picture of a page, counted from 1; [`AppError::NotFound`] for a page that does not exist. Concurrent
    /// requests for one picture render it once.
    pub async fn picture(
        &self,
        document: &DocumentId,
        file: &StoredFile,
        page: u32,
        wish: PictureWish,
    ) -> Result<Picture, AppError> {
        let size = picture_size(shape(file, page)?, file.kind, wish.width);
        let format = PictureFormat::of(file.kind, size, wish.reads_webp);
        let bytes = self.made(document, file, Made::Picture(page, size, format)).await?;
        Ok(Picture { format, bytes })
    }

    /// A small picture of the first page, at most 320 pixels on its longer side.
    pub async fn thumbnail(
        &self,
        document: &DocumentId,
        file: &StoredFile,
        reads_webp: bool,
    ) -> Result<Picture, AppError> {
        let size = thumbnail_size(shape(file, 1)?);
        let format = PictureFormat::of(file.kind, size, reads_webp);
        let bytes = self.made(document, file, Made::Thumbnail(size, format)).await?;
        Ok(Picture { format, bytes })
    }

    /// The text of a page, counted from 1; [`AppError::NotFound`] for a page that does not exist.
    pub async fn text(
        &self,
        document: &DocumentId,
        file: &StoredFile,
        page: u32,
    ) -> Result<PageText, AppError> {
        shape(file, page)?;
        let json = self.made(document, file, Made::Text(page)).await?;
        serde_json::from_slice(&json).map_err(|_| AppError::PageUnreadable)
    }

    /// The outline of a file; empty if it has none.
    pub async fn outline(
        &self,
        document: &DocumentId,
        file: &StoredFile,
    ) -> Result<Vec<OutlineItem>, AppError> {
        let json = self.made(document, file, Made::Outline).await?;
        serde_json::from_slice(&json).map_err(|_| AppError::PageUnreadable)
    }

    async fn made(&self, document: &DocumentId, file: &StoredFile, made: Made) -> Result<Bytes, AppError> {
        self.pages.get(self.page_request(document, file, made)).await
    }

    fn page_request(&self, document: &DocumentId, file: &StoredFile, made: Made) -> PageRequest {
        PageRequest { subject: self.subject(document), version: file.version.clone(), made }
    }

    /// The original as a stream of `file.size` bytes.
    pub async fn original(
        &self,
        document: &DocumentId,
        file: &StoredFile,
    ) -> Result<BoxStream<'static, Result<Bytes, io::Error>>, AppError> {
        let found = self.store.read(document, &file.version).await;
        found.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.pages.missing(document, &file.version),
            _ => failed(document, "an original cannot be read", &error),
        })
    }

    /// Whether a file is known to be missing in the storage: looked up on a local disk, elsewhere remembered from the
    /// last minute.
    pub async fn is_missing(&self, document: &DocumentId, version: &str) -> bool {
        match self.store.local_path(document, version) {
            Some(path) => matches!(tokio::fs::try_exists(path).await, Ok(false)),
            None => self.pages.is_missing(version),
        }
    }

    /// Removes every version and picture of a document. Missing files are no error.
    pub async fn remove(&self, document: &DocumentId) -> Result<(), AppError> {
        let removed = async {
            self.store.remove(document).await?;
            self.pages.remove(document, None).await
        };
        removed.await.map_err(|error| failed(document, "a document's files cannot be removed", &error))
    }

    /// Removes one version and its pictures. Missing files are no error.
    pub async fn remove_version(&self, document: &DocumentId, version: &str) -> Result<(), AppError> {
        let removed = async {
            self.store.remove_version(document, version).await?;
            self.pages.remove(document, Some(version)).await
        };
        removed.await.map_err(|error| failed(document, "a version cannot be removed", &error))
    }
}

/// The shape of a page, counted from 1.
fn shape(file: &StoredFile, page: u32) -> Result<PageSize, AppError> {
    let shape = page.checked_sub(1).and_then(|index| file.pages.get(index as usize));
    shape.copied().ok_or(AppError::NotFound)
}

fn thumbnail_size(PageSize { width, height }: PageSize) -> PageSize {
    let longest = u32::from(width.max(height)).max(THUMBNAIL_SIDE);
    let pixels = |side: u16| ((u32::from(side) * THUMBNAIL_SIDE + longest / 2) / longest).max(1) as u16;
    PageSize { width: pixels(width), height: pixels(height) }
}

/// Creates the data folder and returns its absolute path, which also holds in processes with another working
/// directory.
fn create_data_dir(data_dir: &Path) -> Result<PathBuf, StartError> {
    let made = std::fs::create_dir_all(data_dir).and_then(|()| std::fs::canonicalize(data_dir));
    made.map_err(|error| unusable(data_dir, &error))
}

fn unusable(data_dir: &Path, error: &io::Error) -> StartError {
    StartError::new(format!("The data folder {} cannot be used: {error}", data_dir.display()))
}

fn failed(document: &DocumentId, what: &str, error: &io::Error) -> AppError {
    tracing::error!(%document, %error, "{what}");
    AppError::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnail_keeps_its_shape_and_never_grows() {
        for (page, shown) in [
            ((1_272, 1_800), (226, 320)),
            ((1_800, 1), (320, 1)),
            ((320, 100), (320, 100)),
            ((10, 20), (10, 20)),
        ] {
            let size = thumbnail_size(PageSize { width: page.0, height: page.1 });
            assert_eq!((size.width, size.height), shown, "{page:?}");
        }
    }
}
