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
mod renderer;
mod store;
mod upload;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{Stream, stream::BoxStream};
use object_store::{ObjectStore, path::Path as ObjectPath};
use tokio_util::bytes::Bytes;
use tracing::Instrument;

pub use self::upload::UploadError;
use self::{
    file::{FileError, Inspected, first_picture},
    incoming::{Draft, Incoming},
    new_version::NewVersion,
    pages::{Made, PageRequest, Pages},
    renderer::Renderer,
    store::Store,
};
use super::{objects::Objects, stored_file::StoredFile};
use crate::{
    error::AppError,
    model::{
        DocumentId, MAX_FILE_SIZE, OutlineItem, PageSize, PageText, PictureFormat, PictureWish, picture_size,
    },
    server::start_error::StartError,
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
    /// The program that renders; `None`: the running one.
    pub program: Option<PathBuf>,
}

/// All files. Cheap to clone.
#[derive(Clone)]
pub struct FileStore {
    incoming: Incoming,
    pages: Pages,
    renderer: Renderer,
    store: Store,
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
        let store = Store(objects);
        let program = settings.program.clone().or_else(|| std::env::current_exe().ok());
        let renderer = Renderer::new(program.unwrap_or_else(|| "sightline".into()));
        let opened = Incoming::open(data_dir.join("incoming")).and_then(|incoming| {
            let limit = settings.page_cache_mb.saturating_mul(1024 * 1024);
            let folder = data_dir.join("pages");
            let pages = Pages::open(folder, limit, incoming.clone(), renderer.clone(), store.clone())?;
            Ok((incoming, pages))
        });
        let (incoming, pages) = opened.map_err(|error| unusable(data_dir, &error))?;
        Ok(Self { incoming, pages, renderer, store })
    }

    /// The object store that keeps the originals.
    pub fn objects(&self) -> Objects {
        self.store.0.clone()
    }

    /// Streams an upload to disk, checks it and stores it under a new random version. Removes it again if it is
    /// refused, or if the caller drops the future. Memory does not grow with the file.
    pub async fn receive<E: std::error::Error>(
        &self,
        document: &DocumentId,
        upload: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<StoredFile, UploadError> {
        let (draft, size) = self.incoming.write(upload, MAX_FILE_SIZE).await?;
        if size == 0 {
            return Err(UploadError::Refused(FileError::Empty));
        }
        let Inspected { kind, pages, remarks, first_page } = self.renderer.inspect(draft.path()).await?;
        let version = draft.name().to_owned();
        // A task of its own: a write to storage must be completed or undone even if the client disconnects.
        let removals = self.pages.removals();
        let storing = tokio::spawn(self.clone().put(document.clone(), draft).in_current_span());
        let stored = storing.await.map_err(io::Error::other)??;
        let file = StoredFile { version, kind, size, pages, remarks };
        self.keep_first_page(document, &file, first_page, removals).await;
        stored.keep();
        Ok(file)
    }

    /// Puts the picture of the first page, which its check has drawn, into the cache.
    async fn keep_first_page(
        &self,
        document: &DocumentId,
        file: &StoredFile,
        picture: Vec<u8>,
        removals: u64,
    ) {
        if let Some(page) = file.pages.first() {
            let (size, format) = first_picture(*page, file.kind);
            let request = page_request(document, file, Made::Picture(1, size, format));
            self.pages.keep(&request, picture.into(), removals).await;
        }
    }

    async fn put(self, document: DocumentId, draft: Draft) -> io::Result<NewVersion> {
        self.store.put(&document, draft.name(), &draft).await?;
        Ok(NewVersion::new(self, document, draft.name()))
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
        self.pages.get(page_request(document, file, made)).await
    }

    /// The original as a stream of `file.size` bytes.
    pub async fn original(
        &self,
        document: &DocumentId,
        file: &StoredFile,
    ) -> Result<BoxStream<'static, Result<Bytes, io::Error>>, AppError> {
        let found = self.store.read(document, &file.version).await;
        found.map_err(|error| failed(document, "an original cannot be read", &error))
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

fn page_request(document: &DocumentId, file: &StoredFile, made: Made) -> PageRequest {
    PageRequest { document: document.clone(), version: file.version.clone(), made }
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
