//! [Slots](https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model) of a cluster.

use std::{fmt, str::FromStr};

use crc16::{State, XMODEM};
use serde::{Deserialize, Serialize};

/// How many a cluster has.
pub(super) const SLOT_COUNT: usize = 16_384;

/// Ranges of slots, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slots(Vec<(u16, u16)>);

impl Slots {
    /// How many they are.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|(first, last)| usize::from(last - first) + 1).sum()
    }

    /// Whether a key is in one of them.
    pub fn has(&self, key: &[u8]) -> bool {
        let slot = slot_of(key);
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&slot))
    }
}

impl FromStr for Slots {
    type Err = ();

    /// Parses `0-5460 6000`, as a server of the cluster writes them.
    fn from_str(text: &str) -> Result<Self, ()> {
        let ranges = text.split_whitespace().map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = (first.parse().map_err(|_| ())?, last.parse().map_err(|_| ())?);
            (first <= last && usize::from(last) < SLOT_COUNT).then_some((first, last)).ok_or(())
        });
        Ok(Self(ranges.collect::<Result<_, _>>()?))
    }
}

impl fmt::Display for Slots {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |(first, last): &(u16, u16)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        };
        out.write_str(&self.0.iter().map(range).collect::<Vec<_>>().join(" "))
    }
}

fn slot_of(key: &[u8]) -> u16 {
    let tag = || {
        let behind = &key[key.iter().position(|byte| *byte == b'{')? + 1..];
        let tag = &behind[..behind.iter().position(|byte| *byte == b'}')?];
        (!tag.is_empty()).then_some(tag)
    };
    State::<XMODEM>::calculate(tag().unwrap_or(key)) % SLOT_COUNT as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_slots_of_redis() {
        // By CLUSTER KEYSLOT of Redis 7.0.15.
        for (key, slot) in [
            ("foo", 12_182),
            ("123456789", 12_739),
            ("send:active:{doc}", 122),
            ("a{doc}b", 122),
            ("{}doc", 2_800),
            ("a{b", 13_340),
            ("", 0),
        ] {
            assert_eq!(slot_of(key.as_bytes()), slot, "{key}");
        }
    }

    #[test]
    fn ranges_are_read_and_written() {
        let slots: Slots = "0-5460 6000".parse().expect("slots");
        assert_eq!((slots.count(), slots.to_string().as_str()), (5_462, "0-5460 6000"));
        assert!(slots.has(b"send:active:{doc}") && !slots.has(b"foo"));
        assert_eq!(serde_json::to_string(&slots).expect("JSON"), "[[0,5460],[6000,6000]]");
        for invalid in ["5-4", "0-16384", "x", "1-2-3"] {
            assert!(invalid.parse::<Slots>().is_err(), "{invalid}");
        }
    }
}
