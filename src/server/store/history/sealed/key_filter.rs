//! A Bloom filter: which texts a file can hold.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most bytes of a filter, so that the filters of a million visits stay small beside the other data of a link.
const MAX_BYTES: usize = 4_096;
/// Bits for each key: one question in a hundred opens a file in vain.
const BITS_PER_KEY: usize = 10;
/// With fewer, a filter is not worth its bytes: one question in seventeen opens the file in vain.
const MIN_BITS_PER_KEY: usize = 6;
const HASHES: u64 = 5;

/// The hash of a text that a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    pub(super) fn of(text: &str) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&Sha256::digest(text)[..8]);
        Self(u64::from_le_bytes(first))
    }
}

/// A set of hashed texts with false positives. In JSON: base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyFilter(Vec<u8>);

impl KeyFilter {
    /// The filter of different keys; `None` if it would be too large.
    pub(super) fn new(keys: impl ExactSizeIterator<Item = Key>) -> Option<Self> {
        let bytes = (keys.len() * BITS_PER_KEY).div_ceil(8).min(MAX_BYTES);
        if bytes * 8 < keys.len() * MIN_BITS_PER_KEY {
            return None;
        }
        let mut filter = Self(vec![0; bytes]);
        for key in keys {
            for bit in filter.bits(key) {
                filter.0[bit / 8] |= 1 << (bit % 8);
            }
        }
        Some(filter)
    }

    /// Whether a text can be in the set; `false` is certain.
    pub(super) fn may_hold(&self, key: Key) -> bool {
        !self.0.is_empty() && self.bits(key).all(|bit| self.0[bit / 8] & (1 << (bit % 8)) != 0)
    }

    /// Double hashing, with both halves of the key (Kirsch and Mitzenmacher 2006).
    fn bits(&self, Key(key): Key) -> impl Iterator<Item = usize> + use<> {
        let (count, low, high) = (self.0.len() as u64 * 8, key & 0xffff_ffff, key >> 32);
        (0..HASHES).map(move |n| ((low + n * high) % count) as usize)
    }
}

impl From<KeyFilter> for String {
    fn from(filter: KeyFilter) -> Self {
        URL_SAFE_NO_PAD.encode(filter.0)
    }
}

impl TryFrom<String> for KeyFilter {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self(URL_SAFE_NO_PAD.decode(text)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(texts: std::ops::Range<u32>) -> Vec<Key> {
        texts.map(|text| Key::of(&text.to_string())).collect()
    }

    #[test]
    fn filter_holds_every_key_and_few_others() {
        for (count, most_in_vain) in [(1, 30), (1_000, 30), (5_000, 100)] {
            let inside = keys(0..count);
            let filter = KeyFilter::new(inside.iter().copied()).expect("few enough keys");
            assert!(inside.iter().all(|key| filter.may_hold(*key)), "{count} keys");
            let in_vain = keys(10_000..11_000).into_iter().filter(|key| filter.may_hold(*key)).count();
            assert!(in_vain <= most_in_vain, "{in_vain} of 1,000 with {count} keys");
            let json = serde_json::to_string(&filter).expect("JSON");
            assert!(json.len() <= 5_500, "{} bytes", json.len());
            assert_eq!(serde_json::from_str::<KeyFilter>(&json).expect("a filter"), filter);
        }
    }

    #[test]
    fn empty_set_has_a_filter_and_large_one_none() {
        let nothing = KeyFilter::new([].into_iter()).expect("a filter");
        assert!(!nothing.may_hold(Key::of("a@example.com")));
        assert!(KeyFilter::new(keys(0..6_000).into_iter()).is_none());
    }
}
