//! What is known of a sealed file without opening it.

use std::{collections::HashSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    key_filter::{Key, KeyFilter},
    scan::ScanBounds,
};
use crate::{
    error::AppError,
    model::{Invalid, ReaderName, Visit, VisitId},
    server::store::{history::facts::VisitFacts, random},
};

/// The name of a file: `{first}_{last}_{random}`. All its visits lie between the two ids, also where the first or the last
/// one was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName {
    /// The oldest.
    pub first: VisitId,
    /// The newest.
    pub last: VisitId,
    /// Tells files with the same visits apart: two servers may write one at once, or one may replace another.
    pub random: u32,
}

impl FileName {
    /// A new name for a file whose visits lie between two ids. [`AppError::Internal`] when the operating system's
    /// generator fails.
    pub fn new(first: VisitId, last: VisitId) -> Result<Self, AppError> {
        Ok(Self { first, last, random: random::number()? })
    }

    /// Whether a visit with this id can be in the file.
    pub fn spans(&self, id: VisitId) -> bool {
        (self.first..=self.last).contains(&id)
    }

    /// A new name for what takes the file's place.
    pub fn renewed(&self) -> Result<Self, AppError> {
        Self::new(self.first, self.last)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{:08x}", self.first, self.last, self.random)
    }
}

impl FromStr for FileName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("file", "must be named by two visit ids and eight digits");
        let parts: Vec<&str> = text.split('_').collect();
        let [first, last, random] = parts[..] else { return Err(invalid()) };
        let digits =
            |text: &str| text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let random = Some(random).filter(|random| digits(random)).ok_or_else(invalid)?;
        Ok(Self {
            first: first.parse()?,
            last: last.parse()?,
            random: u32::from_str_radix(random, 16).map_err(|_| invalid())?,
        })
    }
}

text_on_the_wire!(FileName);

/// One person, as far as visits tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// By e-mail address; capitals do not matter.
    Email(String),
    /// By the mark of a browser.
    Reader(ReaderName),
    /// By one visit, of a link that the caller names: of its reader nothing else is known.
    OfVisit(VisitId),
}

impl Person {
    /// Whether the visit is theirs.
    pub fn made(&self, visit: &Visit) -> bool {
        let Ok(is_theirs) = self.is_of(visit);
        is_theirs
    }

    pub(super) fn is_of<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        Ok(match self {
            Self::Email(own) => {
                visit.email()?.is_some_and(|email| email.to_lowercase() == own.to_lowercase())
            }
            Self::Reader(own) => visit.reader()? == Some(*own),
            Self::OfVisit(own) => visit.id()? == *own,
        })
    }
}

/// What is known of a file without opening it. In JSON at most 11.2 kB, and 200 bytes beside the filters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileStats {
    /// Its name.
    pub name: FileName,
    /// The earliest and the latest join, in Unix milliseconds.
    pub joined: (i64, i64),
    /// The earliest and the latest end, in Unix milliseconds.
    pub ended: (i64, i64),
    /// How many visits it holds.
    pub visits: u64,
    /// Its size.
    pub bytes: u64,
    /// The e-mail addresses in it; `None`: too many for a filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emails: Option<KeyFilter>,
    /// The marks of browsers in it; `None`: too many for a filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readers: Option<KeyFilter>,
}

impl FileStats {
    /// Whether the file can hold visits within the bounds; `false` is certain.
    pub fn may_hold(&self, bounds: &ScanBounds) -> bool {
        bounds.may_hold(self.joined)
            && bounds.before.is_none_or(|before| self.name.first < before)
            && bounds.person.as_ref().is_none_or(|person| self.may_know(person))
    }

    /// Whether the file can hold visits of a person; `false` is certain.
    pub fn may_know(&self, person: &Person) -> bool {
        let (filter, key) = match person {
            Person::Email(email) => (&self.emails, Key::of(&email.to_lowercase())),
            Person::Reader(reader) => (&self.readers, Key::of(reader.as_str())),
            Person::OfVisit(visit) => return self.name.spans(*visit),
        };
        filter.as_ref().is_none_or(|filter| filter.may_hold(key))
    }
}

/// Gathers the statistics while a file is written.
#[derive(Default)]
pub(super) struct StatsOfVisits {
    range: Option<(VisitId, VisitId)>,
    joined: Option<(i64, i64)>,
    ended: Option<(i64, i64)>,
    visits: u64,
    emails: HashSet<Key>,
    readers: HashSet<Key>,
}

impl StatsOfVisits {
    /// Adds a visit that is newer than those before.
    pub(super) fn add(&mut self, visit: &Visit) {
        self.range = Some((self.range.map_or(visit.id, |(first, _)| first), visit.id));
        self.joined = Some(widened(self.joined, visit.joined_at));
        self.ended = Some(widened(self.ended, visit.ended_at));
        self.visits += 1;
        self.emails.extend(visit.email.as_ref().map(|email| Key::of(&email.to_lowercase())));
        self.readers.extend(visit.reader.as_ref().map(|reader| Key::of(reader.as_str())));
    }

    /// The statistics; `None` without visits.
    pub(super) fn finish(self, bytes: usize) -> Option<FileStats> {
        let (first, last) = self.range?;
        Some(FileStats {
            name: FileName { first, last, random: 0 },
            joined: self.joined?,
            ended: self.ended?,
            visits: self.visits,
            bytes: bytes as u64,
            emails: KeyFilter::new(self.emails.into_iter()),
            readers: KeyFilter::new(self.readers.into_iter()),
        })
    }
}

fn widened(bounds: Option<(i64, i64)>, time: i64) -> (i64, i64) {
    bounds.map_or((time, time), |(earliest, latest)| (earliest.min(time), latest.max(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_name_reads_back() {
        let name = FileName {
            first: VisitId { recorded_at: 1_795_597_471_600, sequence: 0 },
            last: VisitId { recorded_at: 1_795_597_471_600, sequence: 12 },
            random: 0xbeef,
        };
        assert_eq!(name.to_string(), "1795597471600-0_1795597471600-12_0000beef");
        assert_eq!(name.to_string().parse(), Ok(name));
        for bad in [
            "",
            "1-0",
            "1-0_2-0",
            "1-0_2-0_beef",
            "1-0_2-0_0000BEEF",
            "1-0_x_0000beef",
            "1-0_2-0_0000beef_",
            "../1-0_2-0_0000beef",
        ] {
            assert!(bad.parse::<FileName>().is_err(), "{bad}");
        }
    }
}
