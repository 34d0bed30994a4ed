//! How current the data on the screen is.

use std::time::Duration;

use super::{Machine, SILENCE_TIMEOUT};
use crate::{error::AppError, hooks::live_source::ConnectionState};

impl Machine {
    /// Whether a request is in flight.
    pub(in crate::hooks::live_source) fn is_loading(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Why the data is not up to date; `None` once it is.
    pub(in crate::hooks::live_source) fn error(&self) -> Option<&AppError> {
        self.stream_error.as_ref().or(self.error.as_ref())
    }

    /// How long the data counts as current without confirmation.
    fn grace(&self) -> Duration {
        if self.stream.is_receiving() && self.error().is_none() { SILENCE_TIMEOUT } else { 3 * self.interval }
    }

    /// The age of the data on the screen. It stops growing when the data is no longer current: beyond that it
    /// is unknown whether the viewers still read.
    pub(in crate::hooks::live_source) fn age(&self, now: Duration) -> Duration {
        match (self.received, self.confirmed) {
            (Some(received), Some(confirmed)) => now.min(confirmed + self.grace()).saturating_sub(received),
            _ => Duration::ZERO,
        }
    }

    /// How current the data on the screen is.
    pub(in crate::hooks::live_source) fn connection(&self, now: Duration) -> ConnectionState {
        let Some(confirmed) = self.confirmed else {
            return if self.error().is_some() {
                ConnectionState::Offline(None)
            } else {
                ConnectionState::Connecting
            };
        };
        let age = now.saturating_sub(confirmed);
        let fresh = age <= self.grace();
        match self.error() {
            None if self.stream.is_receiving() && fresh => ConnectionState::Live,
            None if self.polled && fresh => ConnectionState::Polling,
            None if self.stream.was_never_lost() && fresh => ConnectionState::Connecting,
            Some(_) if !fresh => ConnectionState::Offline(Some(age)),
            _ => ConnectionState::Reconnecting(age),
        }
    }
}
