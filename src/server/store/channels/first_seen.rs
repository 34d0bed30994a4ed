//! Which readers of a document were seen, until the history knows them: once a visit of theirs is over.
//!
//! A reader is remembered by the event that told of them. Of visits that were going on when their link began to tell of visits no
//! event tells: their readers are remembered by the time since when they read.

use std::{collections::HashMap, time::Duration};

use redis::cmd;
use sha2::{Digest, Sha256};

use super::ChannelStore;
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, ReaderId},
};

/// How long a reader is remembered.
const LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Before the time of a visit of which no event told.
const SINCE: &str = "since ";

impl ChannelStore {
    /// Whether `event`, of a visit that began at `at` in Unix milliseconds, is the first of this reader of a document, as far as
    /// is remembered. The same event is answered the same again.
    pub async fn is_first_seen(
        &self,
        document: &DocumentId,
        reader: &ReaderId,
        (event, at): (&str, i64),
    ) -> Result<bool, AppError> {
        let (key, life) = (first_seen_key(document, reader), LIFE.as_secs());
        let mut command = cmd("SET");
        command.arg(&key).arg(event).arg("NX").arg("GET").arg("EX").arg(life);
        let told: Option<String> = self.redis.query(&command).await?;
        let Some(told) = told.filter(|told| told != event) else { return Ok(true) };
        // The visit that was found going on is that of the event, which was not told yet, or a later one.
        if let Some(since) = told.strip_prefix(SINCE)
            && since.parse::<i64>().is_ok_and(|since| since >= at)
        {
            let mut command = cmd("SET");
            let _set: String = self.redis.query(command.arg(&key).arg(event).arg("EX").arg(life)).await?;
            return Ok(true);
        }
        let mut command = cmd("EXPIRE");
        let _renewed: u64 = self.redis.query(command.arg(&key).arg(life)).await?;
        Ok(false)
    }

    /// Remembers readers of a document, each with the time since when they read, in Unix milliseconds. Who is remembered already
    /// stays so.
    pub async fn note_reading(
        &self,
        document: &DocumentId,
        readers: &HashMap<ReaderId, i64>,
    ) -> Result<(), AppError> {
        let note = |(reader, since): (&ReaderId, &i64)| {
            let mut command = cmd("SET");
            command.arg(first_seen_key(document, reader)).arg(format!("{SINCE}{since}"));
            command.arg("NX").arg("EX").arg(LIFE.as_secs());
            command
        };
        let commands: Vec<redis::Cmd> = readers.iter().map(note).collect();
        let noted = self.redis.query_many::<Option<String>>(&commands).await;
        noted.into_iter().try_for_each(|noted| noted.map(|_| ()))
    }

    /// What the records of a document's links said of events when [`ChannelStore::set_looked_through`] was last called.
    pub async fn looked_through(&self, document: &DocumentId) -> Result<HashMap<String, String>, AppError> {
        self.redis.query(cmd("HGETALL").arg(looked_through_key(document))).await
    }

    /// Notes that the readers of these links are remembered whose visits go on and were told by no event.
    pub async fn set_looked_through(
        &self,
        document: &DocumentId,
        links: &[(LinkId, String)],
    ) -> Result<(), AppError> {
        let key = looked_through_key(document);
        let mut command = cmd("HSET");
        command.arg(&key);
        for (link, said) in links {
            command.arg(link.as_str()).arg(said);
        }
        let _set: u64 = self.redis.query(&command).await?;
        let _expires: u64 = self.redis.query(cmd("EXPIRE").arg(&key).arg(LIFE.as_secs())).await?;
        Ok(())
    }

    /// Forgets that these readers of a document were seen.
    pub async fn forget_first_seen(
        &self,
        document: &DocumentId,
        readers: &[ReaderId],
    ) -> Result<(), AppError> {
        let mut command = cmd("UNLINK");
        for reader in readers {
            command.arg(first_seen_key(document, reader));
        }
        // A visit of theirs that goes on is found again.
        let _removed: u64 = self.redis.query(command.arg(looked_through_key(document))).await?;
        Ok(())
    }
}

fn first_seen_key(document: &DocumentId, reader: &ReaderId) -> String {
    let digest = Sha256::digest(reader.to_string().to_lowercase());
    let digest: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("send:first-seen:{{{document}}}:{digest}")
}

fn looked_through_key(document: &DocumentId) -> String {
    format!("send:first-seen-of:{{{document}}}")
}
