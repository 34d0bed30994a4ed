//! The index of an owner's documents: one page of the list costs one script, however many documents there are.
//!
//! It lies in the owner's slot, apart from the records, which are the truth: [`listing`](super::listing) passes
//! over and removes an entry whose record is gone or belongs to another owner. Its keys stand in `index/index.lua`.

use std::time::Duration;

use redis::{Script, ScriptInvocation, cmd};

use super::{Catalogue, Document, NO_OWNER, batches::Views, owner_key};
use crate::{
    error::AppError,
    model::{DocumentId, DocumentSort, OwnerId},
    server::store::redis::ScriptLoader,
};

/// How many documents one call puts into the index.
const PUT_BATCH: usize = 500;

/// Every script, hashed once.
pub(super) struct IndexScripts {
    put: Script,
    remove: Script,
    change: Script,
    page: Script,
}

impl IndexScripts {
    pub(super) fn new() -> Self {
        let loader = ScriptLoader::sharing(&[include_str!("index/index.lua")]);
        Self {
            put: loader.script(include_str!("index/put.lua")),
            remove: loader.script(include_str!("index/remove.lua")),
            change: loader.script_for_full_memory(include_str!("index/change.lua")),
            page: loader.script(include_str!("index/page.lua")),
        }
    }
}

/// What the index says of a document.
pub(super) struct Entry {
    pub(super) id: DocumentId,
    /// Unix milliseconds.
    pub(super) created_at: i64,
    /// As [`fold`] makes it.
    pub(super) folded_title: String,
}

impl Entry {
    pub(super) fn of(document: &Document) -> Self {
        Self { id: document.id.clone(), created_at: document.created_at, folded_title: fold(&document.title) }
    }

    /// The entry in the set by name.
    pub(super) fn by_name(&self) -> String {
        format!("{}\n{}", self.folded_title, self.id)
    }
}

/// A part of the list.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The order.
    pub sort: DocumentSort,
    /// From the latest to the earliest, or from Z to A.
    pub descending: bool,
    /// A part of the title, whatever its capitals; empty: all documents.
    pub search: &'a str,
    /// How many documents stand before this part.
    pub offset: u64,
    /// The most documents of this part, at most 1,000.
    pub count: u64,
}

/// The answer of `page.lua`.
pub(super) type IndexPage = (i64, u64, Vec<String>, Vec<Option<String>>, Vec<Option<f64>>);

impl Catalogue {
    /// Puts documents into their owner's index, and announces it. With `only_new`, entries that exist stay as
    /// they are.
    pub(super) async fn put_in_index(
        &self,
        owner: Option<&OwnerId>,
        entries: &[Entry],
        only_new: bool,
    ) -> Result<(), AppError> {
        for batch in entries.chunks(PUT_BATCH) {
            let mut call = call(&self.index.put, owner);
            call.arg(if only_new { "new" } else { "any" });
            for entry in batch {
                call.arg(entry.id.as_str()).arg(entry.created_at).arg(&entry.folded_title);
            }
            let _changed: u32 = self.redis.run(&call).await?;
        }
        Ok(())
    }

    /// Removes documents from an owner's index, and announces it; not those that were created less than `min_age`
    /// ago.
    pub(super) async fn remove_from_index(
        &self,
        owner: Option<&OwnerId>,
        ids: &[&str],
        min_age: Duration,
    ) -> Result<(), AppError> {
        for batch in ids.chunks(PUT_BATCH) {
            let mut call = call(&self.index.remove, owner);
            call.arg(min_age.as_millis() as u64).arg(batch);
            let _changed: u32 = self.redis.run(&call).await?;
        }
        Ok(())
    }

    pub(super) async fn page_of_index(
        &self,
        owner: Option<&OwnerId>,
        part: &Part<'_>,
    ) -> Result<IndexPage, AppError> {
        let mut call = call(&self.index.page, owner);
        call.arg(part.sort.as_str())
            .arg(if part.descending { "desc" } else { "asc" })
            .arg(part.offset)
            .arg(part.count)
            .arg(fold(part.search));
        self.redis.run(&call).await
    }

