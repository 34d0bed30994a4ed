//! The clock: Redis' own, so that all servers agree.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// The source of the scripts' time. Clones share one clock.
#[derive(Clone, Debug)]
pub enum Clock {
    /// Redis' clock, so that all app servers agree. The number is how many milliseconds it was ahead of this
    /// machine's clock at the last reply; it serves only to guess today's label.
    Redis(Arc<AtomicI64>),
    /// A fixed time in Unix milliseconds, which tests set instead of sleeping.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Redis' clock. Counts as equal to this machine's until the first reply.
    pub fn redis() -> Self {
        Self::Redis(Arc::default())
    }

    /// A clock that stands at `now`, in Unix milliseconds, until it is set.
    pub fn manual(now: i64) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(now)))
    }

    /// The time in Unix milliseconds; for Redis' clock, an estimate.
    pub fn now(&self) -> i64 {
        match self {
            Self::Redis(ahead) => system_now() + ahead.load(Relaxed),
            Self::Manual(now) => now.load(Relaxed),
        }
    }

    /// Sets a manual clock. Returns `false` for Redis' clock, which cannot be set.
    pub fn set(&self, now: i64) -> bool {
        match self {
            Self::Redis(_) => false,
            Self::Manual(time) => {
                time.store(now, Relaxed);
                true
            }
        }
    }

    /// The first argument of scripts: the time to use, or an empty text for Redis' clock.
    pub(super) fn script_argument(&self) -> String {
        match self {
            Self::Redis(_) => String::new(),
            Self::Manual(now) => now.load(Relaxed).to_string(),
        }
    }

    /// Adjusts the estimate to the time in a reply.
    pub(super) fn sync(&self, now: i64) {
        if let Self::Redis(ahead) = self {
            ahead.store(now - system_now(), Relaxed);
        }
    }
}

/// This machine's clock, in Unix milliseconds.
pub fn system_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
