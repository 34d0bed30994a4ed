//! When a failed request is repeated.

use std::time::Duration;

use crate::error::AppError;

/// Whether the same request may succeed later: the server is unreachable, failed or limits the rate (429,
/// RFC 6585, section 4).
pub(super) fn is_transient(error: &AppError) -> bool {
    matches!(error, AppError::Unavailable | AppError::Unreachable | AppError::Internal)
        || error.status() == 429
}

/// The delay that the server asks for with a 429.
pub(super) fn requested_delay(error: &AppError) -> Duration {
    let seconds = error.retry_after().filter(|_| error.status() == 429);
    Duration::from_secs(seconds.unwrap_or(0).into())
}

/// The delay before a retry. It stays at two seconds at most for a quarter of a minute, which most outages do
/// not exceed, then doubles up to 30 s.
pub(super) fn back_off(failures: u32) -> Duration {
    match failures {
        0 => Duration::from_millis(500),
        1 => Duration::from_secs(1),
        2..=8 => Duration::from_secs(2),
        failures => Duration::from_secs(30.min(4 << (failures - 9).min(3))),
    }
}