    /// Announces a change of an owner's documents or links. Lost where Redis does not answer: lists read again
    /// before long by themselves.
    pub(super) async fn announce_change(&self, owner: Option<&OwnerId>) {
        let _: Result<u32, AppError> = self.redis.run(&call(&self.index.change, owner)).await;
    }

    /// Notes that a document was viewed at `now`, in Unix milliseconds. No visitor waits for it, and no view is lost without
    /// it: a failure is logged.
    pub fn note_last_view(&self, document: &Document, now: i64) {
        self.views.add(&document.id, now, || {
            let (redis, id) = (self.redis.clone(), document.id.clone());
            let key = by_view_key(document.owner.as_ref());
            async move |Views { count, last }, since| {
                let mut command = cmd("ZADD");
                command.arg(&key).arg("GT").arg(last).arg(id.as_str());
                if let Err(error) = redis.waiting_since(since).query::<u32>(&command).await {
                    tracing::warn!(document = %id, %error, "the last view of a document is not noted");
                }
                Ok(vec![(); count])
            }
        });
    }

    /// When documents of an owner were last viewed, in Unix milliseconds and in their order.
    pub async fn last_views(
        &self,
        owner: &OwnerId,
        documents: &[DocumentId],
    ) -> Result<Vec<Option<i64>>, AppError> {
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = cmd("ZMSCORE");
        command.arg(by_view_key(Some(owner)));
        for document in documents {
            command.arg(document.as_str());
        }
        let views: Vec<Option<f64>> = self.redis.query(&command).await?;
        Ok(views.into_iter().map(view_time).collect())
    }

    /// Grows with every change of an owner's documents or links.
    pub async fn version(&self, owner: &OwnerId) -> Result<u64, AppError> {
        let version: Option<u64> = self.redis.query(cmd("GET").arg(version_key(Some(owner)))).await?;
        Ok(version.unwrap_or(0))
    }
}

/// A title as it is sorted and searched.
pub(super) fn fold(title: &str) -> String {
    let plain: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.trim().to_lowercase()
}

/// A score of the set by view; 0 stands for no view.
pub(super) fn view_time(score: Option<f64>) -> Option<i64> {
    score.map(|time| time as i64).filter(|time| *time > 0)
}

/// The channel on which changes of an owner's documents and links are announced.
pub fn changes_channel(owner: &OwnerId) -> String {
    key("catalogue-changed", Some(owner))
}

fn by_view_key(owner: Option<&OwnerId>) -> String {
    key("documents-by-view", owner)
}

pub(super) fn names_key(owner: Option<&OwnerId>) -> String {
    key("document-names", owner)
}

fn version_key(owner: Option<&OwnerId>) -> String {
    key("catalogue-version", owner)
}

fn key(noun: &str, owner: Option<&OwnerId>) -> String {
    format!("send:{noun}:{{{}}}", owner.map_or(NO_OWNER, |owner| owner.as_str()))
}

/// The call of a script, up to its own arguments. The keys stand as in `index.lua`.
fn call<'a>(script: &'a Script, owner: Option<&OwnerId>) -> ScriptInvocation<'a> {
    let mut call = script.prepare_invoke();
    call.key(owner_key(owner))
        .key(key("documents-by-date", owner))
        .key(by_view_key(owner))
        .key(key("documents-by-name", owner))
        .key(names_key(owner))
        .key(version_key(owner))
        .key(key("catalogue-changed", owner));
    call
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_title_has_no_capitals_and_no_line_feed() {
        assert_eq!(fold("  ÄPFEL &\nBirnen "), "äpfel & birnen");
    }

    #[test]
    fn keys_of_an_owner_share_a_slot() {
        let owner = "o1".parse().expect("an owner id");
        assert_eq!(changes_channel(&owner), "send:catalogue-changed:{o1}");
        assert_eq!(by_view_key(None), "send:documents-by-view:{-}");
    }
}
