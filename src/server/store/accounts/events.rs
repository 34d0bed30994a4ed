//! What happened in an owner's account: a stream of bounded length, without secrets.

use std::collections::HashMap;

use redis::cmd;

use super::{AccountStore, names};
use crate::{
    error::AppError,
    model::{AccountAction, AccountEvent, OwnerId},
};

/// How many events are kept for each owner, about.
const EVENTS_KEPT: u32 = 10_000;

impl AccountStore {
    /// Adds an event. `client` is the browser or program that caused it.
    pub async fn add_event(
        &self,
        owner: &OwnerId,
        action: AccountAction,
        about: &str,
        client: &str,
    ) -> Result<(), AppError> {
        let mut command = cmd("XADD");
        command.arg(names::events_of(owner)).arg("MAXLEN").arg("~").arg(EVENTS_KEPT).arg("*");
        command.arg("action").arg(action.as_str()).arg("about").arg(about).arg("client").arg(client);
        self.redis.query::<String>(&command).await.map(drop)
    }

    /// The latest events of an owner, the newest first. Actions of a newer version are passed over.
    pub async fn events(&self, owner: &OwnerId, limit: u32) -> Result<Vec<AccountEvent>, AppError> {
        let mut command = cmd("XREVRANGE");
        command.arg(names::events_of(owner)).arg("+").arg("-").arg("COUNT").arg(limit);
        let stored: Vec<(String, HashMap<String, String>)> = self.redis.query(&command).await?;
        let events = stored.iter().filter_map(|(id, fields)| {
            let text = |field: &str| fields.get(field).cloned().unwrap_or_default();
            Some(AccountEvent {
                at: id.split('-').next()?.parse().ok()?,
                action: AccountAction::of(&text("action"))?,
                about: text("about"),
                client: text("client"),
            })
        });
        Ok(events.collect())
    }
}
