//! The limits on open event streams: in all, per address and per owner, so that one client cannot take all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{rate_limits::RateLimitKey, tally::Tally};
use crate::{error::AppError, model::OwnerId};

/// The most streams of one badge on one server.
pub const MAX_PER_BADGE: usize = 100;

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
    by_address: Tally<RateLimitKey>,
    by_holder: Tally<Holder>,
}

/// For whom a stream is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Owner(OwnerId),
    /// Visitors of sites with a badge, by the digest of its token.
    Badge(String),
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
        let limits = (self.max, self.max_per_address, self.max_per_owner);
        self.permit(address, Holder::Owner(owner.clone()), limits)
    }

    /// The same for a frame with a badge, by the digest of its token. A frame can do without: it gets none once half of the
    /// streams are open, of all and of its address.
    pub fn admit_badge(&self, address: RateLimitKey, digest: &str) -> Result<StreamPermit, AppError> {
        let limits = (self.max / 2, self.max_per_address.div_ceil(2), MAX_PER_BADGE);
        self.permit(address, Holder::Badge(digest.to_owned()), limits)
    }

    fn permit(
        &self,
        address: RateLimitKey,
        holder: Holder,
        (max, max_per_address, max_per_holder): (usize, usize, usize),
    ) -> Result<StreamPermit, AppError> {
        let mut open = self.open();
        if open.all >= max {
            return Err(AppError::Full);
        }
        if open.by_address.of(&address) >= max_per_address || open.by_holder.of(&holder) >= max_per_holder {
            return Err(AppError::TooManyStreams);
        }
        open.by_address.add(address);
        open.by_holder.add(holder.clone());
        open.all += 1;
        Ok(StreamPermit { streams: self.clone(), address, holder })
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
    holder: Holder,
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.all -= 1;
        open.by_address.remove(&self.address);
        open.by_holder.remove(&self.holder);
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
        assert!(streams.open().by_holder.is_empty(), "owners without streams have no entry");
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
    fn badges_leave_half_to_dashboards() {
        let (ours, theirs) = (address("192.0.2.1"), address("192.0.2.2"));
        let streams = StreamLimits::new(4, 9, 9);
        let _open = [streams.admit_badge(ours, "a"), streams.admit_badge(theirs, "b")];
        assert_eq!(streams.admit_badge(ours, "a").err(), Some(AppError::Full));
        assert!(streams.admit(ours, &owner("ada")).is_ok());
        let streams = StreamLimits::new(99, 4, 9);
        let _open = [streams.admit_badge(ours, "a"), streams.admit_badge(ours, "b")];
        assert_eq!(streams.admit_badge(ours, "c").err(), Some(AppError::TooManyStreams));
        assert!(streams.admit_badge(theirs, "c").is_ok() && streams.admit(ours, &owner("ada")).is_ok());
    }

    #[test]
    fn one_badge_has_a_hundred_streams() {
        let (streams, ours) = (StreamLimits::new(999, 999, 1), address("192.0.2.1"));
        let open: Vec<_> = (0..MAX_PER_BADGE).map(|_| streams.admit_badge(ours, "a").ok()).collect();
        assert!(open.iter().all(Option::is_some));
        assert_eq!(streams.admit_badge(ours, "a").err(), Some(AppError::TooManyStreams));
        assert!(streams.admit_badge(ours, "b").is_ok());
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
