//! Visits that go on, as far as the history needs them: `analytics` keeps their records (analytics/viewer.lua).

use std::collections::HashMap;

use super::{VisitStore, keys};
use crate::{
    error::AppError,
    model::{LinkId, ReaderName},
};

/// How many viewers one command reads.
const BATCH: usize = 1_000;

/// A visit that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunningVisit {
    pub(super) session: String,
    /// Unix milliseconds.
    pub(super) joined_at: i64,
    pub(super) reader: Option<ReaderName>,
}

impl RunningVisit {
    /// Reads a viewer's record, as this release or an earlier one wrote it; `None` for anything else.
    fn read(session: String, record: &str) -> Option<Self> {
        let fields: Vec<&str> = record.split(' ').collect();
        let place_of_mark = if record.starts_with('b') { 9 } else { 5 };
        let reader = match *fields.get(place_of_mark)? {
            "" => None,
            mark => Some(ReaderName::of_record(mark).ok()?),
        };
        Some(Self { session, joined_at: fields[1].parse().ok()?, reader })
    }
}

impl VisitStore {
    /// When each viewer who reads now has joined, in Unix milliseconds, by the session. In batches: a link may have a hundred
    /// thousand.
    pub(super) async fn running(&self, link: &LinkId) -> Result<HashMap<String, i64>, AppError> {
        let (mut running, mut cursor) = (HashMap::new(), "0".to_owned());
        loop {
            let mut command = redis::cmd("HSCAN");
            command.arg(keys::active(link)).arg(&cursor).arg("COUNT").arg(BATCH);
            let (next, viewers): (String, Vec<(String, String)>) = self.redis.query(&command).await?;
            // The second word of a record is when the viewer joined, in this release and in earlier ones.
            let joined_at = |record: &str| record.split(' ').nth(1)?.parse().ok();
            // Redis may return a viewer twice.
            running.extend(
                viewers
                    .into_iter()
                    .filter_map(|(session, record)| joined_at(&record).map(|joined| (session, joined))),
            );
            if next == "0" {
                return Ok(running);
            }
            cursor = next;
        }
    }

    /// The visits of these sessions that go on. What cannot be read is logged.
    pub(super) async fn running_of<'a>(
        &self,
        link: &LinkId,
        sessions: impl IntoIterator<Item = &'a String>,
    ) -> Result<Vec<RunningVisit>, AppError> {
        let (sessions, mut running): (Vec<&String>, _) = (sessions.into_iter().collect(), Vec::new());
        for sessions in sessions.chunks(BATCH) {
            let mut command = redis::cmd("HMGET");
            command.arg(keys::active(link)).arg(sessions);
            let records: Vec<Option<String>> = self.redis.query(&command).await?;
            for (&session, record) in sessions.iter().zip(records) {
                // Without a record it has just ended.
                let Some(record) = record else { continue };
                match RunningVisit::read(session.clone(), &record) {
                    Some(visit) => running.push(visit),
                    None => {
                        tracing::error!(%link, "the record of a viewer cannot be read and is passed over")
                    }
                }
            }
        }
        Ok(running)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_two_releases_are_read() {
        let read = |record: &str| RunningVisit::read("s".to_owned(), record);
        let marked = read("b3 1000 5 1 - 0 cwdDE1 - 1:5 mark host a@b.c v").expect("a record");
        assert_eq!((marked.joined_at, marked.reader), (1_000, ReaderName::of_record("mark").ok()));
        assert_eq!(read("3 1000 5 1 0 mark a@b.c"), Some(marked));
        let unmarked = read("b0 1000 5 1 - 0 ------ - -   ").expect("a record");
        assert_eq!((unmarked.joined_at, unmarked.reader), (1_000, None));
        for damaged in ["", "b3", "b3 x 5 1 - 0 cwdDE1 - 1:5 mark host ", "3 1000 5 1 0"] {
            assert!(read(damaged).is_none(), "{damaged}");
        }
    }
}
