//! Deliveries of a channel: added once, claimed by one server, finished or put off.

use redis::cmd;
use serde::{Deserialize, Serialize};

use super::{ChannelName, ChannelStore, scripts};
use crate::{
    error::AppError,
    model::{Delivery, DeliveryId, DeliveryState, NoticeKind, OwnerId, ReaderId, WebhookId},
    server::store::random,
};

/// How many deliveries are read at once where some are erased.
const ERASED_AT_ONCE: usize = 200;

/// A delivery as Redis holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredDelivery {
    /// The event.
    #[serde(rename = "type")]
    pub kind: NoticeKind,
    /// When it happened, Unix milliseconds.
    pub happened_at: i64,
    /// What is sent: JSON.
    pub body: String,
    /// The names of the reader in it, in small letters, by which it is found when they are erased.
    #[serde(default)]
    pub readers: Vec<String>,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was last sent, Unix milliseconds.
    pub attempted_at: Option<i64>,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// The beginning of the last answer, or why there was none.
    pub answer: String,
    /// When it is sent next, Unix milliseconds.
    pub next_attempt_at: Option<i64>,
}

/// How an attempt went, for the pace of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The receiver took it: the next one follows at once.
    Delivered,
    /// It failed: the channel pauses, longer with each failure in a row.
    Failed,
    /// There was none; a pause ends, because the owner wants to try.
    Wanted,
}

impl Attempt {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Wanted => "wanted",
        }
    }
}

/// What a server finds that looks for something to send.
#[derive(Debug)]
pub enum Claim {
    /// This delivery, until it is finished or the lock expires. The text is the lock's.
    Due(DeliveryId, Box<StoredDelivery>, String),
    /// Another server sends to the channel.
    Busy,
    /// Nothing is due before this time, in Unix milliseconds, if ever.
    Nothing(Option<i64>),
}

impl StoredDelivery {
    /// A delivery that is to be sent at once.
    pub fn new(kind: NoticeKind, happened_at: i64, body: String, readers: Vec<String>, now: i64) -> Self {
        Self {
            kind,
            happened_at,
            body,
            readers,
            state: DeliveryState::Waiting,
            attempts: 0,
            attempted_at: None,
            status: None,
            answer: String::new(),
            next_attempt_at: Some(now),
        }
    }

    fn read(id: &str, record: &str) -> Option<Self> {
        serde_json::from_str(record)
            .inspect_err(|error| tracing::error!(delivery = id, %error, "a delivery cannot be read"))
            .ok()
    }

    fn text(&self) -> Result<String, AppError> {
        serde_json::to_string(self).map_err(|_| AppError::Internal)
    }

    fn listed(self, delivery_id: DeliveryId) -> Delivery {
        Delivery {
            delivery_id,
            kind: self.kind,
            happened_at: self.happened_at,
            state: self.state,
            attempts: self.attempts,
            attempted_at: self.attempted_at,
            status: self.status,
            answer: self.answer,
            next_attempt_at: self.next_attempt_at,
        }
    }
}

impl ChannelStore {
    /// Adds a delivery, unless there is one with this id, and has it sent. The oldest are dropped where there are too many.
    pub async fn enqueue(
        &self,
        name: &ChannelName,
        id: &DeliveryId,
        delivery: &StoredDelivery,
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        let call = self.scripts.enqueue_call(&name.channel, id, &delivery.text()?, now);
        let (_is_new, dropped): (bool, u64) = self.redis.run(&call).await?;
        if dropped > 0 {
            tracing::warn!(channel = %name.channel, dropped, "too many deliveries wait: the oldest are dropped");
        }
        // Also when it was there: the server that added it may have died before this.
        self.note(name, now).await
    }

    /// Claims the next delivery that is due.
    pub async fn claim(&self, channel: &WebhookId) -> Result<Claim, AppError> {
        let token = random::token(20)?;
        let call = self.scripts.claim_call(channel, self.clock.now(), &token);
        let (outcome, id, record): (String, String, String) = self.redis.run(&call).await?;
        match outcome.as_str() {
            "busy" => Ok(Claim::Busy),
            "nothing" => Ok(Claim::Nothing(id.parse::<f64>().ok().map(|time| time as i64))),
            _ => match StoredDelivery::read(&id, &record) {
                Some(delivery) => Ok(Claim::Due(id.parse()?, Box::new(delivery), token)),
                // It never will be: it leaves the queue.
                None => {
                    let call = self.scripts.finish_call(channel, &id, "", None, (&token, Attempt::Wanted, 0));
                    let _known: bool = self.redis.run(&call).await?;
                    Err(AppError::Internal)
                }
            },
        }
    }

