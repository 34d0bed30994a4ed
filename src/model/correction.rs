//! Corrections: visits that their owner leaves out of all numbers together, and takes back together.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CorrectionId, HistoryQuery, HistoryScope, Invalid, LinkId, ReaderId};

/// The most corrections of an owner that can be taken back. Of older ones each visit can.
pub const MAX_CORRECTIONS: usize = 100;

/// Whose visits a correction is about. As text: `all`, `link:guide`, `document:8sJd02`, `reader:ann@example.org`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CorrectionSubject {
    /// Those of a link, a document or all documents of the owner.
    Scope(HistoryScope),
    /// Those of a reader, to all documents of the owner.
    Reader(ReaderId),
}

impl CorrectionSubject {
    /// Where they are looked for.
    pub fn scope(&self) -> HistoryScope {
        match self {
            Self::Scope(scope) => scope.clone(),
            Self::Reader(_) => HistoryScope::Everything,
        }
    }
}

impl fmt::Display for CorrectionSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(HistoryScope::Everything) => f.write_str("all"),
            Self::Scope(HistoryScope::Link(link)) => write!(f, "link:{link}"),
            Self::Scope(HistoryScope::Document(document)) => write!(f, "document:{document}"),
            Self::Reader(reader) => write!(f, "reader:{reader}"),
        }
    }
}

impl FromStr for CorrectionSubject {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let named = match text.split_once(':') {
            None if text == "all" => return Ok(Self::Scope(HistoryScope::Everything)),
            Some(("link", link)) => link.parse().map(|link| Self::Scope(HistoryScope::Link(link))),
            Some(("document", id)) => id.parse().map(|id| Self::Scope(HistoryScope::Document(id))),
            Some(("reader", reader)) => reader.parse().map(Self::Reader),
            _ => Err(Invalid::new("of", String::new())),
        };
        named.map_err(|_| Invalid::new("of", "must be all, or link:, document: or reader: with its id"))
    }
}

text_on_the_wire!(CorrectionSubject, "`all`, or `link:`, `document:` or `reader:` with its id.");

/// The request for a correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewCorrection {
    /// Whose visits.
    pub of: CorrectionSubject,
    /// Which of them: range and filter, as on an analytics page.
    pub query: HistoryQuery,
    /// Only visits that began until then, Unix milliseconds; `None`: until now.
    pub as_of: Option<i64>,
}

/// What a correction would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CorrectionPreview {
    /// Which visits, in words.
    pub words: String,
    /// How many visits it would leave out, downloads without a visit among them.
    pub visits: u64,
    /// How many of them count as views.
    pub views: u64,
    /// The total views of the links, as the widget shows them.
    pub total_views: u64,
    /// The total views that would be left.
    pub total_views_then: u64,
    /// The peak of each link that has such visits.
    pub peaks: Vec<PeakChange>,
    /// Visits that cannot be read, which stay as they are.
    pub unreadable: u64,
    /// Until when visits began that it would leave out, Unix milliseconds.
    pub as_of: i64,
}

/// The most viewers of a link at once, as the widget shows it, and without the visits of a correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeakChange {
    /// The link.
    pub link_id: LinkId,
    /// The owner's name for it.
    pub label: String,
    /// The peak now.
    pub peak_concurrent_viewers: u64,
    /// The peak that would be left.
    pub peak_concurrent_viewers_then: u64,
}

/// Visits that were left out together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Correction {
    /// The id by which they are taken back.
    pub correction_id: CorrectionId,
    /// Which visits, in words.
    pub words: String,
    /// How many visits it left out; 0 while it is not done.
    pub visits: u64,
    /// How many of them count as views; 0 while it is not done.
    pub views: u64,
    /// Whether it is done.
    pub state: CorrectionState,
    /// When it was asked for, Unix milliseconds.
    pub made_at: i64,
}

/// How far a correction is. One that was interrupted goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CorrectionState {
    /// Its visits are being left out, link by link.
    LeavingOut,
    /// All its visits are left out.
    LeftOut,
    /// Its visits are being taken back, link by link.
    TakingBack,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_read_back_as_written() {
        for text in ["all", "link:guide", "document:8sJd02", "reader:ann@example.org", "reader:2j8demvb"] {
            let subject: CorrectionSubject = text.parse().expect(text);
            assert_eq!(subject.to_string(), text);
        }
        for wrong in
            ["", "everything", "link:", "link:a b", "document:", "reader:", "reader:ann", "visit:1-0"]
        {
            assert!(wrong.parse::<CorrectionSubject>().is_err(), "{wrong}");
        }
    }
}
