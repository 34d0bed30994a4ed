//! The limits on open event streams: in all, and per address, so that one client cannot take all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::rate_limits::RateLimitKey;
use crate::error::AppError;

/// Counts the open streams. Cheap to clone.
#[derive(Clone)]
pub struct StreamLimits {
    max: usize,
    max_per_address: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<RateLimitKey, usize>,
}

impl StreamLimits {
    /// At most `max` in all and `max_per_address` for each address.
    pub fn new(max: usize, max_per_address: usize) -> Self {
        Self { max, max_per_address, open: Arc::default() }
    }

    /// A permit for one stream, held until it is dropped. [`AppError::Full`] beyond the limit of all streams,
    /// [`AppError::TooManyStreams`] beyond that of the address.
    pub fn admit(&self, address: RateLimitKey) -> Result<StreamPermit, AppError> {
        let mut open = self.open();
        if open.all >= self.max {
            return Err(AppError::Full);
        }
        let count = open.by_address.entry(address).or_default();
        if *count >= self.max_per_address {
            return Err(AppError::TooManyStreams);
        }
        *count += 1;
        open.all += 1;
        Ok(StreamPermit { streams: self.clone(), address })
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
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.all -= 1;
        if let Some(count) = open.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> RateLimitKey {
        RateLimitKey::of(text.parse().expect("an address"))
    }

    #[test]
    fn streams_are_limited_per_address_and_in_all() {
        let streams = StreamLimits::new(3, 2);
        let (ours, theirs) = (address("192.0.2.1"), address("192.0.2.2"));
        let first = streams.admit(ours).ok();
        let _second = streams.admit(ours).ok();
        assert_eq!(streams.admit(ours).err(), Some(AppError::TooManyStreams));
        let _third = streams.admit(theirs).ok();
        assert_eq!(streams.admit(theirs).err(), Some(AppError::Full));
        drop(first);
        assert!(streams.admit(ours).is_ok());
    }

    #[test]
    fn ipv6_subnet_and_mapped_ipv4_count_as_one_address() {
        let streams = StreamLimits::new(9, 1);
        let _six = streams.admit(address("2001:db8:0:1::1")).ok();
        assert!(streams.admit(address("2001:db8:0:1:ffff::2")).is_err());
        let _four = streams.admit(address("192.0.2.1")).ok();
        assert!(streams.admit(address("::ffff:192.0.2.1")).is_err());
        assert!(streams.admit(address("2001:db8:0:2::1")).is_ok());
    }
}