    /// Writes how an attempt went, and lets go of the channel.
    pub async fn finish(
        &self,
        channel: &WebhookId,
        id: &DeliveryId,
        delivery: &StoredDelivery,
        (lock, attempt): (&str, Attempt),
    ) -> Result<(), AppError> {
        let (text, pace) = (delivery.text()?, (lock, attempt, self.clock.now()));
        let call = self.scripts.finish_call(channel, id.as_str(), &text, delivery.next_attempt_at, pace);
        let _known: bool = self.redis.run(&call).await?;
        Ok(())
    }

    /// Sends a delivery again from the beginning. [`AppError::NotFound`].
    pub async fn send_again(&self, name: &ChannelName, id: &DeliveryId) -> Result<(), AppError> {
        let record = self.delivery(&name.channel, id).await?.ok_or(AppError::NotFound)?;
        let now = self.clock.now();
        let again = StoredDelivery {
            state: DeliveryState::Waiting,
            attempts: 0,
            next_attempt_at: Some(now),
            ..record
        };
        let call = self.scripts.finish_call(
            &name.channel,
            id.as_str(),
            &again.text()?,
            Some(now),
            ("", Attempt::Wanted, now),
        );
        let is_known: bool = self.redis.run(&call).await?;
        if !is_known {
            return Err(AppError::NotFound);
        }
        self.note(name, now).await
    }

    /// Ends the pause of a channel, because its owner wants to try it.
    pub async fn end_pause(&self, channel: &WebhookId) -> Result<(), AppError> {
        let mut command = cmd("HDEL");
        let _ended: u64 =
            self.redis.query(command.arg(scripts::state_key(channel)).arg("failures").arg("paused")).await?;
        Ok(())
    }

    async fn delivery(
        &self,
        channel: &WebhookId,
        id: &DeliveryId,
    ) -> Result<Option<StoredDelivery>, AppError> {
        let mut command = cmd("HGET");
        command.arg(&scripts::delivery_keys(channel)[0]).arg(id.as_str());
        let record: Option<String> = self.redis.query(&command).await?;
        Ok(record.and_then(|record| StoredDelivery::read(id.as_str(), &record)))
    }

    /// Removes all deliveries about readers with these names, sent or not, and what their owner's browsers were told.
    pub async fn erase(&self, owner: &OwnerId, readers: &[ReaderId]) -> Result<(), AppError> {
        let names: Vec<String> = readers.iter().map(|reader| reader.to_string().to_lowercase()).collect();
        for channel in self.of_owner(owner).await?.channels {
            let [deliveries, _, log, ..] = scripts::delivery_keys(&channel.id);
            let mut command = cmd("ZRANGE");
            let ids: Vec<String> = self.redis.query(command.arg(log).arg(0).arg(-1)).await?;
            for ids in ids.chunks(ERASED_AT_ONCE) {
                let mut command = cmd("HMGET");
                let records: Vec<Option<String>> =
                    self.redis.query(command.arg(&deliveries).arg(ids)).await?;
                let is_theirs =
                    |record: &StoredDelivery| record.readers.iter().any(|name| names.contains(name));
                let read = |(id, record): (&String, Option<String>)| {
                    StoredDelivery::read(id, &record?).filter(is_theirs).map(|_| id.clone())
                };
                let erased: Vec<String> = ids.iter().zip(records).filter_map(read).collect();
                if !erased.is_empty() {
                    let _erased: u64 = self.redis.run(&self.scripts.erase_call(&channel.id, &erased)).await?;
                }
            }
        }
        let mut command = cmd("UNLINK");
        let _removed: u64 = self.redis.query(command.arg(super::browser_notices(owner))).await?;
        Ok(())
    }

    /// The latest deliveries, the newest first, `most` at most.
    pub async fn deliveries(&self, channel: &WebhookId, most: usize) -> Result<Vec<Delivery>, AppError> {
        let stored: Vec<String> = self.redis.run(&self.scripts.log_call(channel, most)).await?;
        let read = |pair: &[String]| {
            let [id, record] = pair else { return None };
            Some(StoredDelivery::read(id, record)?.listed(id.parse().ok()?))
        };
        Ok(stored.chunks(2).filter_map(read).collect())
    }

    /// How many deliveries of these channels were dropped unsent.
    pub async fn dropped(&self, channels: &[WebhookId]) -> Result<Vec<u64>, AppError> {
        let commands: Vec<redis::Cmd> = channels
            .iter()
            .map(|channel| {
                let mut command = cmd("HGET");
                command.arg(scripts::state_key(channel)).arg("dropped");
                command
            })
            .collect();
        let counts = self.redis.query_many::<Option<u64>>(&commands).await;
        counts.into_iter().map(|count| count.map(Option::unwrap_or_default)).collect()
    }
}
