//! The register of open connections, which keeps their number within limits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

use super::activity::Activity;
use crate::server::services::{RateLimitKey, Tally};

/// All open connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct OpenConnections {
    in_all: usize,
    per_address: usize,
    register: Arc<Mutex<Register>>,
}

#[derive(Default)]
struct Register {
    next: u64,
    open: HashMap<u64, Entry>,
    by_address: Tally<RateLimitKey>,
}

struct Entry {
    /// `None` for a trusted proxy, which speaks for many clients.
    address: Option<RateLimitKey>,
    activity: Activity,
    closed: CancellationToken,
}

impl OpenConnections {
    /// At most `in_all`, and `per_address` from one address.
    pub(super) fn new(in_all: usize, per_address: usize) -> Self {
        Self { in_all, per_address, register: Arc::default() }
    }

    /// Adds a connection, and closes the one that has been without a request for longest where there are too many: of
    /// the same address, or of all. `None` if all have requests.
    pub(super) fn admit(&self, address: Option<RateLimitKey>) -> Option<Slot> {
        let mut register = self.register();
        if let Some(address) = address
            && register.by_address.of(&address) >= self.per_address
        {
            register.close_longest_idle(|entry| entry.address == Some(address)).then_some(())?;
        }
        if register.open.len() >= self.in_all {
            register.close_longest_idle(|_| true).then_some(())?;
        }
        let (id, activity, closed) = (register.next, Activity::new(), CancellationToken::new());
        register.next += 1;
        if let Some(address) = address {
            register.by_address.add(address);
        }
        register.open.insert(id, Entry { address, activity: activity.clone(), closed: closed.clone() });
        Some(Slot { connections: self.clone(), id, activity, closed })
    }

    /// Closes the connection that has been without a request for longest, if any is.
    pub(super) fn close_longest_idle(&self) {
        self.register().close_longest_idle(|_| true);
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Register {
    fn close_longest_idle(&mut self, may_close: impl Fn(&Entry) -> bool) -> bool {
        let idle = self.open.iter().filter(|(_, entry)| may_close(entry)).filter_map(|(id, entry)| {
            let since = entry.activity.without_request_since()?;
            Some((since, *id))
        });
        let Some((_, id)) = idle.min() else { return false };
        if let Some(entry) = self.remove(id) {
            entry.closed.cancel();
        }
        true
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.open.remove(&id)?;
        if let Some(address) = entry.address {
            self.by_address.remove(&address);
        }
        Some(entry)
    }
}

/// The place of one connection, which is free again when this is dropped.
pub(super) struct Slot {
    connections: OpenConnections,
    id: u64,
    activity: Activity,
    closed: CancellationToken,
}

impl Slot {
    pub(super) fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Returns when the connection has to make way for another one.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.register().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    fn address(text: &str) -> Option<RateLimitKey> {
        Some(RateLimitKey::of(text.parse().expect("an address")))
    }

    fn is_closed(slot: &Slot) -> bool {
        slot.closed.is_cancelled()
    }

    #[tokio::test(start_paused = true)]
    async fn longest_idle_connection_makes_way() {
        let open = OpenConnections::new(3, 9);
        let mut slots = Vec::new();
        for host in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            slots.push(open.admit(address(host)).expect("a place"));
            advance(Duration::from_secs(1)).await;
        }
        let first_request = slots[0].activity.begin_request();
        let newcomer = open.admit(address("192.0.2.4")).expect("a place");
        assert_eq!(slots.iter().map(is_closed).collect::<Vec<_>>(), [false, true, false]);
        let _requests = [slots[2].activity.begin_request(), newcomer.activity.begin_request()];
        assert!(open.admit(address("192.0.2.5")).is_none(), "all have requests");
        drop(first_request);
        assert!(open.admit(address("192.0.2.5")).is_some());
        assert!(is_closed(&slots[0]));
    }

    #[tokio::test]
    async fn address_over_its_limit_makes_way_itself() {
        let open = OpenConnections::new(9, 2);
        let theirs = open.admit(address("192.0.2.2")).expect("a place");
        let ours: Vec<_> = (0..3).map(|_| open.admit(address("192.0.2.1")).expect("a place")).collect();
        assert_eq!((is_closed(&theirs), is_closed(&ours[0]), is_closed(&ours[1])), (false, true, false));
        let _requests = [ours[1].activity.begin_request(), ours[2].activity.begin_request()];
        assert!(open.admit(address("192.0.2.1")).is_none());
        assert!(open.admit(address("192.0.2.3")).is_some());
        assert!((0..5).all(|_| open.admit(None).is_some()), "a trusted proxy has no limit of its own");
        drop((theirs, ours));
        assert!(open.register().open.is_empty() && open.register().by_address.is_empty());
    }
}
