//! Documents as visitors and owners see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    DEFAULT_PICTURE_WIDTH, DocumentId, FileRemark, Gate, LinkId, LinkSummary, PageSizes, THUMBNAIL_WIDTH,
    address, picture_widths, timing::Windows,
};

/// The longest title of a document, in characters.
pub const MAX_TITLE_LENGTH: usize = 200;
/// The longest description of an image, in characters.
pub const MAX_ALT_LENGTH: usize = 1_000;
/// The largest file, in bytes.
pub const MAX_FILE_SIZE: u64 = 50 * 1024 * 1024;
/// The most pages of a document.
pub const MAX_PAGES: u32 = 5_000;

/// A width and a height in pixels: of a picture, or of a page whose proportions they tell. The latter reserves the
/// page's space until its picture is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSize {
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
}

/// The kind of a document's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A PDF, of up to [`MAX_PAGES`] pages.
    Pdf,
    /// A PNG image: one page.
    Png,
    /// A JPEG image: one page.
    Jpeg,
}

impl FileKind {
    /// The media type, as registered with IANA.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The extension of file names, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// A document as a visitor sees it at one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedDocument {
    /// The link.
    pub link_id: LinkId,
    /// The title: text, never HTML.
    pub title: String,
    /// The size of each page, in order; never empty.
    pub pages: Vec<PageSize>,
    /// The version of the file. Addresses of page pictures carry it, so browsers may cache them for ever.
    pub version: String,
    /// The absolute address of the viewer page.
    pub viewer_url: String,
    /// Whether visitors may download the file.
    pub download: bool,
    /// Whether visitors may copy text.
    #[serde(default)]
    pub copying: bool,
    /// The kind of the file.
    pub kind: FileKind,
    /// What an image shows, for those who cannot see it; empty: not said.
    #[serde(default)]
    pub alt: String,
    /// Whether the requester is the owner; such a visit is not counted.
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

    /// What a page needs to show it.
    pub fn shown(self) -> ShownDocument {
        let download = self.download.then(|| self.download_path());
        let Self { link_id, title, pages, version, copying, kind, alt, .. } = self;
        ShownDocument {
            path: address::viewer(&link_id),
            record: address::link_record(&link_id),
            title,
            pages: pages.into(),
            kind,
            alt,
            version,
            download,
            copying,
        }
    }

    /// The path of a page's picture. Pages count from 1.
    pub fn page_path(&self, page: u32) -> String {
        address::page_picture(&self.link_id, page, Some(&self.version))
    }

    /// The path of the file. It answers 403 unless [`SharedDocument::download`] is set.
    pub fn download_path(&self) -> String {
        address::download(&self.link_id)
    }
}

/// A change of a document. An absent field leaves what it names unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DocumentChange {
    /// The title.
    pub title: Option<String>,
    /// What an image shows, for those who cannot see it; empty: not said.
    pub alt: Option<String>,
}

/// What a link shows a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opening {
    /// The document.
    Document(SharedDocument),
    /// A form that asks for an e-mail address, a password or both.
    Gate(Gate),
}

/// Documents of an owner, as of one time: a page of them, or all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentList {
    /// In the order that was asked for; otherwise the newest first.
    pub documents: Vec<DocumentSummary>,
    /// How many documents there are on all pages together.
    #[serde(default)]
    pub total: u64,
    /// How many documents of this page cannot be shown, because their record is damaged.
    #[serde(default)]
    pub unreadable: u64,
    /// When the numbers were read, by the clock of Redis, Unix milliseconds.
    pub as_of: i64,
}

/// A document as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentSummary {
    /// The document's id.
    pub document_id: DocumentId,
    /// The title: text, never HTML.
    pub title: String,
    /// What an image shows, for those who cannot see it; empty: not said.
    #[serde(default)]
    pub alt: String,
    /// The kind of its file.
    pub kind: FileKind,
    /// The number of pages.
    pub page_count: u32,
    /// The size of the file in bytes.
    pub size: u64,
    /// The version of the file.
    pub version: String,
    /// What its owner may want to mend about the file.
    #[serde(default)]
    pub remarks: Vec<FileRemark>,
    /// When the document was first uploaded, Unix milliseconds.
    pub created_at: i64,
    /// When one of its links was last viewed, Unix milliseconds; `None`: never.
    #[serde(default)]
    pub last_view: Option<i64>,
    /// How many of its links cannot be shown, because their record is damaged.
    #[serde(default)]
    pub unreadable_links: u64,
    /// The document's links, newest first.
    pub links: Vec<LinkSummary>,
}

