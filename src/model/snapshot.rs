//! What an owner sees: the numbers of a link and the people reading it.

use serde::{Deserialize, Serialize};

use super::{Invalid, SessionId, timing::Windows};

/// The seven numbers of one link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Viewers whose last activity is no older than [`Windows::inactive_after`], five minutes by default.
    pub active_viewers: u64,
    /// Views since the link exists.
    pub total_views: u64,
    /// Views of this day, UTC.
    pub views_today: u64,
    /// Views of this ISO week, UTC.
    pub views_this_week: u64,
    /// Views of this month, UTC.
    pub views_this_month: u64,
    /// The most viewers at once, ever.
    pub peak_concurrent_viewers: u64,
    /// Mean of the last 100 visits' durations, in seconds.
    pub avg_view_duration: u64,
}

/// Somebody who is reading now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveViewer {
    /// Whose visit this is; the key of a row.
    pub session_id: SessionId,
    /// What the visitor gave as e-mail; `None` reads "Anonymous".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// When the visit began, Unix milliseconds.
    pub joined_at: i64,
    /// The last sign of life, Unix milliseconds.
    pub last_activity: i64,
    /// The page most in view, from 1; `None` until the viewer says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_page: Option<u32>,
    /// Seconds of visible reading time up to `as_of`.
    pub duration: u64,
    /// The document is open but not in view (a tab in the background).
    pub away: bool,
}

/// One consistent picture of a link, read in one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The link's numbers.
    pub metrics: Metrics,
    /// The newest viewers first; at most as many as were asked for, while
    /// [`Metrics::active_viewers`] counts them all.
    pub active_viewers: Vec<ActiveViewer>,
    /// Requests of bots, link previews and speculative loading since the link exists: none of them is a view.
    #[serde(default)]
    pub filtered: u64,
    /// The windows by which the numbers count.
    #[serde(default)]
    pub windows: Windows,
    /// The Redis clock when the picture was taken, Unix milliseconds. A later picture has a later time.
    pub as_of: i64,
}

impl Snapshot {
    /// Whether both show the same to somebody who looks, apart from what moves with the clock alone.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let viewers = self.active_viewers.iter().zip(&other.active_viewers);
        self.metrics == other.metrics
            && self.filtered == other.filtered
            && self.active_viewers.len() == other.active_viewers.len()
            && viewers.into_iter().all(|(ours, theirs)| {
                // Of a viewer who reads on, what was not read stays the same, to the second that is cut off.
                let unread = |viewer: &ActiveViewer, as_of: i64| as_of / 1_000 - viewer.duration as i64;
                let reads_alike = if ours.away {
                    ours.duration == theirs.duration
                } else {
                    unread(ours, self.as_of).abs_diff(unread(theirs, other.as_of)) <= 1
                };
                let who = |viewer: &ActiveViewer| (viewer.joined_at, viewer.current_page, viewer.away);
                who(ours) == who(theirs)
                    && ours.session_id == theirs.session_id
                    && ours.email == theirs.email
                    && reads_alike
            })
    }
}

/// How many viewers a snapshot lists: 1 to 500, by default 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewerLimit(u16);

impl ViewerLimit {
    /// The largest list that can be asked for.
    pub const MAX: u16 = 500;
    /// For those who want the numbers, not the list.
    pub const SMALLEST: Self = Self(1);

    /// Refuses 0 and what lies above [`ViewerLimit::MAX`].
    pub fn new(limit: u16) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(Invalid::new("limit", "must be a whole number from 1 to 500"))
        }
    }

    /// The number of viewers.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Default for ViewerLimit {
    fn default() -> Self {
        Self(100)
    }
}
