//! Heartbeats as `heartbeat.lua` reads them.

use std::{fmt::Write, time::Duration};

use super::observed;
use crate::model::{Heartbeat, SessionId};

/// The most heartbeats of one script: more would hold up all other commands.
const MAX_LENGTH: usize = 100;

/// Heartbeats of different sessions of one link, whose callers have read the same version of it.
pub(super) struct HeartbeatBatch {
    pub(super) link_version: String,
    pub(super) sessions: Vec<String>,
    /// One for each session.
    pub(super) reports: Vec<String>,
}

impl HeartbeatBatch {
    /// A batch without heartbeats.
    pub(super) fn new(link_version: &str) -> Self {
        Self { link_version: link_version.to_owned(), sessions: Vec::new(), reports: Vec::new() }
    }

    /// Whether a heartbeat can be added. A second one of a session has to follow in another script, which finds the viewer
    /// as the first has left it.
    pub(super) fn takes(&self, session: &SessionId, link_version: &str) -> bool {
        self.len() < MAX_LENGTH
            && self.link_version == link_version
            && self.sessions.iter().all(|other| other != session.as_str())
    }

    /// Adds a heartbeat that it [takes](Self::takes). A reader in view counts as reading until `idle_after` without a
    /// touch.
    pub(super) fn add(&mut self, heartbeat: &Heartbeat, idle_after: Duration) {
        self.sessions.push(heartbeat.session_id.as_str().to_owned());
        self.reports.push(report(heartbeat, idle_after));
    }

    pub(super) fn len(&self) -> usize {
        self.sessions.len()
    }
}

/// `page visible`, with the milliseconds without reading and what the client observed where there is either.
fn report(heartbeat: &Heartbeat, idle_after: Duration) -> String {
    let page = heartbeat.current_page.unwrap_or(0);
    let visible = heartbeat.visible.map_or("", |visible| if visible { "1" } else { "0" });
    let mut report = format!("{page} {visible}");
    let untouched = Duration::from_secs(heartbeat.idle.unwrap_or(0).into());
    let away_for = untouched.saturating_sub(idle_after).as_millis();
    let observed = observed::pack(heartbeat.observed());
    if away_for > 0 || !observed.is_empty() {
        // Writing to a text cannot fail.
        let _ = write!(report, " {away_for} {observed}");
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE_AFTER: Duration = Duration::from_secs(300);

    fn of(session: &str) -> Heartbeat {
        Heartbeat::of(session.parse().expect("a session id"))
    }

    #[test]
    fn reports_are_as_short_as_they_can_be() {
        let reading = Heartbeat { current_page: Some(12), visible: Some(true), ..of("s") };
        for (heartbeat, expected) in [
            (of("s"), "0 "),
            (reading.clone(), "12 1"),
            (Heartbeat { visible: Some(false), ..reading.clone() }, "12 0"),
            (Heartbeat { visible: None, ..reading.clone() }, "12 "),
            (Heartbeat { idle: Some(300), ..reading.clone() }, "12 1"),
            (Heartbeat { idle: Some(301), ..reading.clone() }, "12 1 1000 "),
            (Heartbeat { printed: Some(true), ..reading.clone() }, "12 1 0 p "),
            (Heartbeat { idle: Some(302), printed: Some(true), ..reading }, "12 1 2000 p "),
        ] {
            assert_eq!(report(&heartbeat, IDLE_AFTER), expected, "{heartbeat:?}");
        }
    }

    #[test]
    fn batch_takes_each_session_once() {
        let mut batch = HeartbeatBatch::new("v1");
        batch.add(&of("s0"), IDLE_AFTER);
        let takes = |batch: &HeartbeatBatch, session: &str, version| {
            batch.takes(&session.parse().expect("a session id"), version)
        };
        assert!(takes(&batch, "s1", "v1"));
        assert!(!takes(&batch, "s0", "v1"), "it is there");
        assert!(!takes(&batch, "s1", "v2"), "the link has changed");
        for number in 1..MAX_LENGTH {
            batch.add(&of(&format!("s{number}")), IDLE_AFTER);
        }
        assert!(!takes(&batch, "another", "v1"), "it is full");
    }
}
