//! Every interval and window of the system, in one place.

use std::time::Duration;

/// How often the widget reads new numbers.
pub const REFRESH_INTERVAL: Duration = Duration::from_secs(5);
/// How often a viewer page says that it is still there.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
/// A viewer is active while the last activity is no older than this.
pub const INACTIVE_AFTER: Duration = Duration::from_secs(5 * 60);
/// A session that comes back within this time continues its visit instead of making a new view.
pub const RESUME_WINDOW: Duration = Duration::from_secs(10 * 60);
/// How long the reader must stay on a page before the server is told.
pub const PAGE_SETTLES_AFTER: Duration = Duration::from_millis(400);
/// The average view duration is taken over this many last visits.
pub const DURATIONS_KEPT: usize = 100;
/// How long the number of views of one day is kept.
pub const DAILY_RETENTION: Duration = Duration::from_secs(7 * DAY);
/// How long the number of views of one ISO week is kept.
pub const WEEKLY_RETENTION: Duration = Duration::from_secs(30 * DAY);
/// How long the number of views of one month is kept.
pub const MONTHLY_RETENTION: Duration = Duration::from_secs(365 * DAY);

const DAY: u64 = 24 * 60 * 60;
