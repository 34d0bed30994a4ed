//! Joins, and their batches as `join.lua` reads them.

use tokio::time::Instant;

use super::{Analytics, Arrival, warn_if_late};
use crate::{
    error::AppError,
    model::{Join, LinkId, ReaderName},
    server::store::batcher::Batch,
};

/// How many batches of a link's joins may be on their way at once. Their script costs Redis as much as seven joins before the
/// first one, so they go together.
pub(super) const JOIN_BATCHES: usize = 1;

/// The most joins of one script: more would hold up all other commands.
const MAX_LENGTH: usize = 50;

/// The outcome of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// A new view was counted.
    New,
    /// The session was active already; nothing was counted.
    Already,
    /// The session ended within the resume window and resumed its visit; nothing was counted.
    Resumed,
}

impl Analytics {
    /// Adds a viewer, counts one view and raises the peak. A session that is active, or that ended within the
    /// resume window, counts no view. [`AppError::TooManyViewers`] when the link is full,
    /// [`AppError::LinkNotFound`] when it has no record, [`AppError::Unavailable`] after the time limit of Redis; the join
    /// may then still reach it.
    pub async fn join(&self, link: &LinkId, join: &Join, arrival: &Arrival) -> Result<Joined, AppError> {
        let waiter = self.joins.add(link, (join, arrival), || {
            let (analytics, link) = (self.clone(), link.clone());
            async move |batch, since| analytics.send_joins(&link, &batch, since).await
        });
        waiter.outcome().await?
    }

    /// Sends several joins with one script. Returns their outcomes in the same order. The time limit counts from `since`.
    async fn send_joins(
        &self,
        link: &LinkId,
        batch: &JoinBatch,
        since: Instant,
    ) -> Result<Vec<Result<Joined, AppError>>, AppError> {
        let link_key = (self.link_key)(link);
        let joining = self.run_dated("join", link, since, |calendar| {
            self.scripts.join_call(link, &link_key, &self.clock, &self.rules, calendar, batch)
        });
        // Sent before the script, on the same connection: the sweeper finds every viewer.
        let (noted, joined) = tokio::join!(self.note_expiry(link), joining);
        let (_, (outcomes, told)): (i64, (Vec<String>, u32)) = joined?;
        noted?;
        if told > 0 {
            // A join is refused too where Redis' memory is full.
            warn_if_late(link, self.outboxes.note_cheaply(link.as_str(), self.clock.now()).await);
        }
        if outcomes.is_empty() {
            return Err(AppError::LinkNotFound);
        }
        let outcomes = outcomes.iter().map(|outcome| match outcome.as_str() {
            "joined" => Ok(Joined::New),
            "resumed" => Ok(Joined::Resumed),
            "already" => Ok(Joined::Already),
            _ => Err(AppError::TooManyViewers),
        });
        Ok(outcomes.collect())
    }
}

/// Joins of different sessions of one link.
#[derive(Default)]
pub(super) struct JoinBatch {
    pub(super) sessions: Vec<String>,
    /// What `join.lua` reads of each, the session first.
    pub(super) arguments: Vec<String>,
}

impl Batch for JoinBatch {
    type Item<'a> = (&'a Join, &'a Arrival);
    type Outcome = Result<Joined, AppError>;

    /// A second join of a session has to follow in another script, which finds the viewer as the first has left it.
    fn takes(&self, (join, _): &Self::Item<'_>) -> bool {
        self.sessions.len() < MAX_LENGTH
            && self.sessions.iter().all(|other| other != join.session_id.as_str())
    }

    fn add(&mut self, (join, arrival): Self::Item<'_>) {
        self.sessions.push(join.session_id.as_str().to_owned());
        self.arguments.extend([
            join.session_id.as_str().to_owned(),
            join.current_page.unwrap_or(0).to_string(),
            join.epoch.unwrap_or(0).to_string(),
            name_of(join).map_or_else(String::new, |name| name.to_string()),
            join.email.clone().unwrap_or_default(),
            format!("{} {}", arrival.version, arrival.page_count),
            arrival.traits(join.returning),
            join.referrer.clone().unwrap_or_default(),
            if arrival.is_verified { "1" } else { "" }.to_owned(),
        ]);
    }
}

/// The name of the visitor's mark, if they sent one.
fn name_of(join: &Join) -> Option<ReaderName> {
    join.fingerprint.as_ref().filter(|mark| !mark.as_str().is_empty()).map(ReaderName::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join_of(session: &str) -> Join {
        serde_json::from_value(serde_json::json!({ "sessionId": session })).expect("a join")
    }

    #[test]
    fn batch_takes_each_session_once() {
        let arrival =
            Arrival { version: "f1".into(), page_count: 3, client: None, country: None, is_verified: false };
        let mut batch = JoinBatch::default();
        for number in 0..MAX_LENGTH {
            let join = join_of(&format!("s{number}"));
            assert!(batch.takes(&(&join, &arrival)));
            batch.add((&join, &arrival));
            assert!(!batch.takes(&(&join, &arrival)), "it is there");
        }
        assert!(!batch.takes(&(&join_of("another"), &arrival)), "it is full");
        assert_eq!(batch.arguments.len(), 9 * MAX_LENGTH);
    }
}
