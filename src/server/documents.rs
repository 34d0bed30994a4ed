//! The shared documents: files in a folder, and pictures of their pages.
//!
//! ```text
//! documents/{linkId}/document.pdf    the file as it was given
//! documents/{linkId}/document.json   what [`Document`] says
//! pages/{linkId}/{version}-{n}.png   rendered when first asked for; may be thrown away at any time
//! ```
//!
//! The folder is all the state there is, so sharing works whether the server runs or not.

mod pages;
pub mod pdf;
mod renderer;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use serde::{Deserialize, Serialize};
use tokio::fs;

use self::{pages::Pages, pdf::PdfError, renderer::Renderer};
use super::{analytics::system_now, random};
use crate::{
    error::AppError,
    model::{LinkId, PageSize},
};

/// The largest file that is accepted, in bytes.
pub const MAX_FILE_SIZE: u64 = 50 * 1024 * 1024;
/// The longest title, in characters.
pub const MAX_TITLE_LENGTH: usize = 200;

const LINK_LENGTH: usize = 10;

/// What is known of a stored document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// What the owner calls it.
    pub title: String,
    /// The size of each page as it is rendered.
    pub pages: Vec<PageSize>,
    /// Names this state of the file.
    pub version: String,
    /// When it was shared, Unix milliseconds.
    pub shared_at: i64,
}

/// Why a file was not shared. The texts are for whoever shares it.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// The file cannot be read.
    #[error("{path} can not be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is over the limit.
    #[error("The file has {0} bytes; {MAX_FILE_SIZE} (50 MB) is the most.")]
    TooLarge(u64),
    /// It is not a PDF that can be shown.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The title is empty or too long.
    #[error("A title has 1 to {MAX_TITLE_LENGTH} characters.")]
    Title,
    /// The link exists.
    #[error("The link {0} is taken. Choose another --id, or leave it out to get a random one.")]
    Taken(LinkId),
    /// The data folder cannot be written.
    #[error("The document can not be stored: {0}")]
    Storage(#[from] io::Error),
}

/// All stored documents. Cheap to clone.
#[derive(Clone)]
pub struct Documents {
    folder: PathBuf,
    pages: Pages,
    renderer: Renderer,
    /// Documents seen once. A shared document does not change, so this never has to be renewed.
    known: Arc<RwLock<HashMap<LinkId, Arc<Document>>>>,
}

impl Documents {
    /// Opens the folders below `data_dir`; they are made when something is stored. `program` is Sightline's
    /// own: it is started to read PDF files.
    pub fn open(data_dir: &Path, program: PathBuf) -> Self {
        let renderer = Renderer::new(program);
        Self {
            folder: data_dir.join("documents"),
            pages: Pages::new(data_dir.join("pages"), renderer.clone()),
            renderer,
            known: Arc::default(),
        }
    }

    /// Reads a file and shares it. See [`Documents::share`].
    pub async fn share_file(
        &self,
        path: &Path,
        link: Option<LinkId>,
        title: Option<String>,
    ) -> Result<LinkId, ShareError> {
        let unreadable = |error| ShareError::Unreadable { path: path.to_owned(), error };
        check_size(fs::metadata(path).await.map_err(unreadable)?.len())?;
        let bytes = fs::read(path).await.map_err(unreadable)?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        self.share(bytes, link, title.or(name).unwrap_or_default()).await
    }

