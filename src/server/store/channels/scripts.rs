//! The scripts of the channels and their calls.

use std::time::Duration;

use redis::{Script, ScriptInvocation};

use super::{Attempt, channels_key, generation_key, mail_settings::mail_settings_key};
use crate::{
    model::{DeliveryId, OwnerId, WebhookId},
    server::store::redis::ScriptLoader,
};

/// The most deliveries of a channel that are kept; the oldest are dropped, sent or not.
const DELIVERIES_KEPT: u32 = 10_000;
/// How long a delivery is kept that is not to be sent any more.
const LOG_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How many messages for browsers are kept, and for how long after the last.
const PUBLISHED_KEPT: u32 = 100;
const PUBLISHED_LIFE: Duration = Duration::from_secs(60 * 60);
/// How long nothing is sent to a channel after a failure, and after many in a row.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
/// How long a server may take for one delivery: longer than a request does.
const LOCK_LIFE: Duration = Duration::from_secs(25);

pub(super) struct Scripts {
    read: Script,
    put: Script,
    set_mails: Script,
    enqueue: Script,
    claim: Script,
    finish: Script,
    log: Script,
    publish: Script,
    erase: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let loader = ScriptLoader::sharing(&[]);
        Self {
            read: loader.script(include_str!("read.lua")),
            put: loader.script(include_str!("put.lua")),
            set_mails: loader.script(include_str!("set_mails.lua")),
            enqueue: loader.script(include_str!("enqueue.lua")),
            claim: loader.script(include_str!("claim.lua")),
            finish: loader.script(include_str!("finish.lua")),
            log: loader.script(include_str!("log.lua")),
            publish: loader.script(include_str!("publish.lua")),
            erase: loader.script_for_full_memory(include_str!("erase.lua")),
        }
    }

    /// Reads the channels of an owner.
    pub(super) fn read_call(&self, owner: &OwnerId) -> ScriptInvocation<'_> {
        let mut call = self.read.prepare_invoke();
        call.key(channels_key(owner)).key(generation_key(owner)).key(mail_settings_key(owner));
        call
    }

    /// Sets fields of what an owner has set for mails about visits.
    pub(super) fn set_mails_call(&self, owner: &OwnerId, fields: &[(&str, &str)]) -> ScriptInvocation<'_> {
        let mut call = self.set_mails.prepare_invoke();
        call.key(mail_settings_key(owner)).key(generation_key(owner)).arg(fields);
        call
    }

    /// Replaces a record, or adds one where `expected` is empty, or removes it where `record` is.
    pub(super) fn put_call(
        &self,
        owner: &OwnerId,
        channel: &WebhookId,
        expected: &str,
        record: &str,
    ) -> ScriptInvocation<'_> {
        let mut call = self.put.prepare_invoke();
        call.key(channels_key(owner)).key(generation_key(owner));
        call.arg(channel.as_str()).arg(expected).arg(record);
        call
    }

    /// Adds a delivery.
    pub(super) fn enqueue_call(
        &self,
        channel: &WebhookId,
        id: &DeliveryId,
        record: &str,
        now: i64,
    ) -> ScriptInvocation<'_> {
        let mut call = delivery_call(&self.enqueue, channel);
        call.arg(id.as_str()).arg(record).arg(now).arg(DELIVERIES_KEPT).arg(LOG_LIFE.as_millis() as u64);
        call
    }

    /// Claims what is due.
    pub(super) fn claim_call(&self, channel: &WebhookId, now: i64, lock: &str) -> ScriptInvocation<'_> {
        let mut call = delivery_call(&self.claim, channel);
        call.arg(now).arg(lock).arg(LOCK_LIFE.as_millis() as u64);
        call
    }

    /// Writes a delivery. It is due again at `next`, in Unix milliseconds, or not any more.
    pub(super) fn finish_call(
        &self,
        channel: &WebhookId,
        id: &str,
        record: &str,
        next: Option<i64>,
        (lock, attempt, now): (&str, Attempt, i64),
    ) -> ScriptInvocation<'_> {
        let mut call = delivery_call(&self.finish, channel);
        call.arg(id).arg(record).arg(next.map_or(String::new(), |next| next.to_string())).arg(lock);
        call.arg(attempt.as_str()).arg(now);
        call.arg(FIRST_PAUSE.as_millis() as u64).arg(LONGEST_PAUSE.as_millis() as u64);
        call
    }

    /// Removes deliveries.
    pub(super) fn erase_call(&self, channel: &WebhookId, ids: &[String]) -> ScriptInvocation<'_> {
        let mut call = delivery_call(&self.erase, channel);
        call.arg(ids);
        call
    }

    /// Publishes a message for browsers.
    pub(super) fn publish_call(&self, stream: &str, channel: &str, message: &str) -> ScriptInvocation<'_> {
        let mut call = self.publish.prepare_invoke();
        call.key(stream).key(channel);
        call.arg(message).arg(PUBLISHED_KEPT).arg(PUBLISHED_LIFE.as_millis() as u64);
        call
    }

    /// Reads the latest deliveries.
    pub(super) fn log_call(&self, channel: &WebhookId, most: usize) -> ScriptInvocation<'_> {
        let mut call = delivery_call(&self.log, channel);
        call.arg(most);
        call
    }
}

fn delivery_call<'a>(script: &'a Script, channel: &WebhookId) -> ScriptInvocation<'a> {
    let mut call = script.prepare_invoke();
    for key in delivery_keys(channel) {
        call.key(key);
    }
    call
}

/// All keys of a channel's deliveries, in the order of the scripts.
pub(super) fn delivery_keys(channel: &WebhookId) -> [String; 5] {
    ["deliveries", "delivery-queue", "delivery-log", "delivery-lock", "delivery-state"]
        .map(|noun| format!("send:{noun}:{{{channel}}}"))
}

/// The counters of a channel.
pub(super) fn state_key(channel: &WebhookId) -> String {
    let [.., state] = delivery_keys(channel);
    state
}
