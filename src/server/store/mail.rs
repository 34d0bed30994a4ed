//! Mail: what waits to be sent, and the SMTP server that takes it.
//!
//! A mail is queued in Redis before the request that wrote it is answered, so that a crash loses none. Any number of
//! servers may send; each mail is leased to one of them, and becomes due again when that one dies. So a mail may arrive
//! twice, with the same `Message-ID`. Records are encrypted: a mail may hold what opens an account.

mod address;
mod erase;
mod held;
mod message;
mod smtp;

use std::sync::Arc;

use redis::Script;
use serde::{Deserialize, Serialize};

pub use self::{
    address::MailAddress,
    held::{DigestName, HOUR_MS, HeldVisit, HeldVisits, HourDigest, MOST_LISTED},
    smtp::{NotSent, Smtp},
};
use super::{
    encryption::EncryptionKey,
    random,
    redis::{Redis, ScriptLoader},
};
use crate::{
    error::AppError,
    model::{LinkId, OwnerId, ReaderId},
};

/// The records by id, and the ids by the time at which each is due.
const MAILS: &str = "send:mails:{mail}";
const DUE: &str = "send:mails-due:{mail}";
/// The ids of mails that must not be queued twice, by the time at which they were queued.
const KNOWN: &str = "send:mails-known:{mail}";
/// How long such an id is kept, in milliseconds: longer than a mail is worth sending.
const KNOWN_MS: i64 = 2 * 24 * 60 * 60 * 1_000;
/// The most mails that wait. A server of mail that is away for a day must not fill Redis.
const MAX_QUEUED: usize = 10_000;
/// How long a mail is leased to the server that sends it, in milliseconds: longer than [`smtp::SEND_TIMEOUT`].
const LEASE_MS: i64 = 5 * 60 * 1_000;
/// Characters of a mail's id, at five bits each.
const ID_LENGTH: usize = 20;

/// A mail to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The recipient.
    pub to: MailAddress,
    /// The subject, in one line.
    pub subject: String,
    /// The body as text.
    pub text: String,
    /// The same as HTML, which loads nothing.
    pub html: String,
    /// The address at which one POST ends mails of this kind ([RFC 8058](https://www.rfc-editor.org/rfc/rfc8058)).
    pub unsubscribe: Option<String>,
    /// When it is not worth sending any more, in Unix milliseconds.
    pub ends_at: i64,
    /// The visits that it tells of, if it tells of any: whether it is still wanted, and where to, is looked up when it is sent.
    #[serde(default)]
    pub visits: Option<MailedVisits>,
}

/// Whose visits a mail tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailedVisits {
    /// The owner who gets the mail.
    pub owner: OwnerId,
    /// The link; `None`: several.
    pub link: Option<LinkId>,
    /// Where the bodies tell of which reader.
    #[serde(default)]
    pub parts: Vec<MailPart>,
}

/// What the bodies of a mail say of one visit, so that it can be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailPart {
    /// All names of the reader.
    pub readers: Vec<ReaderId>,
    /// As it stands in the text.
    pub text: String,
    /// As it stands in the HTML.
    pub html: String,
}

/// A mail in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueuedMail {
    /// Its id, which is unique.
    #[serde(skip)]
    pub id: String,
    /// The mail.
    pub mail: Mail,
    /// When it was written, in Unix milliseconds.
    pub queued_at: i64,
    /// How often sending it has failed.
    pub failures: u32,
    /// Its record as it was taken, encrypted.
    #[serde(skip)]
    pub record: String,
}

/// Mails that wait. Cheap to clone.
#[derive(Clone)]
pub struct MailQueue {
    redis: Redis,
    scripts: Arc<Scripts>,
    key: Option<EncryptionKey>,
}

struct Scripts {
    add: Script,
    take: Script,
    settle: Script,
    replace: Script,
}

