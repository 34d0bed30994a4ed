//! The outboxes of links: events that the scripts of `analytics` wrote together with the change, and that no channel has yet.
//!
//! `analytics/outbox.lua` has the format. A link with events is found through an index; its name is leased to one server,
//! which takes the oldest events, gives them to the channels, and removes them then. A server that dies between is followed
//! by another when the lease ends: an event may be given twice, and is recognised by its id.

use std::{collections::HashMap, sync::Arc};

use redis::{Script, cmd};

use super::{
    link_keys as keys,
    redis::{REWRITE_STREAM, Redis, ScriptLoader},
    time_index::TimeIndex,
};
use crate::{
    error::AppError,
    model::{LinkId, ReaderId, ReaderName},
};

/// In how many outboxes the oldest event is looked for: those of the links that wait longest are among them.
const LINKS_OBSERVED: usize = 100;
/// How many events are read at once where some are erased.
const ERASED_AT_ONCE: usize = 1_000;

/// The outboxes of all links. Cheap to clone.
#[derive(Clone)]
pub struct Outboxes {
    redis: Redis,
    erase: Arc<Script>,
    /// Links with events in their outbox.
    pub links: TimeIndex,
}

/// An event as the outbox holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEvent {
    /// The id of its entry: its place among the events of the link.
    pub id: String,
    /// Its letter.
    pub letter: char,
    /// When it happened, Unix milliseconds.
    pub at: i64,
    /// Its other fields.
    pub fields: HashMap<String, String>,
}

impl OutboxEvent {
    /// All names of the reader that it tells of.
    fn readers(&self) -> impl Iterator<Item = ReaderId> {
        let named = self.fields.get("r").map_or("", String::as_str);
        let mut fields = named.split(' ').skip(1);
        let mark = fields.next().and_then(|mark| ReaderName::of_record(mark).ok());
        ReaderId::all_of(fields.nth(1), mark)
    }
}

impl Outboxes {
    /// The outboxes in this Redis; `links` is the index that their writers note links in.
    pub fn new(redis: Redis, links: TimeIndex) -> Self {
        let loader = ScriptLoader::sharing(&[REWRITE_STREAM]);
        let erase = loader.script_for_full_memory(include_str!("outbox/erase.lua"));
        Self { redis, erase: Arc::new(erase), links }
    }

    /// The oldest events of a link, `most` at most, and the ids of entries that cannot be read.
    pub async fn oldest(
        &self,
        link: &LinkId,
        most: usize,
    ) -> Result<(Vec<OutboxEvent>, Vec<String>), AppError> {
        self.from(link, "-", most).await
    }

    /// Erases the events of a link that tell of readers with these names.
    pub async fn erase(&self, link: &LinkId, readers: &[ReaderId]) -> Result<(), AppError> {
        let (mut from, mut erased) = ("-".to_owned(), Vec::new());
        loop {
            let (events, _) = self.from(link, &from, ERASED_AT_ONCE).await?;
            let Some(last) = events.last() else { break };
            from = format!("({}", last.id);
            let is_theirs = |event: &&OutboxEvent| event.readers().any(|name| name.is_one_of(readers));
            erased.extend(events.iter().filter(is_theirs).map(|event| event.id.clone()));
        }
        if erased.is_empty() {
            return Ok(());
        }
        let mut call = self.erase.key(keys::outbox(link));
        let _erased: u64 = self.redis.run(call.arg(erased)).await?;
        Ok(())
    }

    async fn from(
        &self,
        link: &LinkId,
        from: &str,
        most: usize,
    ) -> Result<(Vec<OutboxEvent>, Vec<String>), AppError> {
        let mut command = cmd("XRANGE");
        command.arg(keys::outbox(link)).arg(from).arg("+").arg("COUNT").arg(most);
        let entries: Vec<(String, HashMap<String, String>)> = self.redis.query(&command).await?;
        let (mut events, mut unreadable) = (Vec::new(), Vec::new());
        for (id, fields) in entries {
            let letter = fields.get("e").and_then(|letter| letter.chars().next());
            let at = fields.get("t").and_then(|at| at.parse().ok());
            match (letter, at) {
                (Some(letter), Some(at)) => events.push(OutboxEvent { id, letter, at, fields }),
                _ => {
                    tracing::error!(%link, id, "an event in the outbox cannot be read");
                    unreadable.push(id);
                }
            }
        }
        Ok((events, unreadable))
    }

    /// How old the oldest event is that no channel has yet, in milliseconds at `now`; 0 where there is none. Of the links that
    /// wait longest. Two round trips.
    pub async fn lag(&self, now: i64) -> Result<u64, AppError> {
        let (_, links) = self.links.first(LINKS_OBSERVED).await?;
        let firsts: Vec<redis::Cmd> = links
            .iter()
            .filter_map(|link| {
                let mut command = cmd("XRANGE");
                command.arg(keys::outbox(&link.parse().ok()?)).arg("-").arg("+").arg("COUNT").arg(1);
                Some(command)
            })
            .collect();
        let mut oldest = now;
        for entries in self.redis.query_many::<Vec<(String, HashMap<String, String>)>>(&firsts).await {
            let at = entries?.first().and_then(|(_, fields)| fields.get("t")?.parse().ok());
            oldest = oldest.min(at.unwrap_or(now));
        }
        Ok(now.abs_diff(oldest))
    }

    /// Removes events that the channels have.
    pub async fn remove(&self, link: &LinkId, ids: &[String]) -> Result<(), AppError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut command = cmd("XDEL");
        let _removed: u64 = self.redis.query(command.arg(keys::outbox(link)).arg(ids)).await?;
        Ok(())
    }

    /// How many events of a link were dropped since the last call, because its outbox was full.
    pub async fn take_cut(&self, link: &LinkId) -> Result<u64, AppError> {
        let mut command = cmd("HGET");
        let cut: Option<u64> = self.redis.query(command.arg(keys::outbox_state(link)).arg("cut")).await?;
        let Some(cut) = cut.filter(|cut| *cut > 0) else { return Ok(0) };
        // What is dropped meanwhile is told the next time.
        let mut command = cmd("HINCRBY");
        command.arg(keys::outbox_state(link)).arg("cut").arg(-i64::try_from(cut).unwrap_or(i64::MAX));
        let _left: i64 = self.redis.query(&command).await?;
        Ok(cut)
    }
}
