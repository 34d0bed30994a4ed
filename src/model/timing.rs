//! Every interval and window of the system, in one place.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often the widget reads new numbers.
pub const REFRESH_INTERVAL: Duration = Duration::from_secs(5);
/// How often a viewer page says that it is still there.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
/// A viewer is active while the last activity is no older than this, unless it is configured: see [`Windows`].
pub const INACTIVE_AFTER: Duration = Duration::from_secs(5 * 60);
/// A session that comes back within this time continues its visit instead of making a new view, unless it is
/// configured: see [`Windows`].
pub const RESUME_WINDOW: Duration = Duration::from_secs(10 * 60);
/// How long the reader must stay on a page before the server is told.
pub const PAGE_SETTLES_AFTER: Duration = Duration::from_millis(400);
/// The average view duration is taken over this many last visits.
pub const DURATIONS_KEPT: usize = 100;
/// How long the number of views of one day is kept.
pub const DAILY_LIFE: Duration = Duration::from_secs(7 * DAY);
/// How long the number of views of one ISO week is kept.
pub const WEEKLY_LIFE: Duration = Duration::from_secs(30 * DAY);
/// How long the number of views of one month is kept.
pub const MONTHLY_LIFE: Duration = Duration::from_secs(365 * DAY);

const DAY: u64 = 24 * 60 * 60;

/// The windows that a server may be configured with, as it tells them to the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Windows {
    /// A viewer is active while the last activity is no older than this, in seconds.
    pub inactive_after: u64,
    /// A session that comes back within this time continues its visit, in seconds; 0: every return is a new view.
    pub resume_within: u64,
}

impl Default for Windows {
    fn default() -> Self {
        Self { inactive_after: INACTIVE_AFTER.as_secs(), resume_within: RESUME_WINDOW.as_secs() }
    }
}