impl MailQueue {
    /// The queue in `redis`. Without a key, as in terminal commands, nothing can be queued.
    pub fn new(redis: Redis, key: Option<EncryptionKey>) -> Self {
        let loader = ScriptLoader::sharing(&[]);
        let scripts = Scripts {
            add: loader.script(include_str!("mail/add.lua")),
            take: loader.script_for_full_memory(include_str!("mail/take.lua")),
            settle: loader.script_for_full_memory(include_str!("mail/settle.lua")),
            replace: loader.script_for_full_memory(include_str!("mail/replace.lua")),
        };
        Self { redis, scripts: Arc::new(scripts), key }
    }

    /// Queues a mail, due at `now` in Unix milliseconds. One with an `id` that was queued in the last two days is not queued
    /// again. [`AppError::Full`] when too many wait.
    pub async fn add(&self, mail: &Mail, id: Option<&str>, now: i64) -> Result<(), AppError> {
        let (id, life) = match id {
            Some(id) => (id.to_owned(), KNOWN_MS.to_string()),
            None => (random::token(ID_LENGTH)?, String::new()),
        };
        let queued =
            QueuedMail { id, mail: mail.clone(), queued_at: now, failures: 0, record: String::new() };
        let mut call = self.scripts.add.key(MAILS);
        call.key(DUE)
            .key(KNOWN)
            .arg(&queued.id)
            .arg(self.encrypt(&queued)?)
            .arg(now)
            .arg(MAX_QUEUED)
            .arg(life);
        let is_added: bool = self.redis.run(&call).await?;
        is_added.then_some(()).ok_or(AppError::Full)
    }

    /// Leases at most `most` mails that are due at `now`, in Unix milliseconds. One that cannot be opened, as after a
    /// change of the secret, is removed with a warning.
    pub async fn take(&self, now: i64, most: usize) -> Result<Vec<QueuedMail>, AppError> {
        let mut call = self.scripts.take.key(MAILS);
        call.key(DUE).arg(now).arg(LEASE_MS).arg(most);
        let taken: Vec<(String, String)> = self.redis.run(&call).await?;
        let mut mails = Vec::new();
        for (id, record) in taken {
            match self.decrypt(&id, record) {
                Some(queued) => mails.push(queued),
                None => {
                    tracing::warn!(
                        mail = id,
                        "a mail cannot be read and is dropped: was the secret changed?"
                    );
                    self.remove(&id).await?;
                }
            }
        }
        Ok(mails)
    }

    /// Removes a mail, sent or given up.
    pub async fn remove(&self, id: &str) -> Result<(), AppError> {
        self.settle(id, ("", ""), 0).await
    }

    /// Puts a mail that was not sent back, due at `at` in Unix milliseconds. What was erased from it meanwhile stays erased.
    pub async fn put_back(&self, queued: &QueuedMail, at: i64) -> Result<(), AppError> {
        self.settle(&queued.id, (&queued.record, &self.encrypt(queued)?), at).await
    }

    /// How many mails wait.
    pub async fn count(&self) -> Result<usize, AppError> {
        self.redis.query(redis::cmd("HLEN").arg(MAILS)).await
    }

    async fn settle(&self, id: &str, (taken, record): (&str, &str), at: i64) -> Result<(), AppError> {
        let mut call = self.scripts.settle.key(MAILS);
        call.key(DUE).arg(id).arg(record).arg(at).arg(taken);
        let _settled: u64 = self.redis.run(&call).await?;
        Ok(())
    }

    fn encrypt(&self, queued: &QueuedMail) -> Result<String, AppError> {
        let record = serde_json::to_string(queued).map_err(|_| AppError::Internal)?;
        self.key.as_ref().ok_or(AppError::Internal)?.encrypt(&record, &about(&queued.id))
    }

    fn decrypt(&self, id: &str, record: String) -> Option<QueuedMail> {
        let opened = self.key.as_ref()?.decrypt(&record, &about(id))?;
        let queued: QueuedMail = serde_json::from_str(&opened).ok()?;
        Some(QueuedMail { id: id.to_owned(), record, ..queued })
    }
}

/// What an encrypted record is bound to.
fn about(id: &str) -> String {
    format!("mail {id}")
}
