//! One reader: how an address names them, and what their page shows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, ReaderName, Visit, VisitCursor, check_email};

/// The most other names of a reader that their page shows.
pub const MAX_OTHER_NAMES: usize = 20;

/// Names a reader within the documents of an owner: by the e-mail address that they gave, or by the name of their
/// browser's mark. As text it is either of the two; only an address holds an `@`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ReaderId {
    /// By e-mail address, which may not be verified; capitals do not matter.
    Email(String),
    /// By the mark of a browser.
    Mark(ReaderName),
}

impl ReaderId {
    /// What a visit tells of its reader: the e-mail address, otherwise the mark; `None`: neither is known.
    pub fn of(visit: &Visit) -> Option<Self> {
        Self::all_of(visit.email.as_deref(), visit.reader).next()
    }

    /// Both names that a visit with this e-mail address and this mark carries, the address first.
    pub fn all_of(email: Option<&str>, mark: Option<ReaderName>) -> impl Iterator<Item = Self> {
        let email = email.filter(|email| check_email(email).is_ok());
        let email = email.map(|email| Self::Email(email.to_owned()));
        email.into_iter().chain(mark.map(Self::Mark))
    }

    /// Whether it is one of these; capitals do not matter.
    pub fn is_one_of(&self, readers: &[Self]) -> bool {
        let lowercase = |reader: &Self| reader.to_string().to_lowercase();
        readers.iter().any(|reader| lowercase(reader) == lowercase(self))
    }

    /// As people read it: the e-mail address, or `Anonymous · Reader k7f2m9xq`.
    pub fn label(&self) -> String {
        match self {
            Self::Email(email) => email.clone(),
            Self::Mark(name) => format!("Anonymous · {}", name.label()),
        }
    }
}

impl fmt::Display for ReaderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => f.write_str(email),
            Self::Mark(name) => name.fmt(f),
        }
    }
}

impl FromStr for ReaderId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if !text.contains('@') {
            return text.parse().map(Self::Mark);
        }
        check_email(text)?;
        Ok(Self::Email(text.to_owned()))
    }
}

text_on_the_wire!(ReaderId, "An e-mail address, or the short name of a browser's mark.");

/// The sums over the visits of a reader, archived ones left out. Downloads without a visit are among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReaderNumbers {
    /// Visits.
    pub visits: u64,
    /// The documents that they read.
    pub documents: u64,
    /// Their reading time.
    pub visible_seconds: u64,
    /// When the first one began, in Unix milliseconds; `None`: all are archived.
    pub first_visit: Option<i64>,
    /// When the last one began, in Unix milliseconds; `None`: all are archived.
    pub last_visit: Option<i64>,
}

/// What erasing a reader removes: archived visits too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReaderErasure {
    /// Visits.
    pub visits: u64,
    /// The documents that they read.
    pub documents: u64,
}

/// A visit as the page of its reader lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReaderVisit {
    /// The visit.
    pub visit: Visit,
    /// When it began, exactly, in the owner's time zone.
    pub started: String,
    /// Its link as the owner names it.
    pub link_label: String,
    /// The title of its document.
    pub document_title: String,
}

/// All that is known of one reader, and a page of their visits to the documents of an owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReaderHistory {
    /// The reader.
    pub reader: ReaderId,
    /// The sums.
    pub numbers: ReaderNumbers,
    /// When the first visit began, exactly, in the owner's time zone; `None` as in the numbers.
    pub first_started: Option<String>,
    /// When the last visit began, exactly, in the owner's time zone; `None` as in the numbers.
    pub last_started: Option<String>,
    /// What erasing this reader removes.
    pub erases: ReaderErasure,
    /// Other names that these visits carry, at most [`MAX_OTHER_NAMES`]: the marks of an address, the addresses of a mark.
    pub other_names: Vec<ReaderId>,
    /// How many other names there are in all.
    pub other_name_count: u64,
    /// A page of the visits, the newest first; archived ones are among them.
    pub visits: Vec<ReaderVisit>,
    /// Where the next page of the visits begins.
    pub next: Option<VisitCursor>,
    /// Visits that cannot be read, and are in no number; whose they are is not known.
    pub unreadable: u64,
    /// Unix milliseconds.
    pub now: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_as_written() {
        for text in ["ann@example.com", "a/b+c%20?#@b.c", "Ann@B.c", "2j8demvb", "\u{1f4c8}@b.c"] {
            let id: ReaderId = text.parse().expect(text);
            assert_eq!(id.to_string(), text);
            let json = serde_json::to_string(&id).expect("JSON");
            assert_eq!(serde_json::from_str::<ReaderId>(&json).expect(&json), id);
        }
        for bad in ["", "ann", "@", "a@", "a b@c", "a@b@c", "2j8demv", &format!("{}@b.c", "x".repeat(254))] {
            assert!(bad.parse::<ReaderId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn visit_names_its_reader_by_address_first() {
        let of = |email: Option<&str>, mark: Option<&str>| {
            let visit = Visit {
                email: email.map(str::to_owned),
                reader: mark.map(ReaderName::of_text),
                ..Visit::of(
                    "1-0".parse().expect("an id"),
                    "l".parse().expect("a link id"),
                    "d".parse().expect("a document's id"),
                )
            };
            ReaderId::of(&visit).map(|id| id.label())
        };
        assert_eq!(of(Some("a@b.c"), Some("mark")).as_deref(), Some("a@b.c"));
        assert_eq!(of(None, Some("mark")).as_deref(), Some("Anonymous · Reader 2j8demvb"));
        assert_eq!(of(None, None), None);
    }
}
