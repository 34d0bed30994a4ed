//! The limits on open event streams: in all, per address and per owner, so that one client cannot take all of them.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::rate_limits::RateLimitKey;
use crate::{error::AppError, model::OwnerId};

/// Counts the open streams. Cheap to clone.
#[derive(Clone)]
pub struct StreamLimits {
    max: usize,
    max_per_address: usize,
    max_per_owner: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<RateLimitKey, usize>,
    by_owner: HashMap<OwnerId, usize>,
}

impl StreamLimits {
    /// At most `max` in all, `max_per_address` for each address and `max_per_owner` for each owner.
    pub fn new(max: usize, max_per_address: usize, max_per_owner: usize) -> Self {
        Self { max, max_per_address, max_per_owner, open: Arc::default() }
    }

    /// How many are open, and how many may be.
    pub fn load(&self) -> (usize, usize) {
        (self.open().all, self.max)
    }

    /// A permit for one stream, held until it is dropped. [`AppError::Full`] beyond the limit of all streams,
    /// [`AppError::TooManyStreams`] beyond that of the address or the owner.
    pub fn admit(&self, address: RateLimitKey, owner: &OwnerId) -> Result<StreamPermit, AppError> {
        let mut open = self.open();
        if open.all >= self.max {
            return Err(AppError::Full);
        }
        let of_address = open.by_address.get(&address).copied().unwrap_or_default();
        let of_owner = open.by_owner.get(owner).copied().unwrap_or_default();
        if of_address >= self.max_per_address || of_owner >= self.max_per_owner {
            return Err(AppError::TooManyStreams);
        }
        open.by_address.insert(address, of_address + 1);
        open.by_owner.insert(owner.clone(), of_owner + 1);
        open.all += 1;
        Ok(StreamPermit { streams: self.clone(), address, owner: owner.clone() })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit for one open stream.
#[must_use = "it ends when dropped"]
pub struct StreamPermit {
    streams: StreamLimits,
    address: RateLimitKey,
    owner: OwnerId,
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.all -= 1;
        leave(&mut open.by_address, &self.address);
        leave(&mut open.by_owner, &self.owner);
    }
}

fn leave<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> RateLimitKey {
        RateLimitKey::of(text.parse().expect("an address"))
    }

    fn owner(id: &str) -> OwnerId {
        id.parse().expect("an owner id")
    }

    #[test]
    fn owner_has_a_limit_across_addresses() {
        let streams = StreamLimits::new(9, 9, 1);
        let first = streams.admit(address("192.0.2.1"), &owner("ada")).ok();
        let second = streams.admit(address("192.0.2.2"), &owner("ada"));
        assert_eq!(second.err(), Some(AppError::TooManyStreams));
        assert!(streams.admit(address("192.0.2.1"), &owner("bob")).is_ok());
        drop(first);
        assert!(streams.admit(address("192.0.2.2"), &owner("ada")).is_ok());
        assert!(streams.open().by_owner.is_empty(), "owners without streams have no entry");
    }

    #[test]
    fn streams_are_limited_per_address_and_in_all() {
        let streams = StreamLimits::new(3, 2, 9);
        let (ours, theirs) = (address("192.0.2.1"), address("192.0.2.2"));
        let first = streams.admit(ours, &owner("ada")).ok();
        let _second = streams.admit(ours, &owner("ada")).ok();
        assert_eq!(streams.admit(ours, &owner("ada")).err(), Some(AppError::TooManyStreams));
        let _third = streams.admit(theirs, &owner("ada")).ok();
        assert_eq!(streams.admit(theirs, &owner("ada")).err(), Some(AppError::Full));
        drop(first);
        assert!(streams.admit(ours, &owner("ada")).is_ok());
    }

    #[test]
    fn ipv6_subnet_and_mapped_ipv4_count_as_one_address() {
        let streams = StreamLimits::new(9, 1, 9);
        let _six = streams.admit(address("2001:db8:0:1::1"), &owner("ada")).ok();
        assert!(streams.admit(address("2001:db8:0:1:ffff::2"), &owner("ada")).is_err());
        let _four = streams.admit(address("192.0.2.1"), &owner("ada")).ok();
        assert!(streams.admit(address("::ffff:192.0.2.1"), &owner("ada")).is_err());
        assert!(streams.admit(address("2001:db8:0:2::1"), &owner("ada")).is_ok());
    }
}