/// One document of an owner, as of one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentState {
    /// The document with its links and their numbers.
    pub document: DocumentSummary,
    /// When the numbers were read by the clock of the analytics, Unix milliseconds.
    pub as_of: i64,
}

/// What a page needs to show a document, with a link or without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownDocument {
    /// The path below which the pictures of the pages are found.
    pub path: String,
    /// The path below which the texts of the pages and the outline are found.
    pub record: String,
    /// The document's title.
    pub title: String,
    /// The shape of each page, in reading order; never empty.
    pub pages: PageSizes,
    /// The kind of the file.
    pub kind: FileKind,
    /// What an image shows, for those who cannot see it; empty: not said.
    pub alt: String,
    /// The version of the file.
    pub version: String,
    /// The path of the file, if visitors may download it.
    pub download: Option<String>,
    /// Whether text may be copied.
    pub copying: bool,
}

impl ShownDocument {
    /// The number of pages, at most [`MAX_PAGES`].
    pub fn page_count(&self) -> u32 {
        self.pages.count()
    }

    /// The path of a page's picture, from page 1.
    pub fn page_path(&self, page: u32) -> String {
        address::page_below(&self.path, page, Some(&self.version))
    }

    /// The address of a page's picture in the usual width, from page 1.
    pub fn picture_path(&self, page: u32) -> String {
        address::with_width(&self.page_path(page), DEFAULT_PICTURE_WIDTH)
    }

    /// The address of a small picture of a page.
    pub fn thumbnail_path(&self, page: u32) -> String {
        address::with_width(&self.page_path(page), THUMBNAIL_WIDTH)
    }

    /// The pictures of a page as a browser chooses among them: an
    /// [`srcset`](https://html.spec.whatwg.org/multipage/images.html#srcset-attributes).
    pub fn picture_sources(&self, page: u32) -> String {
        let (path, mut sources) = (self.page_path(page), String::new());
        for (step, width) in self.picture_widths(page) {
            let comma = if sources.is_empty() { "" } else { ", " };
            sources += &format!("{comma}{} {width}w", address::with_width(&path, step));
        }
        sources
    }

    /// The width of a page's largest picture, in pixels.
    pub fn widest_picture(&self, page: u32) -> Option<u16> {
        self.picture_widths(page).last().map(|(_, width)| *width)
    }

    fn picture_widths(&self, page: u32) -> Vec<(u16, u16)> {
        self.pages.of(page).map_or(Vec::new(), |size| picture_widths(size, self.kind))
    }

    /// What a page's picture shows, for those who cannot see it: what the owner wrote of an image, otherwise its place in
    /// the document.
    pub fn alt_of(&self, page: u32) -> String {
        if self.kind == FileKind::Pdf || self.alt.is_empty() {
            format!("Page {page} of {}", self.page_count())
        } else {
            self.alt.clone()
        }
    }

    /// The path of a page's text, from page 1; `None` for an image, which has none.
    pub fn text_path(&self, page: u32) -> Option<String> {
        let is_pdf = self.kind == FileKind::Pdf;
        is_pdf.then(|| address::page_text_below(&self.record, page, Some(&self.version)))
    }

    /// The path of the outline.
    pub fn outline_path(&self) -> String {
        address::outline_below(&self.record, Some(&self.version))
    }
}

impl DocumentSummary {
    /// The path of a small picture of the first page.
    pub fn thumbnail_path(&self) -> String {
        address::thumbnail(&self.document_id, &self.version)
    }

    /// Sums a number over all links; `None` if one of them is unknown.
    pub fn sum(&self, number: impl Fn(&LinkSummary) -> Option<u64>) -> Option<u64> {
        self.links.iter().map(number).sum()
    }
}
