//! Channels: where an owner is told of events, and what was told there.
//!
//! ```text
//! send:channels:{O}             hash: id of a channel to its record                         of an owner
//! send:channels-generation:{O}  counter: the changes of them
//! send:mail-settings:{O}        hash: `off`, `1` where no mail about visits is sent; `new`, what a new link begins with
//! send:deliveries:{C}           hash: id of a delivery to its record                        of a channel
//! send:delivery-queue:{C}       sorted set: deliveries by the time at which they are to be sent
//! send:delivery-log:{C}         sorted set: all deliveries by the time at which they were added
//! send:delivery-lock:{C}        string that expires: a server is sending
//! send:delivery-state:{C}       hash: `dropped`, how many deliveries were dropped unsent; `failures`, how many
//!                               attempts in a row have failed; `paused`, until when nothing is sent (ms)
//! send:delivering:{notices}     sorted set: channels by the time at which they have something to send
//! send:marking:{notices}        sorted set: owners whose links are to be marked anew
//! send:browser-notices:{O}      stream: the latest events for the browsers of an owner
//! send:first-seen:{D}:reader    string that expires: the event that told of this reader of a document; or `since` and the time (ms)
//!                               at which a visit of theirs began of which no event told
//! send:first-seen-of:{D}        hash that expires: link to what its record said of events when its visits that go on were last
//!                               looked through for readers
//! ```
//!
//! One server at a time sends to a channel, one delivery after the other, so they arrive in their order while the receiver
//! takes them. A server that dies leaves a lock that expires and a queue that still holds what it was sending.

mod delivery;
mod first_seen;
mod mail_settings;
mod record;
mod scripts;

use std::{collections::HashMap, sync::Arc};

use redis::cmd;
use sha2::{Digest, Sha256};

use self::scripts::Scripts;
pub use self::{
    delivery::{Attempt, Claim, StoredDelivery},
    record::{Channel, StoredSecret},
};
use super::{clock::Clock, encryption::EncryptionKey, redis::Redis, time_index::TimeIndex};
use crate::{
    error::AppError,
    model::{DeliveryId, MailSettings, OwnerId, WebhookId},
};

const DELIVERING: &str = "send:delivering:{notices}";
const MARKING: &str = "send:marking:{notices}";
/// How often a change is tried again that another one came before.
const ATTEMPTS: usize = 5;

/// All channels and their deliveries. Cheap to clone.
#[derive(Clone)]
pub struct ChannelStore {
    redis: Redis,
    clock: Clock,
    /// Encrypts the addresses of chats.
    key: Option<EncryptionKey>,
    scripts: Arc<Scripts>,
    /// Channels with deliveries to send.
    pub delivering: TimeIndex,
    /// Owners whose links do not say yet which events are wanted.
    pub marking: TimeIndex,
}

/// The channels of an owner at one time.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    /// Raised by every change.
    pub generation: u64,
    /// The oldest first.
    pub channels: Vec<Channel>,
    /// What is set for mails about visits.
    pub mails: MailSettings,
}

/// A channel as the index of those with something to send names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelName {
    /// Whose.
    pub owner: OwnerId,
    /// Which.
    pub channel: WebhookId,
}

impl ChannelName {
    fn text(&self) -> String {
        format!("{}/{}", self.owner, self.channel)
    }

    /// Reads the name in the index.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, channel) = text.split_once('/')?;
        Some(Self { owner: owner.parse().ok()?, channel: channel.parse().ok()? })
    }
}

impl ChannelStore {
    /// The channels that lie in this Redis. Without a key, as in some terminal commands, the address of a chat cannot be
    /// read.
    pub fn new(redis: Redis, clock: Clock, key: Option<EncryptionKey>) -> Self {
        Self {
            delivering: TimeIndex::new(redis.clone(), DELIVERING),
            marking: TimeIndex::new(redis.clone(), MARKING),
            scripts: Arc::new(Scripts::new()),
            redis,
            clock,
            key,
        }
    }

    /// The channels of an owner. One round trip.
    pub async fn of_owner(&self, owner: &OwnerId) -> Result<Channels, AppError> {
        type Read = (u64, HashMap<String, String>, HashMap<String, String>);
        let (generation, records, mails): Read = self.redis.run(&self.scripts.read_call(owner)).await?;
        let mut channels: Vec<Channel> =
            records.iter().filter_map(|(id, record)| Channel::read(id, record, self.key.as_ref())).collect();
        channels.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(Channels { generation, channels, mails: mail_settings::read(&mails) })
    }

    /// One channel, or [`AppError::NotFound`].
    pub async fn channel(&self, name: &ChannelName) -> Result<Channel, AppError> {
        self.record(name).await?.map(|(channel, _)| channel).ok_or(AppError::NotFound)
    }

    async fn record(&self, name: &ChannelName) -> Result<Option<(Channel, String)>, AppError> {
        let mut command = cmd("HGET");
        command.arg(channels_key(&name.owner)).arg(name.channel.as_str());
        let record: Option<String> = self.redis.query(&command).await?;
        let read = record.and_then(|record| {
            Some((Channel::read(name.channel.as_str(), &record, self.key.as_ref())?, record))
        });
        Ok(read)
    }

    /// Adds a channel.
    pub async fn add(&self, owner: &OwnerId, channel: &Channel) -> Result<(), AppError> {
        let call = self.scripts.put_call(owner, &channel.id, "", &channel.text(self.key.as_ref())?);
        if self.redis.run::<bool>(&call).await? { Ok(()) } else { Err(AppError::Internal) }
    }

