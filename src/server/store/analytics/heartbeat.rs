//! Heartbeats as `heartbeat.lua` reads them.

use std::{fmt::Write, time::Duration};

use super::{HeartbeatOutcome, observed};
use crate::{model::Heartbeat, server::store::batcher::Batch};

/// The most heartbeats of one script. With more, one costs Redis a little less, but all of them wait for the last: until then
/// there are fewer clients whose next request the server could read (docs/benchmarks.md).
const MAX_LENGTH: usize = 16;

/// Heartbeats of different sessions of one link, whose callers have read the same version of it.
#[derive(Default)]
pub(super) struct HeartbeatBatch {
    pub(super) link_version: String,
    pub(super) sessions: Vec<String>,
    /// One for each session.
    pub(super) reports: Vec<String>,
}

/// A heartbeat whose caller has read this version of the link. A reader in view counts as reading until `idle_after`
/// without a touch.
pub(super) struct HeartbeatItem<'a> {
    pub(super) heartbeat: &'a Heartbeat,
    pub(super) link_version: &'a str,
    pub(super) idle_after: Duration,
}

impl Batch for HeartbeatBatch {
    type Item<'a> = HeartbeatItem<'a>;
    type Outcome = HeartbeatOutcome;

    /// A second heartbeat of a session has to follow in another script, which finds the viewer as the first has left it.
    fn takes(&self, item: &HeartbeatItem<'_>) -> bool {
        self.len() < MAX_LENGTH
            && self.link_version == item.link_version
            && self.sessions.iter().all(|other| other != item.heartbeat.session_id.as_str())
    }

    fn add(&mut self, HeartbeatItem { heartbeat, link_version, idle_after }: HeartbeatItem<'_>) {
        if self.sessions.is_empty() {
            link_version.clone_into(&mut self.link_version);
        }
        self.sessions.push(heartbeat.session_id.as_str().to_owned());
        self.reports.push(report(heartbeat, idle_after));
    }
}

impl HeartbeatBatch {
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
        let mut batch = HeartbeatBatch::default();
        let sessions: Vec<Heartbeat> = (0..=MAX_LENGTH).map(|number| of(&format!("s{number}"))).collect();
        let item = |number: usize, link_version| HeartbeatItem {
            heartbeat: &sessions[number],
            link_version,
            idle_after: IDLE_AFTER,
        };
        batch.add(item(0, "v1"));
        assert!(batch.takes(&item(1, "v1")));
        assert!(!batch.takes(&item(0, "v1")), "it is there");
        assert!(!batch.takes(&item(1, "v2")), "the link has changed");
        for number in 1..MAX_LENGTH {
            batch.add(item(number, "v1"));
        }
        assert!(!batch.takes(&item(MAX_LENGTH, "v1")), "it is full");
    }
}
