//! Decides which tab reports a visit, and under which session, without a browser.
//!
//! A browser at a link is one visit, reported by the tab last looked at. The tabs agree through one record
//! per link in local storage.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{SessionId, timing::HEARTBEAT_INTERVAL};

/// The visit to a link, as the tabs of a browser share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The visit's session.
    pub(super) session: SessionId,
    /// When the reporting tab last used the record, Unix milliseconds of the device.
    #[serde(rename = "used")]
    pub(super) last_used: u64,
    /// The reporting tab; `None` after it closed.
    #[serde(rename = "speaker")]
    pub(super) reporter: Option<String>,
}

impl Record {
    /// The record after `tab` takes over: the same visit while a tab reports it and for `resume_within` afterwards,
    /// else a new one.
    pub(super) fn claimed(
        stored: Option<Self>,
        tab: &str,
        now: u64,
        resume_within: Duration,
        new_session: impl FnOnce() -> SessionId,
    ) -> Self {
        let session = match stored {
            Some(record) if !record.is_orphaned(now) || record.idle(now) <= resume_within => record.session,
            _ => new_session(),
        };
        Self { session, last_used: now, reporter: Some(tab.to_owned()) }
    }

    /// Whether `tab` reports the visit.
    pub(super) fn is_reported_by(&self, tab: &str) -> bool {
        self.reporter.as_deref() == Some(tab)
    }

    /// Whether no tab reports the visit: the last one closed, or did not use the record for three heartbeats
    /// and must have crashed. Timers of hidden tabs may come
    /// [once a minute](https://developer.chrome.com/blog/timer-throttling-in-chrome-88).
    pub(super) fn is_orphaned(&self, now: u64) -> bool {
        self.reporter.is_none() || self.idle(now) > 3 * HEARTBEAT_INTERVAL
    }

    /// The record after the reporting tab used it, or gave it up on `closing`.
    pub(super) fn refreshed(self, now: u64, closing: bool) -> Self {
        Self { last_used: now, reporter: self.reporter.filter(|_| !closing), ..self }
    }

    /// Time since the last use; zero after the clock was set back, which at worst resumes one visit too many.
    fn idle(&self, now: u64) -> Duration {
        Duration::from_millis(now.saturating_sub(self.last_used))
    }
}

/// Encodes 128 bits as 22 characters of base64url (RFC 4648, section 5), without padding.
pub(super) fn identifier(bits: [u8; 16]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let number = u128::from_be_bytes(bits);
    // Six bits each from the top; the last character holds the remaining two bits and four zeros.
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

    fn claimed_within(minutes: u64, stored: Option<Record>) -> Record {
        Record::claimed(stored, "b", NOW, Duration::from_millis(minutes * MINUTE), || session("new"))
    }

    fn claimed(stored: Option<Record>) -> Record {
        claimed_within(10, stored)
    }

    #[test]
    fn first_claim_starts_a_visit() {
        let record = claimed(None);
        assert_eq!(record.session, session("new"));
        assert!(record.is_reported_by("b"));
        assert_eq!(record.last_used, NOW);
    }

    #[test]
    fn claim_within_the_resume_window_keeps_the_session() {
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
    fn claim_after_the_resume_window_starts_a_visit() {
        assert_eq!(claimed(Some(record(10 * MINUTE + 1, Some("a")))).session, session("new"));
    }

    #[test]
    fn configured_window_decides_what_is_resumed() {
        let left = |age| Some(record(age, None));
        assert_eq!(claimed_within(1, left(MINUTE)).session, session("old"));
        assert_eq!(claimed_within(1, left(MINUTE + 1)).session, session("new"));
        assert_eq!(claimed_within(60, left(60 * MINUTE)).session, session("old"));
        assert_eq!(claimed_within(0, left(1)).session, session("new"), "every return is a new view");
    }

    /// A tab that is only looked at again has not left, so no window is too short for it.
    #[test]
    fn reported_visit_goes_on_whatever_the_window() {
        for reporter in ["a", "b"] {
            let record = claimed_within(0, Some(record(MINUTE, Some(reporter))));
            assert_eq!(record.session, session("old"), "{reporter}");
        }
        let silent = record(2 * MINUTE, Some("a"));
        assert_eq!(claimed_within(0, Some(silent)).session, session("new"), "its tab has crashed");
    }

    #[test]
    fn clock_set_back_keeps_the_session() {
        let mut ahead = record(0, None);
        ahead.last_used = NOW + MINUTE;
        assert_eq!(claimed(Some(ahead)).session, session("old"));
    }

    #[test]
    fn visit_is_orphaned_by_closing_or_silence() {
        assert!(!record(0, Some("a")).is_orphaned(NOW));
        assert!(!record(MINUTE, Some("a")).is_orphaned(NOW), "timers of hidden tabs are slow");
        assert!(record(2 * MINUTE, Some("a")).is_orphaned(NOW));
        let left = record(MINUTE, Some("a")).refreshed(NOW, true);
        assert!(left.is_orphaned(NOW));
        assert_eq!(left.last_used, NOW, "the resume window counts from the closing");
    }

    #[test]
    fn identifiers_encode_all_bits_in_valid_characters() {
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
