//! The load of the last minutes, for a page that is looked at now and then.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::durations::Totals;

/// How far back the load reaches.
pub const RECENT: Duration = Duration::from_secs(300);

/// Totals of the last minutes.
#[derive(Default)]
pub struct Recent(Mutex<VecDeque<Noted>>);

#[derive(Clone, Copy)]
struct Noted {
    at: Instant,
    requests: Totals,
    /// Successes and failures.
    heartbeats: (u64, u64),
}

/// What happened since the oldest totals of the last [`RECENT`], or since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecentLoad {
    /// How long requests took.
    pub requests: Totals,
    /// Heartbeats that were counted.
    pub heartbeats: u64,
    /// Heartbeats that the server failed.
    pub failed_heartbeats: u64,
}

impl Recent {
    pub(super) fn note(&self, requests: Totals, heartbeats: (u64, u64)) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while noted.front().is_some_and(|oldest| now.duration_since(oldest.at) > RECENT) {
            noted.pop_front();
        }
        noted.push_back(Noted { at: now, requests, heartbeats });
    }

    pub(super) fn load(&self, requests: Totals, (ok, failed): (u64, u64)) -> RecentLoad {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, (ok_before, failed_before)) =
            noted.front().map(|oldest| (oldest.requests, oldest.heartbeats)).unwrap_or_default();
        RecentLoad {
            requests: requests.since(before),
            heartbeats: ok.saturating_sub(ok_before),
            failed_heartbeats: failed.saturating_sub(failed_before),
        }
    }
}
