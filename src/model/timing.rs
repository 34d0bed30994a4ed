//! All intervals, windows and retention times.

use std::time::Duration;

/// How often the widget fetches numbers while its stream is lost.
pub const REFRESH_INTERVAL: Duration = Duration::from_secs(5);
/// How often a viewer page sends a heartbeat.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
/// How old a viewer's last activity may be while the viewer counts as active; `SIGHTLINE_INACTIVE_AFTER`
/// overrides it.
pub const INACTIVE_AFTER: Duration = Duration::from_secs(5 * 60);
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
