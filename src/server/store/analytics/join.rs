//! Joins as `join.lua` reads them.

use super::{Arrival, Joined};
use crate::{
    error::AppError,
    model::{Join, ReaderName},
    server::store::batcher::Batch,
};

/// The most joins of one script: more would hold up all other commands.
const MAX_LENGTH: usize = 50;

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