    /// Changes a channel and returns it. [`AppError::NotFound`].
    pub async fn change(
        &self,
        name: &ChannelName,
        change: impl Fn(&mut Channel),
    ) -> Result<Channel, AppError> {
        for _ in 0..ATTEMPTS {
            let (mut channel, record) = self.record(name).await?.ok_or(AppError::NotFound)?;
            change(&mut channel);
            let call =
                self.scripts.put_call(&name.owner, &channel.id, &record, &channel.text(self.key.as_ref())?);
            if self.redis.run(&call).await? {
                return Ok(channel);
            }
        }
        Err(AppError::Unavailable)
    }

    /// Whether addresses of chats can be encrypted here.
    pub fn can_encrypt(&self) -> bool {
        self.key.is_some()
    }

    /// Encrypts what an earlier version has written of an owner's channels as it is.
    pub async fn encrypt_all(&self, owner: &OwnerId) -> Result<(), AppError> {
        for channel in self.of_owner(owner).await?.channels {
            let name = ChannelName { owner: owner.clone(), channel: channel.id };
            match self.change(&name, |_| ()).await {
                Ok(_) | Err(AppError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Removes a channel with its deliveries. [`AppError::NotFound`].
    pub async fn remove(&self, name: &ChannelName) -> Result<(), AppError> {
        for _ in 0..ATTEMPTS {
            let (channel, record) = self.record(name).await?.ok_or(AppError::NotFound)?;
            let call = self.scripts.put_call(&name.owner, &channel.id, &record, "");
            if self.redis.run(&call).await? {
                return self.remove_deliveries(name).await;
            }
        }
        Err(AppError::Unavailable)
    }

    async fn remove_deliveries(&self, name: &ChannelName) -> Result<(), AppError> {
        let mut command = cmd("UNLINK");
        command.arg(scripts::delivery_keys(&name.channel).to_vec());
        let _removed: u64 = self.redis.query(&command).await?;
        self.delivering.remove(&name.text()).await
    }

    /// Removes all channels of an owner.
    pub async fn remove_all(&self, owner: &OwnerId) -> Result<(), AppError> {
        for channel in self.of_owner(owner).await?.channels {
            match self.remove(&ChannelName { owner: owner.clone(), channel: channel.id }).await {
                Ok(()) | Err(AppError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let mut command = cmd("UNLINK");
        command.arg(&[channels_key(owner), generation_key(owner), browser_notices(owner)]);
        command.arg(mail_settings::mail_settings_key(owner));
        let _removed: u64 = self.redis.query(&command).await?;
        self.marking.remove(owner.as_str()).await
    }

    /// Has a channel sent what is due from `at` on, in Unix milliseconds.
    pub async fn note(&self, name: &ChannelName, at: i64) -> Result<(), AppError> {
        self.delivering.note_at_latest(&name.text(), at).await
    }

    /// The clock of deliveries.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Tells the browsers of an owner of an event: those that listen now, and those that lost their stream a moment ago.
    pub async fn publish(&self, owner: &OwnerId, message: &str) -> Result<(), AppError> {
        let call = self.scripts.publish_call(&browser_notices(owner), &browser_channel(owner), message);
        self.redis.run(&call).await
    }

    /// What was published behind an entry of the stream, the oldest first; with the id of the last.
    pub async fn published_behind(
        &self,
        owner: &OwnerId,
        last: &str,
    ) -> Result<Vec<(String, HashMap<String, String>)>, AppError> {
        let mut command = cmd("XRANGE");
        self.redis.query(command.arg(browser_notices(owner)).arg(format!("({last}")).arg("+")).await
    }

    /// The id of the last entry that was published; `0-0` before the first.
    pub async fn last_published(&self, owner: &OwnerId) -> Result<String, AppError> {
        let mut command = cmd("XREVRANGE");
        command.arg(browser_notices(owner)).arg("+").arg("-").arg("COUNT").arg(1);
        let last: Vec<(String, HashMap<String, String>)> = self.redis.query(&command).await?;
        Ok(last.into_iter().next().map_or_else(|| "0-0".to_owned(), |(id, _)| id))
    }
}

fn channels_key(owner: &OwnerId) -> String {
    format!("send:channels:{{{owner}}}")
}

/// The channel that announces new entries of an owner's `browser-notices`.
pub fn browser_channel(owner: &OwnerId) -> String {
    format!("send:browser-noticed:{{{owner}}}")
}

fn browser_notices(owner: &OwnerId) -> String {
    format!("send:browser-notices:{{{owner}}}")
}

fn generation_key(owner: &OwnerId) -> String {
    format!("send:channels-generation:{{{owner}}}")
}

/// The id of a delivery of an event to a channel: the same each time that the event is read from the outbox. It begins with
/// the time, so that deliveries of one moment stay in their order.
pub fn delivery_id(event: &str, part: u8, channel: &WebhookId) -> Result<DeliveryId, AppError> {
    let (link, entry) = event.split_once(' ').ok_or(AppError::Internal)?;
    let (time, sequence) = entry.split_once('-').ok_or(AppError::Internal)?;
    let digest = Sha256::digest(format!("{link} {entry} {part} {channel}"));
    let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("msg_{time:0>13}_{sequence:0>5}_{part}_{digest}").parse()?)
}