    /// Checks a PDF and stores it at `link`, or at a random link. All of it or nothing is stored.
    pub async fn share(
        &self,
        bytes: Vec<u8>,
        link: Option<LinkId>,
        title: String,
    ) -> Result<LinkId, ShareError> {
        let title: String = title.trim().chars().filter(|c| !c.is_control()).collect();
        if title.is_empty() || title.chars().count() > MAX_TITLE_LENGTH {
            return Err(ShareError::Title);
        }
        let link = match link {
            Some(link) => link,
            None => random_link()?,
        };
        let home = self.folder.join(link.as_str());
        if fs::try_exists(&home).await? {
            return Err(ShareError::Taken(link));
        }
        check_size(bytes.len() as u64)?;
        let version = random::text(8)?;
        // A dot can not begin a link, so nobody can ask for what is still being written.
        let draft = self.folder.join(format!(".{link}-{version}"));
        fs::create_dir_all(&draft).await?;
        let stored = self.store(&draft, &home, bytes, title, version).await;
        if stored.is_err() {
            fs::remove_dir_all(&draft).await?;
            if fs::try_exists(&home).await? {
                return Err(ShareError::Taken(link));
            }
        }
        stored.map(|()| link)
    }

    /// Fills `draft` and then moves it to `home`, all at once.
    async fn store(
        &self,
        draft: &Path,
        home: &Path,
        bytes: Vec<u8>,
        title: String,
        version: String,
    ) -> Result<(), ShareError> {
        let file = draft.join("document.pdf");
        fs::write(&file, bytes).await?;
        let pages = self.renderer.inspect(&file).await?;
        let document = Document { title, pages, version, shared_at: system_now() };
        let described = serde_json::to_vec_pretty(&document).map_err(io::Error::from)?;
        fs::write(draft.join("document.json"), described).await?;
        Ok(fs::rename(draft, home).await?)
    }

    /// The document behind a link, or [`AppError::LinkNotFound`].
    pub async fn find(&self, link: &LinkId) -> Result<Arc<Document>, AppError> {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(link) {
            return Ok(known.clone());
        }
        let path = self.folder.join(link.as_str()).join("document.json");
        let text = match fs::read(&path).await {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(AppError::LinkNotFound),
            Err(error) => return Err(storage_failed(&path, &error)),
        };
        let document: Document =
            serde_json::from_slice(&text).map_err(|error| storage_failed(&path, &error.into()))?;
        let document = Arc::new(document);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(link.clone(), document.clone());
        Ok(document)
    }

    /// All documents, the newest first.
    pub async fn list(&self) -> Result<Vec<(LinkId, Arc<Document>)>, AppError> {
        let mut found = Vec::new();
        for link in self.links().await? {
            let document = self.find(&link).await?;
            found.push((link, document));
        }
        found.sort_by(|(a, x), (b, y)| (y.shared_at, a).cmp(&(x.shared_at, b)));
        Ok(found)
    }

    /// All links, in no order.
    pub async fn links(&self) -> Result<Vec<LinkId>, AppError> {
        let mut entries = match fs::read_dir(&self.folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(storage_failed(&self.folder, &error)),
        };
        let mut links = Vec::new();
        while let Some(entry) =
            entries.next_entry().await.map_err(|error| storage_failed(&self.folder, &error))?
        {
            links.extend(entry.file_name().to_string_lossy().parse::<LinkId>().ok());
        }
        Ok(links)
    }

    /// The picture of a page, as PNG. Rendered once, however many ask at the same time.
    pub async fn page(&self, link: &LinkId, page: u32) -> Result<Vec<u8>, AppError> {
        let document = self.find(link).await?;
        let size = page
            .checked_sub(1)
            .and_then(|index| document.pages.get(index as usize))
            .ok_or(AppError::NotFound)?;
        let file = self.folder.join(link.as_str()).join("document.pdf");
        self.pages.picture(link, &document.version, page, *size, file).await
    }
}

fn storage_failed(path: &Path, error: &io::Error) -> AppError {
    tracing::error!(path = %path.display(), %error, "a stored document can not be read");
    AppError::Internal
}

fn check_size(bytes: u64) -> Result<(), ShareError> {
    if bytes > MAX_FILE_SIZE { Err(ShareError::TooLarge(bytes)) } else { Ok(()) }
}

fn random_link() -> Result<LinkId, ShareError> {
    let text = random::text(LINK_LENGTH)?;
    text.parse().map_err(|error| ShareError::Storage(io::Error::other(error)))
}
