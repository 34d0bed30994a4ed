//! Who reads a link now, by name.

use std::collections::HashMap;

use super::Analytics;
use crate::{
    error::AppError,
    model::{LinkId, ReaderId, ReaderName},
};

/// How many viewers are read in one round trip, about.
const AT_ONCE: usize = 200;

impl Analytics {
    /// All names of the readers of a link whose visits go on, in small letters, each with the time since when, in Unix milliseconds. One round trip
    /// for about two hundred viewers.
    pub async fn reading(&self, link: &LinkId) -> Result<HashMap<ReaderId, i64>, AppError> {
        let (mut cursor, mut since) = ("0".to_owned(), HashMap::new());
        loop {
            let call = self.scripts.reading_call(link, &self.clock, &self.rules, &cursor, AT_ONCE);
            let (now, next, viewers): (i64, String, Vec<String>) =
                self.redis.run_as("reading", &call).await?;
            self.clock.sync(now);
            for viewer in viewers.chunks(3) {
                let [mark, email, joined] = viewer else { return Err(AppError::Internal) };
                let joined: i64 = joined.parse().map_err(|_| AppError::Internal)?;
                let email = email.to_lowercase();
                for name in ReaderId::all_of(Some(&email), ReaderName::of_record(mark).ok()) {
                    since
                        .entry(name)
                        .and_modify(|since: &mut i64| *since = joined.min(*since))
                        .or_insert(joined);
                }
            }
            if next == "0" {
                return Ok(since);
            }
            cursor = next;
        }
    }
}
