//! Which tab speaks for a visit, and under which session: the decision, without a browser.
//!
//! One browser reading one link is one visit, spoken for by the tab that was last looked at. The tabs
//! agree through one record per link in the browser's storage.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{SessionId, timing::HEARTBEAT_INTERVAL};

/// What the tabs of a browser know about its visit to one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The visit's session.
    pub(super) session: SessionId,
    /// The last sign of life of the tab that speaks, Unix milliseconds of the device.
    pub(super) used: u64,
    /// The tab that speaks; none after it was closed.
    pub(super) speaker: Option<String>,
}

impl Record {
    /// The record after `tab` has taken the word: the same visit while a tab speaks for it and for `resume_within`
    /// afterwards, else a new one under the session that `fresh` makes.
    pub(super) fn claimed(
        found: Option<Self>,
        tab: &str,
        now: u64,
        resume_within: Duration,
        fresh: impl FnOnce() -> SessionId,
    ) -> Self {
        let session = match found {
            Some(record) if !record.is_orphaned(now) || record.idle(now) <= resume_within => record.session,
            _ => fresh(),
        };
        Self { session, used: now, speaker: Some(tab.to_owned()) }
    }

    /// Whether `tab` speaks.
    pub(super) fn is_spoken_by(&self, tab: &str) -> bool {
        self.speaker.as_deref() == Some(tab)
    }

    /// Whether nobody speaks: the last speaker was closed, or has been silent so long that it must
    /// have crashed.
    pub(super) fn is_orphaned(&self, now: u64) -> bool {
        self.speaker.is_none() || self.idle(now) > 3 * HEARTBEAT_INTERVAL
    }

    /// The record after the speaker's sign of life, or its farewell.
    pub(super) fn touched(self, now: u64, goes: bool) -> Self {
        Self { used: now, speaker: self.speaker.filter(|_| !goes), ..self }
    }

    /// A clock that was set back makes a record look new, which at worst resumes one visit too many.
    fn idle(&self, now: u64) -> Duration {
        Duration::from_millis(now.saturating_sub(self.used))
    }
}

/// 128 bits as 22 characters that every identifier allows: base64url.
pub(super) fn identifier(bits: [u8; 16]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let number = u128::from_be_bytes(bits);
    // Six bits at a time from the top; the last digit has only two bits left, moved up.
    (0..22)
        .map(|at| {
            let digit = if at < 21 { number >> (122 - 6 * at) } else { number << 4 };
            char::from(DIGITS[(digit & 63) as usize])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;
    const NOW: u64 = 1_700_000_000_000;

    fn session(id: &str) -> SessionId {
        id.parse().expect("a session id")
    }

    fn record(age: u64, speaker: Option<&str>) -> Record {
        Record { session: session("old"), used: NOW - age, speaker: speaker.map(str::to_owned) }
    }

    fn claimed_within(minutes: u64, found: Option<Record>) -> Record {
        Record::claimed(found, "b", NOW, Duration::from_millis(minutes * MINUTE), || session("new"))
    }

    fn claimed(found: Option<Record>) -> Record {
        claimed_within(10, found)
    }

    #[test]
    fn the_first_look_makes_a_visit() {
        let record = claimed(None);
        assert_eq!(record.session, session("new"));
        assert!(record.is_spoken_by("b"));
        assert_eq!(record.used, NOW);
    }

    #[test]
    fn a_reload_or_a_second_tab_within_ten_minutes_goes_on_with_the_visit() {
        for age in [0, 5 * MINUTE, 10 * MINUTE] {
            for speaker in [None, Some("a"), Some("b")] {
                let record = claimed(Some(record(age, speaker)));
                assert_eq!(record.session, session("old"), "{age} {speaker:?}");
                assert!(record.is_spoken_by("b"));
                assert!(!record.is_spoken_by("a"));
            }
        }
    }

    #[test]
    fn later_it_is_another_visit() {
        assert_eq!(claimed(Some(record(10 * MINUTE + 1, Some("a")))).session, session("new"));
    }

    #[test]
    fn resume_window_is_the_servers() {
        let left = |age| Some(record(age, None));
        assert_eq!(claimed_within(1, left(MINUTE)).session, session("old"));
        assert_eq!(claimed_within(1, left(MINUTE + 1)).session, session("new"));
        assert_eq!(claimed_within(60, left(60 * MINUTE)).session, session("old"));
        assert_eq!(claimed_within(0, left(1)).session, session("new"), "every return is a new view");
    }

    /// A tab that is only looked at again has not left, so no window is too short for it.
    #[test]
    fn spoken_for_visit_goes_on_whatever_the_window() {
        for speaker in ["a", "b"] {
            let record = claimed_within(0, Some(record(MINUTE, Some(speaker))));
            assert_eq!(record.session, session("old"), "{speaker}");
        }
        let silent = record(2 * MINUTE, Some("a"));
        assert_eq!(claimed_within(0, Some(silent)).session, session("new"), "its tab has crashed");
    }

    #[test]
    fn a_clock_set_back_does_not_make_a_new_visit() {
        let mut ahead = record(0, None);
        ahead.used = NOW + MINUTE;
        assert_eq!(claimed(Some(ahead)).session, session("old"));
    }

    #[test]
    fn a_visit_is_orphaned_by_a_farewell_or_by_silence() {
        assert!(!record(0, Some("a")).is_orphaned(NOW));
        assert!(!record(MINUTE, Some("a")).is_orphaned(NOW), "timers of hidden tabs are slow");
        assert!(record(2 * MINUTE, Some("a")).is_orphaned(NOW));
        let left = record(MINUTE, Some("a")).touched(NOW, true);
        assert!(left.is_orphaned(NOW));
        assert_eq!(left.used, NOW, "the ten minutes count from the farewell");
    }

    #[test]
    fn identifiers_hold_all_bits_in_characters_that_are_allowed() {
        assert_eq!(identifier([0; 16]), "A".repeat(22));
        assert_eq!(identifier([255; 16]), format!("{}w", "_".repeat(21)));
        let counted: [u8; 16] = std::array::from_fn(|at| at as u8);
        assert_eq!(identifier(counted), "AAECAwQFBgcICQoLDA0ODw");
        for bit in 0..128 {
            let id = identifier((1_u128 << bit).to_be_bytes());
            assert!(id.parse::<SessionId>().is_ok(), "{id}");
            assert_ne!(id, identifier([0; 16]), "bit {bit} is lost");
        }
    }
}
