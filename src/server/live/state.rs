//! The latest state of a link, with the events that carry it to dashboards.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use tokio_util::bytes::Bytes;

use crate::{
    error::AppError,
    model::{Snapshot, events, success},
};

/// How long a browser waits before it opens a broken stream again, as the stream's `retry` field tells it. The dashboards
/// of Sightline follow a schedule of their own.
pub const RECONNECT_DELAY: Duration = Duration::from_secs(2);
/// How long a stream may be without an event until the next snapshot sends one. A snapshot comes every 6 s at the latest,
/// so that an event is sent at least every 15 s.
pub(super) const MAX_SILENCE: Duration = Duration::from_secs(9);

/// The latest snapshot of a link, and why there is no newer one.
///
/// Each event is serialised once, however many dashboards receive it.
#[derive(Clone, Default)]
pub struct LiveState {
    /// Counts the snapshots that differ; 0 while there is none.
    pub(super) number: u64,
    /// The latest snapshot.
    pub snapshot: Option<Snapshot>,
    /// The latest snapshot as an event.
    pub(super) snapshot_event: Bytes,
    /// The event for a dashboard that has the latest snapshot already.
    pub(super) alive_event: Bytes,
    /// The event that says why there is no newer snapshot.
    pub(super) trouble_event: Option<Bytes>,
    /// When the dashboards were last sent an event.
    sent_at: Option<Instant>,
}

impl LiveState {
    /// Whether there is a snapshot, or a reason why there is none.
    pub(super) fn is_known(&self) -> bool {
        self.number > 0 || self.trouble_event.is_some()
    }

    /// Applies a snapshot, or the failure to read one. Returns whether the dashboards are to be sent an event.
    pub(super) fn apply(&mut self, read: Result<Snapshot, AppError>) -> bool {
        let is_new = match read {
            Ok(snapshot) => self.set_snapshot(snapshot),
            Err(error) => {
                let trouble = Some(as_event(events::TROUBLE, None, error.envelope()));
                std::mem::replace(&mut self.trouble_event, trouble) != self.trouble_event
            }
        };
        let send = is_new || self.sent_at.is_none_or(|sent_at| sent_at.elapsed() >= MAX_SILENCE);
        if send {
            self.sent_at = Some(Instant::now());
        }
        send
    }

    /// Stores a snapshot, with which new streams begin. Returns whether it differs from the one before.
    fn set_snapshot(&mut self, snapshot: Snapshot) -> bool {
        let had_trouble = self.trouble_event.take().is_some();
        let is_new = had_trouble || !self.snapshot.as_ref().is_some_and(|old| old.same_numbers(&snapshot));
        self.number += u64::from(is_new);
        self.snapshot_event = as_event(events::SNAPSHOT, Some(snapshot.as_of), success(&snapshot));
        self.alive_event = as_event(events::ALIVE, None, events::Alive { as_of: snapshot.as_of });
        self.snapshot = Some(snapshot);
        is_new
    }
}

/// A server-sent event. JSON has no line breaks of its own, so one `data` line holds it.
pub fn as_event(name: &str, id: Option<i64>, data: impl Serialize) -> Bytes {
    let id = id.map_or(String::new(), |id| format!("id: {id}\n"));
    let data = serde_json::to_string(&data).unwrap_or_else(|_| "{}".to_owned());
    format!("{id}event: {name}\ndata: {data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ActiveViewer, Metrics, timing::Windows};

    /// One viewer, who joined at 0 and reads without a pause.
    fn snapshot(as_of: i64) -> Snapshot {
        Snapshot {
            metrics: Metrics { active_viewers: 1, total_views: 1, ..Metrics::default() },
            active_viewers: vec![ActiveViewer {
                session_id: "s1".parse().expect("a session"),
                email: None,
                email_verified: false,
                reader: None,
                joined_at: 0,
                last_activity: as_of,
                current_page: Some(1),
                duration: as_of as u64 / 1_000,
                away: false,
            }],
            filtered: 0,
            history: 0,
            windows: Windows::default(),
            as_of,
        }
    }

    fn text(bytes: &Bytes) -> &str {
        std::str::from_utf8(bytes).expect("text")
    }

    #[tokio::test(start_paused = true)]
    async fn passing_time_alone_reaches_only_new_streams() {
        let mut state = LiveState::default();
        assert!(state.apply(Ok(snapshot(1_000))));
        assert!(!state.apply(Ok(snapshot(6_900))));
        assert_eq!(state.number, 1);
        assert!(text(&state.snapshot_event).contains(r#""asOf":6900"#), "{:?}", state.snapshot_event);
        assert_eq!(text(&state.alive_event), "event: alive\ndata: {\"asOf\":6900}\n\n");
    }

    #[tokio::test(start_paused = true)]
    async fn every_other_change_is_sent() {
        let changes: [fn(&mut Snapshot); 7] = [
            |seen| seen.history = 1,
            |seen| seen.metrics.views_today = 2,
            |seen| seen.active_viewers[0].current_page = Some(2),
            |seen| seen.active_viewers[0].away = true,
            |seen| seen.active_viewers[0].email = Some("a@b.c".to_owned()),
            // The viewer was away in between.
            |seen| seen.active_viewers[0].duration -= 3,
            |seen| seen.active_viewers.clear(),
        ];
        for change in changes {
            let mut state = LiveState::default();
            state.apply(Ok(snapshot(9_000)));
            let mut changed = snapshot(9_000);
            change(&mut changed);
            assert!(state.apply(Ok(changed.clone())), "{changed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn event_is_sent_at_least_every_15_seconds() {
        let mut state = LiveState::default();
        state.apply(Ok(snapshot(0)));
        let mut sent = Vec::new();
        for second in (6..=60).step_by(6) {
            tokio::time::advance(Duration::from_secs(6)).await;
            if state.apply(Ok(snapshot(second * 1_000))) {
                sent.push(second);
            }
        }
        assert_eq!(sent, [12, 24, 36, 48, 60]);
        assert_eq!(state.number, 1, "no snapshot differs");
    }

    #[tokio::test(start_paused = true)]
    async fn trouble_is_sent_once_and_ends_with_any_snapshot() {
        let mut state = LiveState::default();
        state.apply(Ok(snapshot(1_000)));
        assert!(state.apply(Err(AppError::Unavailable)));
        assert!(!state.apply(Err(AppError::Unavailable)));
        assert!(
            text(state.trouble_event.as_ref().expect("trouble"))
                .starts_with("event: trouble\ndata: {\"success\":false")
        );
        assert!(state.snapshot.is_some(), "the last numbers stay");
        assert!(state.apply(Ok(snapshot(2_000))));
        assert_eq!((state.number, &state.trouble_event), (2, &None));
    }
}
