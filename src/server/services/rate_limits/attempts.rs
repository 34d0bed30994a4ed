//! Attempts at a secret: a wrong one costs, a right one does not.
//!
//! The crate `governor` cannot give back what a request has taken. This counts by the same algorithm (GCRA), and can.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{clock::Clock, nanos::Nanos};
use tokio::sync::Notify;

use crate::error::AppError;

/// Attempts by key: `burst` at once, then one per `period`.
pub(super) struct Attempts<K, C> {
    period: u64,
    burst: u64,
    clock: C,
    counters: Mutex<HashMap<K, Counter>>,
    /// Told when an attempt has ended.
    ended: Notify,
}

/// Times are in nanoseconds of the clock.
#[derive(Clone, Copy, Default)]
struct Counter {
    /// When the key has all its attempts again.
    full_at: u64,
    /// Attempts that are neither right nor wrong yet. Each has taken its cost.
    open: u32,
}

/// What becomes of a request for an attempt.
enum Answer {
    Begun,
    /// Refused unless one of the open attempts turns out to be right.
    Wait,
    Refused {
        retry_after: u32,
    },
}

impl<K: Clone + Eq + Hash, C: Clock<Instant = Nanos> + Clone> Attempts<K, C> {
    pub(super) fn new(period: Duration, burst: u32, clock: &C) -> Self {
        Self {
            period: nanos(period),
            burst: burst.into(),
            clock: clock.clone(),
            counters: Mutex::default(),
            ended: Notify::new(),
        }
    }

    /// Begins an attempt. While open attempts may still be given back, it waits for them.
    /// [`AppError::TooManyAttempts`] beyond the limit.
    pub(super) async fn begin(&self, key: K) -> Result<Attempt<'_, K, C>, AppError> {
        loop {
            let ended = self.ended.notified();
            match self.take(&key) {
                Answer::Begun => return Ok(Attempt { attempts: self, key, is_free: false }),
                Answer::Wait => ended.await,
                Answer::Refused { retry_after } => return Err(AppError::TooManyAttempts { retry_after }),
            }
        }
    }

    fn take(&self, key: &K) -> Answer {
        let now = self.now();
        let mut counters = self.counters();
        let counter = counters.entry(key.clone()).or_default();
        let full_at = counter.full_at.max(now) + self.period;
        let over = (full_at - now).saturating_sub(self.burst * self.period);
        if over == 0 {
            *counter = Counter { full_at, open: counter.open + 1 };
            Answer::Begun
        } else if counter.open > 0 {
            Answer::Wait
        } else {
            let seconds = over.div_ceil(1_000_000_000).max(1);
            Answer::Refused { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX) }
        }
    }

    fn end(&self, key: &K, is_free: bool) {
        if let Some(counter) = self.counters().get_mut(key) {
            counter.open = counter.open.saturating_sub(1);
            if is_free {
                counter.full_at = counter.full_at.saturating_sub(self.period);
            }
        }
        self.ended.notify_waiters();
    }

    /// Begins an attempt of this key after one of another. When it is refused, the other costs nothing.
    pub(super) async fn begin_after<'a, L: Clone + Eq + Hash>(
        &'a self,
        key: K,
        other: Attempt<'a, L, C>,
    ) -> Result<(Attempt<'a, L, C>, Attempt<'a, K, C>), AppError> {
        match self.begin(key).await {
            Ok(attempt) => Ok((other, attempt)),
            Err(error) => {
                other.end(false);
                Err(error)
            }
        }
    }

    /// Counts a wrong attempt that is never refused, up to `most` beyond the burst.
    pub(super) fn note_wrong(&self, key: K, most: u32) {
        let now = self.now();
        let mut counters = self.counters();
        let counter = counters.entry(key).or_default();
        let highest = now + (self.burst + u64::from(most)) * self.period;
        counter.full_at = (counter.full_at.max(now) + self.period).min(highest);
    }

    /// How many wrong attempts of a key are beyond the burst.
    pub(super) fn beyond(&self, key: &K) -> u32 {
        let now = self.now();
        let full_at = self.counters().get(key).map_or(0, |counter| counter.full_at);
        let spent = full_at.saturating_sub(now).div_ceil(self.period);
        u32::try_from(spent.saturating_sub(self.burst)).unwrap_or(u32::MAX)
    }

    /// Removes counters that are full again.
    pub(super) fn tidy(&self) {
        let now = self.now();
        let mut counters = self.counters();
        counters.retain(|_, counter| counter.open > 0 || counter.full_at > now);
        counters.shrink_to_fit();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.counters().len()
    }

    fn now(&self) -> u64 {
        self.clock.now().as_u64()
    }

    fn counters(&self) -> MutexGuard<'_, HashMap<K, Counter>> {
        // Nothing that holds the lock can panic halfway.
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One attempt. It costs unless [`Attempt::end`] says that it was not wrong: also when its request is given up.
pub(super) struct Attempt<'a, K: Clone + Eq + Hash, C: Clock<Instant = Nanos> + Clone> {
    attempts: &'a Attempts<K, C>,
    key: K,
    is_free: bool,
}

impl<K: Clone + Eq + Hash, C: Clock<Instant = Nanos> + Clone> Attempt<'_, K, C> {
    /// Ends it; only a wrong one costs.
    pub(super) fn end(mut self, is_wrong: bool) {
        self.is_free = !is_wrong;
    }
}

impl<K: Clone + Eq + Hash, C: Clock<Instant = Nanos> + Clone> Drop for Attempt<'_, K, C> {
    fn drop(&mut self) {
        self.attempts.end(&self.key, self.is_free);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
