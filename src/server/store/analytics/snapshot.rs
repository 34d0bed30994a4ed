//! Snapshots: the numbers and the viewers of a link at one time.

use std::collections::HashMap;

use tokio::time::Instant;

use super::{Analytics, scripts::SnapshotRequest};
use crate::{
    error::AppError,
    model::{ActiveViewer, LinkId, Metrics, ReaderName, Snapshot, ViewerLimit, timing},
};

/// A viewer as the snapshot script returns it: session, record, last activity.
type StoredViewer = (String, String, i64);
/// What the snapshot script returns beside the time: numbers, viewers, the link's record.
type SnapshotReply = ([u64; 11], Vec<StoredViewer>, HashMap<String, String>);

impl Analytics {
    /// One snapshot of a link with at most `limit` viewers, the newest first. [`AppError::LinkNotFound`] for a link
    /// that was deleted, never zeros.
    pub async fn snapshot(&self, link: &LinkId, limit: ViewerLimit) -> Result<Snapshot, AppError> {
        self.read_snapshot(link, SnapshotRequest { limit, with_record: false })
            .await
            .map(|(snapshot, _)| snapshot)
    }

    /// A snapshot of a link, and the fields of its record at the same time. One round trip.
    pub async fn snapshot_with_record(
        &self,
        link: &LinkId,
        limit: ViewerLimit,
    ) -> Result<(Snapshot, HashMap<String, String>), AppError> {
        self.read_snapshot(link, SnapshotRequest { limit, with_record: true }).await
    }

    async fn read_snapshot(
        &self,
        link: &LinkId,
        request: SnapshotRequest,
    ) -> Result<(Snapshot, HashMap<String, String>), AppError> {
        let link_key = (self.link_key)(link);
        let (now, (numbers, viewers, record)): (i64, SnapshotReply) = self
            .run_dated("snapshot", link, Instant::now(), |calendar| {
                let (clock, rules) = (&self.clock, &self.rules);
                self.scripts.snapshot_call(link, &link_key, clock, rules, calendar, request)
            })
            .await?;
        let [active_viewers, total_views, today, week, month, peak, sum, visits, filtered, history, exists] =
            numbers;
        if exists == 0 {
            return Err(AppError::LinkNotFound);
        }
        let mut active = viewers
            .iter()
            .map(|(session, record, last)| parse_viewer(session, record, *last, now))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                tracing::error!(%link, "a viewer's record in Redis is corrupt");
                AppError::Internal
            })?;
        active.sort_by(|a, b| (b.joined_at, &b.session_id).cmp(&(a.joined_at, &a.session_id)));
        let snapshot = Snapshot {
            metrics: Metrics {
                active_viewers,
                total_views,
                views_today: today,
                views_this_week: week,
                views_this_month: month,
                peak_concurrent_viewers: peak,
                avg_view_duration: (sum + visits / 2).checked_div(visits).unwrap_or(0),
            },
            active_viewers: active,
            filtered,
            history,
            windows: self.windows(),
            as_of: now,
        };
        Ok((snapshot, record))
    }
}

/// Parses a record as `viewer.lua` writes it; `None` for anything else.
fn parse_viewer(session: &str, record: &str, last_activity: i64, now: i64) -> Option<ActiveViewer> {
    let (page, joined, time, visible, mark, email, is_verified) = match record.strip_prefix('b') {
        Some(record) => {
            // Further fields are a newer version's.
            let fields: Vec<&str> = record.split(' ').collect();
            let [page, joined, time, visible, _, _, _, _, _, mark, _, email, ref more @ ..] = fields[..]
            else {
                return None;
            };
            (page, joined, time, visible, mark, email, more.first() == Some(&"v"))
        }
        // Of an earlier release.
        None => {
            let fields: Vec<&str> = record.splitn(7, ' ').collect();
            let [page, joined, time, visible, _, mark, email] = fields[..] else { return None };
            (page, joined, time, visible, mark, email, false)
        }
    };
    let (page, joined_at, time): (u32, i64, i64) =
        (page.parse().ok()?, joined.parse().ok()?, time.parse().ok()?);
    let away = visible == "0";
    let since_last = match now - last_activity {
        gap if gap > timing::LONGEST_GAP.as_millis() as i64 => timing::HEARTBEAT_INTERVAL.as_millis() as i64,
        gap => gap.max(0),
    };
    let engaged = if away { time } else { last_activity - joined_at - time + since_last };
    Some(ActiveViewer {
        session_id: session.parse().ok()?,
        email: (!email.is_empty()).then(|| email.to_owned()),
        email_verified: is_verified,
        reader: ReaderName::of_record(mark).ok().map(|name| name.to_string()),
        joined_at,
        last_activity,
        current_page: (page > 0).then_some(page),
        duration: engaged.max(0) as u64 / 1_000,
        away,
    })
}
