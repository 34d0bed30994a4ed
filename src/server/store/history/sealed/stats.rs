//! What is known of a sealed file without opening it.

use std::{collections::HashSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    key_filter::{Key, KeyFilter},
    scan::ScanBounds,
};
use crate::model::{Fingerprint, Invalid, Visit, VisitId};

/// The ids between which all visits of a file lie, and its name: `{first}_{last}`.
///
/// It stays when the first or the last visit is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileRange {
    /// The oldest.
    pub first: VisitId,
    /// The newest.
    pub last: VisitId,
}

impl fmt::Display for FileRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.first, self.last)
    }
}

impl FromStr for FileRange {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("range", "must be two visit ids with an underscore between them");
        let (first, last) = text.split_once('_').ok_or_else(invalid)?;
        Ok(Self { first: first.parse()?, last: last.parse()? })
    }
}

text_on_the_wire!(FileRange);

/// One person, as far as visits tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// By e-mail address; capitals do not matter.
    Email(String),
    /// By the mark of a browser.
    Reader(Fingerprint),
}

impl Person {
    /// Whether the visit is theirs.
    pub fn made(&self, visit: &Visit) -> bool {
        self.is(visit.email.as_deref(), visit.reader.as_ref().map(Fingerprint::as_str))
    }

    pub(super) fn is(&self, email: Option<&str>, reader: Option<&str>) -> bool {
        match self {
            Self::Email(own) => email.is_some_and(|email| email.to_lowercase() == own.to_lowercase()),
            Self::Reader(own) => reader == Some(own.as_str()),
        }
    }
}

/// What is known of a file without opening it. In JSON at most 11.2 kB, and 200 bytes beside the filters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileStats {
    /// The ids in it.
    pub range: FileRange,
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
            && bounds.before.is_none_or(|before| self.range.first < before)
            && bounds.person.as_ref().is_none_or(|person| self.may_know(person))
    }

    /// Whether the file can hold visits of a person; `false` is certain.
    pub fn may_know(&self, person: &Person) -> bool {
        let (filter, key) = match person {
            Person::Email(email) => (&self.emails, Key::of(&email.to_lowercase())),
            Person::Reader(reader) => (&self.readers, Key::of(reader.as_str())),
        };
        filter.as_ref().is_none_or(|filter| filter.may_hold(key))
    }
}

/// Gathers the statistics while a file is written.
#[derive(Default)]
pub(super) struct StatsOfVisits {
    range: Option<FileRange>,
    joined: Option<(i64, i64)>,
    ended: Option<(i64, i64)>,
    visits: u64,
    emails: HashSet<Key>,
    readers: HashSet<Key>,
}

impl StatsOfVisits {
    /// Adds a visit that is newer than those before.
    pub(super) fn add(&mut self, visit: &Visit) {
        let first = self.range.map_or(visit.id, |range| range.first);
        self.range = Some(FileRange { first, last: visit.id });
        self.joined = Some(widened(self.joined, visit.joined_at));
        self.ended = Some(widened(self.ended, visit.ended_at));
        self.visits += 1;
        self.emails.extend(visit.email.as_ref().map(|email| Key::of(&email.to_lowercase())));
        self.readers.extend(visit.reader.as_ref().map(|reader| Key::of(reader.as_str())));
    }

    /// The statistics; `None` without visits.
    pub(super) fn finish(self, bytes: usize) -> Option<FileStats> {
        Some(FileStats {
            range: self.range?,
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
    fn range_reads_back_from_a_file_name() {
        let range = FileRange {
            first: VisitId { recorded_at: 1_795_597_471_600, sequence: 0 },
            last: VisitId { recorded_at: 1_795_597_471_600, sequence: 12 },
        };
        assert_eq!(range.to_string(), "1795597471600-0_1795597471600-12");
        assert_eq!(range.to_string().parse(), Ok(range));
        for bad in ["", "1-0", "1-0_", "1-0_x", "1-0_2-0_3-0", "../1-0_2-0"] {
            assert!(bad.parse::<FileRange>().is_err(), "{bad}");
        }
    }
}
