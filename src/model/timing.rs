//! All intervals, windows and retention times.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How often the widget fetches numbers while its stream is lost.
pub const REFRESH_INTERVAL: Duration = Duration::from_secs(5);
/// How often a viewer page sends a heartbeat.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
/// How old a viewer's last activity may be while the viewer counts as active; `SIGHTLINE_INACTIVE_AFTER`
/// overrides it.
pub const INACTIVE_AFTER: Duration = Duration::from_secs(5 * 60);
/// How long a reader may leave a page in view untouched before they count as away; `SIGHTLINE_IDLE_AFTER` overrides it.
pub const IDLE_AFTER: Duration = Duration::from_secs(5 * 60);
/// The longest gap between two signs of life that counts as reading. Of a longer one, as when a device slept, only
/// [`HEARTBEAT_INTERVAL`] counts.
pub const LONGEST_GAP: Duration = Duration::from_secs(90);
/// How long a session may be away and still resume its visit, without a new view; `SIGHTLINE_RESUME_WITHIN`
/// overrides it.
pub const RESUME_WINDOW: Duration = Duration::from_secs(10 * 60);
/// How long a reader stays on a page before the page is reported.
pub const PAGE_SETTLES_AFTER: Duration = Duration::from_millis(400);
/// How many durations of past visits are kept for the average.
pub const DURATIONS_KEPT: usize = 100;
/// How long the views of a day are kept.
pub const DAILY_RETENTION: Duration = Duration::from_secs(7 * DAY);
/// How long the views of an ISO week are kept.
pub const WEEKLY_RETENTION: Duration = Duration::from_secs(30 * DAY);
/// How long the views of a month are kept.
pub const MONTHLY_RETENTION: Duration = Duration::from_secs(365 * DAY);

const DAY: u64 = 24 * 60 * 60;

/// The windows that a server may be configured with, as it tells them to the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
