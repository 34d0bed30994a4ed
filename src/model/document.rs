//! A shared document, as far as its visitors and its owner are told.

use serde::{Deserialize, Serialize};

use super::LinkId;

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

/// One document behind one link.
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
    /// When it was shared, Unix milliseconds.
    pub shared_at: i64,
    /// The address to hand to readers, complete with scheme and host.
    pub viewer_url: String,
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
}

/// All links that somebody may see, as of one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkList {
    /// The newest first.
    pub links: Vec<LinkSummary>,
    /// When the numbers were put together by the clock of the analytics, Unix milliseconds.
    pub as_of: i64,
}

/// One row of the list of links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkSummary {
    /// The link.
    pub link_id: LinkId,
    /// The document's title.
    pub title: String,
    /// The document's number of pages.
    pub page_count: u32,
    /// The address to hand to readers, complete with scheme and host.
    pub viewer_url: String,
    /// Viewers active now; `None` while the analytics are out of reach.
    pub active_viewers: Option<u64>,
    /// Views since the link exists; `None` while the analytics are out of reach.
    pub total_views: Option<u64>,
}
