//! Counts of what is open or under way, by whose it is.

use std::{collections::HashMap, hash::Hash};

/// How many each key has. A key that has none takes no memory.
#[derive(Debug)]
pub struct Tally<K>(HashMap<K, usize>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Tally<K> {
    /// How many it has.
    pub fn of(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or_default()
    }

    /// Counts one more.
    pub fn add(&mut self, key: K) {
        *self.0.entry(key).or_default() += 1;
    }

    /// Counts one less. A key that has none stays so.
    pub fn remove(&mut self, key: &K) {
        if let Some(count) = self.0.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(key);
            }
        }
    }

    /// Whether no key has any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_without_any_takes_no_memory() {
        let mut tally = Tally::default();
        for key in ["a", "b", "a"] {
            tally.add(key);
        }
        assert_eq!((tally.of(&"a"), tally.of(&"b"), tally.of(&"c")), (2, 1, 0));
        tally.remove(&"b");
        tally.remove(&"b");
        tally.remove(&"a");
        assert_eq!((tally.of(&"a"), tally.of(&"b"), tally.is_empty()), (1, 0, false));
        tally.remove(&"a");
        assert!(tally.is_empty());
    }
}
