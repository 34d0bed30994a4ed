//! What the dashboards of a link are told, as the events that carry it.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use tokio_util::bytes::Bytes;

use crate::{
    error::AppError,
    model::{Snapshot, events, success},
};

/// How long a browser that does not wait by itself waits before it opens a broken stream again.
pub const RECONNECT_AFTER: Duration = Duration::from_secs(2);
/// Something is said at least every 15 s. A reading comes every 6 s at the latest, and is asked whether it has
/// been quiet for this long.
pub(super) const QUIET: Duration = Duration::from_secs(9);

/// The latest picture of a link, and trouble with getting a newer one.
///
/// Each event is put into words once, however many dashboards send it.
#[derive(Clone, Default)]
pub struct LiveState {
    /// Counts the pictures that differ; 0 while there is none.
    pub(super) number: u64,
    /// The latest picture.
    pub snapshot: Option<Snapshot>,
    pub(super) picture: Bytes,
    /// "Nothing has changed", in place of a picture that was sent already.
    pub(super) alive: Bytes,
    /// Why there is no newer picture.
    pub(super) trouble: Option<Bytes>,
    told_at: Option<Instant>,
}

impl LiveState {
    /// There is a picture, or a reason why there is none.
    pub(super) fn is_known(&self) -> bool {
        self.number > 0 || self.trouble.is_some()
    }

    /// Takes note of a reading; `true` when the dashboards have to be told.
    pub(super) fn take_in(&mut self, read: Result<Snapshot, AppError>) -> bool {
        let is_new = match read {
            Ok(snapshot) => self.replace(snapshot),
            Err(error) => {
                let trouble = Some(as_event(events::TROUBLE, None, error.envelope()));
                std::mem::replace(&mut self.trouble, trouble) != self.trouble
            }
        };
        let tell = is_new || self.told_at.is_none_or(|told_at| told_at.elapsed() >= QUIET);
        if tell {
            self.told_at = Some(Instant::now());
        }
        tell
    }

    /// Whoever opens a stream gets the newest picture, also when it says nothing new to the others.
    fn replace(&mut self, snapshot: Snapshot) -> bool {
        let had_trouble = self.trouble.take().is_some();
        let is_new = had_trouble || !self.snapshot.as_ref().is_some_and(|old| old.same_numbers(&snapshot));
        self.number += u64::from(is_new);
        self.picture = as_event(events::SNAPSHOT, Some(snapshot.as_of), success(&snapshot));
        self.alive = as_event(events::ALIVE, None, events::Alive { as_of: snapshot.as_of });
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
    fn picture(as_of: i64) -> Snapshot {
        Snapshot {
            metrics: Metrics { active_viewers: 1, total_views: 1, ..Metrics::default() },
            active_viewers: vec![ActiveViewer {
                session_id: "s1".parse().expect("a session"),
                email: None,
                joined_at: 0,
                last_activity: as_of,
                current_page: Some(1),
                duration: as_of as u64 / 1_000,
                away: false,
            }],
            filtered: 0,
            windows: Windows::default(),
            as_of,
        }
    }

    fn text(bytes: &Bytes) -> &str {
        std::str::from_utf8(bytes).expect("text")
    }

    #[tokio::test(start_paused = true)]
    async fn what_only_the_clock_has_moved_is_kept_for_newcomers_and_told_nobody_else() {
        let mut news = LiveState::default();
        assert!(news.take_in(Ok(picture(1_000))));
        assert!(!news.take_in(Ok(picture(6_900))));
        assert_eq!(news.number, 1);
        assert!(text(&news.picture).contains(r#""asOf":6900"#), "{:?}", news.picture);
        assert_eq!(text(&news.alive), "event: alive\ndata: {\"asOf\":6900}\n\n");
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_else_has_changed_is_told() {
        let changes: [fn(&mut Snapshot); 6] = [
            |seen| seen.metrics.views_today = 2,
            |seen| seen.active_viewers[0].current_page = Some(2),
            |seen| seen.active_viewers[0].away = true,
            |seen| seen.active_viewers[0].email = Some("a@b.c".to_owned()),
            // Away for a while in between.
            |seen| seen.active_viewers[0].duration -= 3,
            |seen| seen.active_viewers.clear(),
        ];
        for change in changes {
            let mut news = LiveState::default();
            news.take_in(Ok(picture(9_000)));
            let mut changed = picture(9_000);
            change(&mut changed);
            assert!(news.take_in(Ok(changed.clone())), "{changed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn quiet_is_broken_in_time_for_a_word_every_15_seconds() {
        let mut news = LiveState::default();
        news.take_in(Ok(picture(0)));
        let mut told = Vec::new();
        for second in (6..=60).step_by(6) {
            tokio::time::advance(Duration::from_secs(6)).await;
            if news.take_in(Ok(picture(second * 1_000))) {
                told.push(second);
            }
        }
        assert_eq!(told, [12, 24, 36, 48, 60]);
        assert_eq!(news.number, 1, "no new picture");
    }

    #[tokio::test(start_paused = true)]
    async fn trouble_is_told_once_and_ends_with_a_picture_even_of_the_same() {
        let mut news = LiveState::default();
        news.take_in(Ok(picture(1_000)));
        assert!(news.take_in(Err(AppError::Unavailable)));
        assert!(!news.take_in(Err(AppError::Unavailable)));
        assert!(
            text(news.trouble.as_ref().expect("trouble"))
                .starts_with("event: trouble\ndata: {\"success\":false")
        );
        assert!(news.snapshot.is_some(), "the last numbers stand");
        assert!(news.take_in(Ok(picture(2_000))));
        assert_eq!((news.number, &news.trouble), (2, &None));
    }
}
