//! What time it is: Redis' clock, as every server sees it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// Where the scripts take the time from. Clones share one clock.
#[derive(Clone, Debug)]
pub enum Clock {
    /// Redis' own clock, as every app server sees it. The number is how many milliseconds it was ahead of
    /// this machine's when Redis last said the time; it only helps to guess today's name.
    Redis(Arc<AtomicI64>),
    /// A time set by hand, in Unix milliseconds: tests move it instead of sleeping.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Redis' clock, taken to agree with this machine's until it says otherwise.
    pub fn redis() -> Self {
        Self::Redis(Arc::default())
    }

    /// A clock that stands still at `now` until it is set.
    pub fn manual(now: i64) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(now)))
    }

    /// The best guess at the time, in Unix milliseconds.
    pub fn now(&self) -> i64 {
        match self {
            Self::Redis(ahead) => system_now() + ahead.load(Relaxed),
            Self::Manual(now) => now.load(Relaxed),
        }
    }

    /// Moves a manual clock; `false` for Redis' clock, which nobody can move.
    pub fn set(&self, now: i64) -> bool {
        match self {
            Self::Redis(_) => false,
            Self::Manual(time) => {
                time.store(now, Relaxed);
                true
            }
        }
    }

    /// The scripts' first argument: the time to use, or nothing for Redis' own.
    pub(super) fn script_argument(&self) -> String {
        match self {
            Self::Redis(_) => String::new(),
            Self::Manual(now) => now.load(Relaxed).to_string(),
        }
    }

    /// Takes note of the time that a reply carried.
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
