//! A document, as far as its visitors and its owner are told.

use serde::{Deserialize, Serialize};

use super::{DocumentId, Gate, LinkId, LinkSummary, timing::Windows};

/// The longest title, in characters.
pub const MAX_TITLE_LENGTH: usize = 200;
/// The largest file that is accepted, in bytes.
pub const MAX_FILE_SIZE: u64 = 50 * 1024 * 1024;
/// The most pages a document may have.
pub const MAX_PAGES: u32 = 1_000;

/// The size of one rendered page in pixels: what keeps its place before the picture has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSize {
    /// Pixels from left to right.
    pub width: u16,
    /// Pixels from top to bottom.
    pub height: u16,
}

/// What kind of file a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// As many pages as it has.
    Pdf,
    /// A picture, which is one page.
    Png,
    /// A photograph, which is one page.
    Jpeg,
}

impl FileKind {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// How the name of such a file ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// A document as its visitors see it, behind one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedDocument {
    /// The link it is shared at.
    pub link_id: LinkId,
    /// What the owner calls it. Text, never HTML.
    pub title: String,
    /// One entry per page, in reading order; never empty.
    pub pages: Vec<PageSize>,
    /// Names this state of the file in the addresses of its pages, so that they can be cached for ever.
    pub version: String,
    /// The address to hand to readers, complete with scheme and host.
    pub viewer_url: String,
    /// Whether the file may be downloaded.
    pub download: bool,
    /// Its owner is looking: nothing is counted.
    pub preview: bool,
    /// The windows by which the server counts visits.
    #[serde(default)]
    pub windows: Windows,
}

impl SharedDocument {
    /// The number of pages, at most [`MAX_PAGES`].
    pub fn page_count(&self) -> u32 {
        self.pages.len() as u32
    }

    /// Where the picture of a page is found, as a path on this server. Pages count from 1.
    pub fn page_path(&self, page: u32) -> String {
        format!("/v/{}/pages/{page}?v={}", self.link_id, self.version)
    }

    /// Where the file itself is found, for those who may download it.
    pub fn download_path(&self) -> String {
        format!("/v/{}/download", self.link_id)
    }
}

/// What a visitor meets at a link: the document, or what has to be given first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opening {
    /// The document.
    Document(SharedDocument),
    /// A form for e-mail or password, or both.
    Gate(Gate),
}

/// All documents of an owner, as of one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentList {
    /// The newest first.
    pub documents: Vec<DocumentSummary>,
    /// When the numbers were put together by the clock of the analytics, Unix milliseconds.
    pub as_of: i64,
}

/// A document as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentSummary {
    /// The document.
    pub document_id: DocumentId,
    /// What the owner calls it.
    pub title: String,
    /// What kind of file it is.
    pub kind: FileKind,
    /// The number of pages.
    pub page_count: u32,
    /// The size of the file in bytes.
    pub size: u64,
    /// Names this state of the file.
    pub version: String,
    /// When it was first uploaded, Unix milliseconds.
    pub created_at: i64,
    /// Its links, the newest first.
    pub links: Vec<LinkSummary>,
}

impl DocumentSummary {
    /// Where a small picture of the first page is found.
    pub fn thumbnail_path(&self) -> String {
        format!("/api/documents/{}/thumbnail?v={}", self.document_id, self.version)
    }

    /// A number of all its links together; `None` while one of them is not known.
    pub fn sum(&self, number: impl Fn(&LinkSummary) -> Option<u64>) -> Option<u64> {
        self.links.iter().map(number).sum()
    }
}
