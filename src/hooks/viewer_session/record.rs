//! Which tab speaks for a visit, and under which session: the decision, without a browser.
//!
//! One browser reading one link is one visit, spoken for by the tab that was last looked at. The tabs
//! agree through one record per link in the browser's storage.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    SessionId,
    timing::{HEARTBEAT_INTERVAL, RESUME_WINDOW},
};

/// What the tabs of a browser know about its visit to one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The visit's session.
    pub(super) session: SessionId,
    /// The last sign of life of the tab that speaks, Unix milliseconds of the device.
    #[serde(rename = "used")]
    pub(super) last_used: u64,
    /// The tab that speaks; none after it was closed.
    #[serde(rename = "speaker")]
    pub(super) reporter: Option<String>,
}

impl Record {
    /// The record after `tab` has taken the word: the same visit if it was in use within the resume
    /// window, else a new one under the session that `fresh` makes.
    pub(super) fn claimed(
        stored: Option<Self>,
        tab: &str,
        now: u64,
        new_session: impl FnOnce() -> SessionId,
    ) -> Self {
        let session = match stored {
            Some(record) if record.idle(now) <= RESUME_WINDOW => record.session,
            _ => new_session(),
        };
        Self { session, last_used: now, reporter: Some(tab.to_owned()) }
    }

    /// Whether `tab` speaks.
    pub(super) fn is_reported_by(&self, tab: &str) -> bool {
        self.reporter.as_deref() == Some(tab)
    }

    /// Whether nobody speaks: the last speaker was closed, or has been silent so long that it must
    /// have crashed.
    pub(super) fn is_orphaned(&self, now: u64) -> bool {
        self.reporter.is_none() || self.idle(now) > 3 * HEARTBEAT_INTERVAL
    }

    /// The record after the speaker's sign of life, or its farewell.
    pub(super) fn refreshed(self, now: u64, closing: bool) -> Self {
        Self { last_used: now, reporter: self.reporter.filter(|_| !closing), ..self }
    }

    /// A clock that was set back makes a record look new, which at worst resumes one visit too many.
    fn idle(&self, now: u64) -> Duration {
        Duration::from_millis(now.saturating_sub(self.last_used))
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

    fn record(age: u64, reporter: Option<&str>) -> Record {
        Record { session: session("old"), last_used: NOW - age, reporter: reporter.map(str::to_owned) }
    }

    fn claimed(stored: Option<Record>) -> Record {
        Record::claimed(stored, "b", NOW, || session("new"))
    }

    #[test]
    fn the_first_look_makes_a_visit() {
        let record = claimed(None);
        assert_eq!(record.session, session("new"));
        assert!(record.is_reported_by("b"));
        assert_eq!(record.last_used, NOW);
    }

    #[test]
    fn a_reload_or_a_second_tab_within_ten_minutes_goes_on_with_the_visit() {
        for age in [0, 5 * MINUTE, 10 * MINUTE] {
            for reporter in [None, Some("a"), Some("b")] {
                let record = claimed(Some(record(age, reporter)));
                assert_eq!(record.session, session("old"), "{age} {reporter:?}");
                assert!(record.is_reported_by("b"));
                assert!(!record.is_reported_by("a"));
            }
        }
    }

    #[test]
    fn later_it_is_another_visit() {
        assert_eq!(claimed(Some(record(10 * MINUTE + 1, Some("a")))).session, session("new"));
    }

    #[test]
    fn a_clock_set_back_does_not_make_a_new_visit() {
        let mut ahead = record(0, None);
        ahead.last_used = NOW + MINUTE;
        assert_eq!(claimed(Some(ahead)).session, session("old"));
    }

    #[test]
    fn a_visit_is_orphaned_by_a_farewell_or_by_silence() {
        assert!(!record(0, Some("a")).is_orphaned(NOW));
        assert!(!record(MINUTE, Some("a")).is_orphaned(NOW), "timers of hidden tabs are slow");
        assert!(record(2 * MINUTE, Some("a")).is_orphaned(NOW));
        let left = record(MINUTE, Some("a")).refreshed(NOW, true);
        assert!(left.is_orphaned(NOW));
        assert_eq!(left.last_used, NOW, "the ten minutes count from the farewell");
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
