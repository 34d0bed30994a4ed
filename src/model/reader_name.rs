//! The short name of a reader's browser: all that is kept of its random mark.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Fingerprint, Invalid};

/// The digits of a name: [Crockford's base 32](https://www.crockford.com/base32.html), which leaves out i, l, o and u.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// How many digits a name has.
const LENGTH: usize = 8;

/// Names a reader by the random mark of their browser: eight characters such as `k7f2m9xq`, the same in lists, filters,
/// exports and at rest.
///
/// It holds 40 bits of a hash of the mark, which has 128 random ones, so the mark cannot be computed from it. Among
/// 100,000 readers two share a name once in 200 cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReaderName([u8; LENGTH]);

impl ReaderName {
    /// The name for a mark.
    pub fn of(mark: &Fingerprint) -> Self {
        Self::of_text(mark.as_str())
    }

    /// The name for a mark as text: [FNV-1a](https://www.rfc-editor.org/rfc/rfc9923), whose bits the finaliser of
    /// [SplitMix64](https://prng.di.unimi.it/splitmix64.c) mixes.
    pub fn of_text(mark: &str) -> Self {
        let mut hash = mark.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = (hash ^ (hash >> 31)) >> (64 - 5 * LENGTH);
        Self(std::array::from_fn(|place| DIGITS[(bits >> (5 * (LENGTH - 1 - place))) as usize & 0x1f]))
    }

    /// The name in a record; the name for the mark in a record of an earlier release, which holds that.
    pub fn of_record(text: &str) -> Result<Self, Invalid> {
        match Self::of_digits(text) {
            Some(name) => Ok(name),
            None if text.is_empty() => Err(Self::invalid()),
            None => text.parse().map(|mark| Self::of(&mark)),
        }
    }

    fn of_digits(text: &str) -> Option<Self> {
        let digits: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        digits.iter().all(|digit| DIGITS.contains(digit)).then_some(Self(digits))
    }

    fn invalid() -> Invalid {
        Invalid::new("reader", format!("must be {LENGTH} letters and digits"))
    }

    /// Its eight characters.
    pub fn as_str(&self) -> &str {
        // They are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// As people read it: `Reader k7f2m9xq`.
    pub fn label(self) -> String {
        format!("Reader {self}")
    }
}

impl fmt::Display for ReaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ReaderName {
    type Err = Invalid;

    /// Reads a name, in capitals or small letters, with or without `Reader` before it.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().to_ascii_lowercase();
        let name = text.strip_prefix("reader ").unwrap_or(&text);
        Self::of_digits(name).ok_or_else(Self::invalid)
    }
}

text_on_the_wire!(ReaderName, "The short name of a browser's mark, such as k7f2m9xq.");

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(mark: &str) -> ReaderName {
        ReaderName::of(&mark.parse().expect("a mark"))
    }

    #[test]
    fn name_of_a_mark_never_changes() {
        assert_eq!(name("mark").label(), "Reader 2j8demvb");
    }

    #[test]
    fn names_read_back_as_written() {
        for mark in ["a", "b", "3q2-7w_Zk1"] {
            let name = name(mark);
            assert_eq!(name.to_string().parse(), Ok(name));
            assert_eq!(name.label().to_uppercase().parse(), Ok(name));
        }
        for bad in ["", "reader", "abcdefg", "abcdefghj", "abcdefgi", "abcdefg\u{e9}"] {
            assert!(bad.parse::<ReaderName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn record_holds_a_name_or_a_mark_of_an_earlier_release() {
        let of_mark = name("mark");
        for record in [of_mark.as_str(), "mark"] {
            assert_eq!(ReaderName::of_record(record), Ok(of_mark));
        }
        for mark in ["2J8DEMVB", "2j8demvi", "3q2-7w_Zk1"] {
            assert_eq!(ReaderName::of_record(mark), Ok(ReaderName::of_text(mark)));
        }
        for neither in ["", "m<rk", "Reader 2j8demvb"] {
            assert!(ReaderName::of_record(neither).is_err(), "{neither}");
        }
    }

    #[test]
    fn similar_marks_have_different_names() {
        let names: HashSet<ReaderName> = (0..10_000).map(|number| name(&format!("mark-{number}"))).collect();
        assert_eq!(names.len(), 10_000);
    }
}
