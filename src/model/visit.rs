//! Finished visits, as the history keeps them.
//!
//! What is `None` was not recorded: unknown, never zero.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ClientKind, Country, DocumentId, Invalid, LinkId, PageTime, PagesRead, ReaderName};

/// Names a finished visit within its link, and sorts by the time at which it was recorded: the id of an entry of a
/// [Redis stream](https://redis.io/docs/latest/develop/data-types/streams/#entry-ids).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VisitId {
    /// Unix milliseconds by the clock of Redis.
    pub recorded_at: u64,
    /// Counts the visits recorded within the same millisecond.
    pub sequence: u64,
}

impl VisitId {
    /// The smallest id behind this one.
    pub fn next(self) -> Self {
        match self.sequence.checked_add(1) {
            Some(sequence) => Self { sequence, ..self },
            None => Self { recorded_at: self.recorded_at.saturating_add(1), sequence: 0 },
        }
    }
}

impl fmt::Display for VisitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.recorded_at, self.sequence)
    }
}

impl FromStr for VisitId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = text.split_once('-').and_then(|(time, sequence)| {
            let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            if !digits(time) || !digits(sequence) {
                return None;
            }
            Some(Self { recorded_at: time.parse().ok()?, sequence: sequence.parse().ok()? })
        });
        parts.ok_or_else(|| Invalid::new("visitId", "must be two numbers with a hyphen between them"))
    }
}

text_on_the_wire!(VisitId, "Two numbers with a hyphen between them, such as 1795597471600-3.");

/// One finished visit: from join to leave or expiry, resumed visits included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// The link that was read.
    pub link: LinkId,
    /// The document that the link shared.
    pub document: DocumentId,
    /// The version of the file at the join, so that numbers of two versions never mix.
    pub version: Option<String>,
    /// How many pages that version has.
    pub page_count: Option<u32>,
    /// The name of the browser's random mark.
    pub reader: Option<ReaderName>,
    /// The e-mail address that the reader gave.
    pub email: Option<String>,
    /// Whether a code sent to the address showed that it is theirs; `false` also where the link did not ask for one.
    #[serde(default)]
    pub email_verified: bool,
    /// Unix milliseconds.
    pub joined_at: i64,
    /// Unix milliseconds.
    pub ended_at: i64,
    /// For how many milliseconds after its end the viewer counted as active: the window of an expired visit; 0 after a leave,
    /// and where an earlier release recorded it.
    #[serde(default)]
    pub active_after_ms: u64,
    /// Milliseconds of reading.
    pub visible_ms: u64,
    /// The pages in the order in which they were first seen, each once.
    pub pages: Option<Vec<PageTime>>,
    /// The page in view at the end.
    pub exit_page: Option<u32>,
    /// When the file was downloaded last, in Unix milliseconds; `None`: it was not.
    pub downloaded_at: Option<i64>,
    /// The addresses of links that the reader opened, each once; none also where the client did not tell.
    #[serde(default)]
    pub clicked: Vec<String>,
    /// Whether the reader asked the browser to print; `false` also where the client did not tell.
    #[serde(default)]
    pub printed: bool,
    /// The host of the page that led to the link; empty: none did.
    pub referrer: Option<String>,
    /// Browser, system and device.
    pub client: Option<ClientKind>,
    /// Where the request came from.
    pub country: Option<Country>,
    /// Whether this mark had visited the link before; `None` also for a visit without a mark.
    pub returning: Option<bool>,
    /// Whether the owner left it out of all numbers.
    pub archived: bool,
}

impl Visit {
    /// A visit of which nothing is known.
    pub fn of(id: VisitId, link: LinkId, document: DocumentId) -> Self {
        Self {
            id,
            link,
            document,
            version: None,
            page_count: None,
            reader: None,
            email: None,
            email_verified: false,
            joined_at: 0,
            ended_at: 0,
            active_after_ms: 0,
            visible_ms: 0,
            pages: None,
            exit_page: None,
            downloaded_at: None,
            clicked: Vec::new(),
            printed: false,
            referrer: None,
            client: None,
            country: None,
            returning: None,
            archived: false,
        }
    }

    /// Whether it is a view; see [`is_view()`].
    pub fn is_view(&self) -> bool {
        let end = || Ok((self.ended_at, self.pages.as_deref()));
        let Ok(is_view) = is_view::<Infallible>(self.joined_at, self.downloaded_at, end);
        is_view
    }

    /// What its pages tell; `None`: they were not recorded.
    pub fn pages_read(&self) -> Option<PagesRead<'_>> {
        self.pages.as_deref().map(PagesRead)
    }

    /// How many pages were in view for at least a second.
    pub fn pages_seen(&self) -> Option<u32> {
        self.pages_read().map(PagesRead::seen)
    }

    /// The highest page that was in view.
    pub fn furthest_page(&self) -> Option<u32> {
        self.pages_read()?.furthest()
    }

    /// See [`PagesRead::completion`], of all pages of that version.
    pub fn completion(&self) -> Option<u8> {
        self.pages_read()?.completion(self.page_count?)
    }
}

/// Whether a visit is a view. A download by a visitor who did not open the page is kept as a visit that begins and ends
/// with it and saw no page: it is none.
///
/// `end`, which is when it ended and its pages, is asked for only where it decides.
pub fn is_view<'p, E>(
    joined_at: i64,
    downloaded_at: Option<i64>,
    end: impl FnOnce() -> Result<(i64, Option<&'p [PageTime]>), E>,
) -> Result<bool, E> {
    if downloaded_at != Some(joined_at) {
        return Ok(true);
    }
    let (ended_at, pages) = end()?;
    Ok(ended_at != joined_at || pages.is_some_and(|pages| !pages.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visit_ids_sort_by_time_and_then_by_sequence() {
        let id = |text: &str| text.parse::<VisitId>().expect("an id");
        assert!(id("9-0") < id("10-0") && id("10-9") < id("10-10"));
        assert_eq!(id("1795597471600-3").to_string(), "1795597471600-3");
        for bad in ["", "-", "1", "1-", "-1", "+1-0", "1-2-3", "99999999999999999999-0"] {
            assert!(bad.parse::<VisitId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn completion_of_unrecorded_pages_is_unknown() {
        let visit = |pages, page_count| {
            let id = VisitId { recorded_at: 1, sequence: 0 };
            let (link, document) = ("l".parse().expect("a link id"), "d".parse().expect("a document's id"));
            Visit { pages, page_count, ..Visit::of(id, link, document) }
        };
        let pages = Some(vec![PageTime::whole(3, 1_000), PageTime::whole(7, 5_000)]);
        let read = visit(pages.clone(), Some(12));
        assert_eq!(
            (read.pages_seen(), read.furthest_page(), read.completion()),
            (Some(2), Some(7), Some(16))
        );
        assert_eq!(visit(pages, None).completion(), None, "the number of pages is not known");
        assert_eq!(visit(None, Some(12)).completion(), None, "pages were not recorded");
        assert_eq!(visit(Some(vec![]), Some(12)).completion(), Some(0));
    }
}
