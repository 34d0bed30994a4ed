//! The numbers of a link and its active viewers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AnalyticsPage, Invalid, LinkSummary, SessionId, timing::Windows};

/// The seven numbers of a link. Days, weeks (ISO 8601) and months are those of UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Viewers whose last activity is at most [`Windows::inactive_after`] old.
    pub active_viewers: u64,
    /// Views since the link was made.
    pub total_views: u64,
    /// Views of this day.
    pub views_today: u64,
    /// Views of this week.
    pub views_this_week: u64,
    /// Views of this month.
    pub views_this_month: u64,
    /// The most viewers active at once since the link was made.
    pub peak_concurrent_viewers: u64,
    /// Mean duration of the last [`DURATIONS_KEPT`](super::timing::DURATIONS_KEPT) visits, in seconds.
    pub avg_view_duration: u64,
}

/// The numbers of a link that lists need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkCounts {
    /// As in [`Metrics`].
    pub active_viewers: u64,
    /// As in [`Metrics`].
    pub total_views: u64,
    /// As in [`Snapshot`].
    pub history: u64,
}

impl From<&Snapshot> for LinkCounts {
    fn from(snapshot: &Snapshot) -> Self {
        let Snapshot { metrics, history, .. } = snapshot;
        let Metrics { active_viewers, total_views, .. } = *metrics;
        Self { active_viewers, total_views, history: *history }
    }
}

/// A viewer who is reading now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActiveViewer {
    /// The viewer's session.
    pub session_id: SessionId,
    /// The visitor's e-mail address, which they claim; `None`: anonymous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether a code sent to the address showed that it is theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// The [`ReaderName`](super::ReaderName) of the browser's random mark, as past visits have it; `None`: the client sent
    /// no mark. Text, because the browser's program shows it and need not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// When the visit began, Unix milliseconds.
    pub joined_at: i64,
    /// The last join or heartbeat, Unix milliseconds.
    pub last_activity: i64,
    /// The page most in view, from 1; `None` until the client sends one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_page: Option<u32>,
    /// Seconds of visible reading time up to [`Snapshot::as_of`].
    pub duration: u64,
    /// Whether the document is open but hidden, as in a background tab.
    pub away: bool,
}

/// The numbers and viewers of a link at one time, read in one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The link's numbers.
    pub metrics: Metrics,
    /// Active viewers, newest first, up to the requested limit; [`Metrics::active_viewers`] counts them all.
    pub active_viewers: Vec<ActiveViewer>,
    /// Requests by bots, link previews and speculative loading since the link was made. They are no views.
    #[serde(default)]
    pub filtered: u64,
    /// Counts the changes of the link's past visits: a visit that ended or was resumed, a download, a visit that was
    /// archived, taken back or removed. Another number than before: read them again.
    #[serde(default)]
    pub history: u64,
    /// The windows by which the numbers count.
    #[serde(default)]
    pub windows: Windows,
    /// When the snapshot was taken, by the clock of Redis, Unix milliseconds. It grows from snapshot to
    /// snapshot.
    pub as_of: i64,
}

impl ActiveViewer {
    /// What past visits of this reader are found by: the e-mail address, or else the name of the mark.
    pub fn who(&self) -> Option<String> {
        self.email.clone().or_else(|| self.reader.clone())
    }
}

impl Snapshot {
    /// Whether both snapshots show the same, apart from durations that grow with the clock.
    pub fn same_numbers(&self, other: &Self) -> bool {
        let viewers = self.active_viewers.iter().zip(&other.active_viewers);
        self.metrics == other.metrics
            && (self.filtered, self.history) == (other.filtered, other.history)
            && self.active_viewers.len() == other.active_viewers.len()
            && viewers.into_iter().all(|(ours, theirs)| {
                // While a viewer reads, time minus duration stays the same, up to a second of rounding.
                let unread = |viewer: &ActiveViewer, as_of: i64| as_of / 1_000 - viewer.duration as i64;
                let same_duration = if ours.away {
                    ours.duration == theirs.duration
                } else {
                    unread(ours, self.as_of).abs_diff(unread(theirs, other.as_of)) <= 1
                };
                let row = |viewer: &ActiveViewer| (viewer.joined_at, viewer.current_page, viewer.away);
                row(ours) == row(theirs)
                    && ours.session_id == theirs.session_id
                    && (&ours.email, &ours.reader) == (&theirs.email, &theirs.reader)
                    && same_duration
            })
    }
}

/// A link with its numbers and viewers, read together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkDashboard {
    /// The link as its owner sees it.
    pub link: LinkSummary,
    /// Its snapshot, with at most 100 viewers.
    pub snapshot: Snapshot,
    /// Its past visits.
    pub analytics: AnalyticsPage,
}

/// A link with its numbers and all viewers that a snapshot holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkViewers {
    /// The link as its owner sees it.
    pub link: LinkSummary,
    /// Its snapshot, with at most [`ViewerLimit::MAX`] viewers.
    pub snapshot: Snapshot,
}

/// How many viewers a snapshot lists at most: 1 to [`ViewerLimit::MAX`], by default 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct ViewerLimit(u16);

impl ViewerLimit {
    /// The largest limit.
    pub const MAX: u16 = 500;
    /// The smallest limit, for callers that need only the numbers.
    pub const MIN: Self = Self(1);
    /// The largest limit, for the page that lists all viewers.
    pub const ALL: Self = Self(Self::MAX);

    /// Refuses 0 and limits above [`ViewerLimit::MAX`].
    pub fn new(limit: u16) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(Invalid::new("limit", "must be a whole number from 1 to 500"))
        }
    }

    /// The limit.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for ViewerLimit {
    type Error = Invalid;

    fn try_from(limit: u16) -> Result<Self, Invalid> {
        Self::new(limit)
    }
}

impl From<ViewerLimit> for u16 {
    fn from(limit: ViewerLimit) -> Self {
        limit.0
    }
}

impl Default for ViewerLimit {
    fn default() -> Self {
        Self(100)
    }
}
