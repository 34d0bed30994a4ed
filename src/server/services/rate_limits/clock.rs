//! The clock of the limits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Instant,
};

use governor::{clock::Clock as GovernorClock, nanos::Nanos};

use crate::server::store::clock::Clock;

/// Monotonic time since the start; under a manual clock, that clock's time, so that a test need not wait.
#[derive(Clone)]
pub struct LimitClock {
    started: Instant,
    clock: Clock,
    /// The earliest time of a manual clock so far, which counts as zero: a test may set it back.
    earliest: Arc<AtomicI64>,
}

impl LimitClock {
    /// The clock of limits in an app with this clock.
    pub fn of(clock: Clock) -> Self {
        Self { started: Instant::now(), clock, earliest: Arc::new(AtomicI64::new(i64::MAX)) }
    }
}

impl GovernorClock for LimitClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        match &self.clock {
            Clock::Redis(_) => self.started.elapsed().into(),
            Clock::Manual(_) => {
                let now = self.clock.now();
                let earliest = self.earliest.fetch_min(now, Relaxed).min(now);
                Nanos::new(now.abs_diff(earliest) * 1_000_000)
            }
        }
    }
}
