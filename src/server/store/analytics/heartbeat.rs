//! Heartbeats, and their batches as `heartbeat.lua` reads them.

use std::{fmt::Write, time::Duration};

use tokio::time::Instant;

use super::{Analytics, observed};
use crate::{
    error::AppError,
    model::{Heartbeat, LinkId},
    server::store::batcher::Batch,
};

/// How many batches of a link's heartbeats may be on their way at once: Redis works on one while this server reads requests
/// for the next.
pub(super) const HEARTBEAT_BATCHES: usize = 2;

/// The most heartbeats of one script. With more, one costs Redis a little less, but all of them wait for the last: until then
/// there are fewer clients whose next request the server could read (docs/benchmarks.md).
const MAX_LENGTH: usize = 16;

/// The outcome of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeartbeatOutcome {
    /// The session is active.
    Active,
    /// The session is not active; the client joins again.
    NotActive,
    /// The link has another version than the caller has read; nothing was done.
    LinkChanged,
}

impl Analytics {
    /// Moves last activity, page and visibility. Never creates a viewer. `link_version` is the version of the link that
    /// the caller has read: on another version nothing happens. [`AppError::Unavailable`] after the time limit of Redis.
    pub async fn heartbeat(
        &self,
        link: &LinkId,
        heartbeat: &Heartbeat,
        link_version: &str,
    ) -> Result<HeartbeatOutcome, AppError> {
        let item = HeartbeatItem { heartbeat, link_version, idle_after: self.rules.idle_after };
        let waiter = self.heartbeats.add(link, item, || {
            let (analytics, link) = (self.clone(), link.clone());
            async move |batch, since| analytics.send_heartbeats(&link, &batch, since).await
        });
        waiter.outcome().await
    }

    /// Sends several heartbeats with one script. Returns their outcomes in the same order. The time limit counts from
    /// `since`.
    async fn send_heartbeats(
        &self,
        link: &LinkId,
        batch: &HeartbeatBatch,
        since: Instant,
    ) -> Result<Vec<HeartbeatOutcome>, AppError> {
        let link_key = (self.link_key)(link);
        let call = self.scripts.heartbeat_call(link, &link_key, &self.clock, &self.rules, batch);
        let (now, inactive): (i64, Option<Vec<usize>>) =
            self.redis.waiting_since(since).run_as("heartbeat", &call).await?;
        self.clock.sync(now);
        let Some(inactive) = inactive else { return Ok(vec![HeartbeatOutcome::LinkChanged; batch.len()]) };
        let mut outcomes = vec![HeartbeatOutcome::Active; batch.len()];
        for place in inactive {
            let outcome = place.checked_sub(1).and_then(|index| outcomes.get_mut(index));
            *outcome.ok_or(AppError::Internal)? = HeartbeatOutcome::NotActive;
        }
        Ok(outcomes)
    }
}

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
