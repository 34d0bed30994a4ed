//! A channel as Redis holds it: JSON, whose fields of a newer version are kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    error::AppError,
    model::{DocumentId, NoticeKind, Webhook, WebhookId, WebhookKind},
    server::store::encryption::{EncryptionKey, is_encrypted},
};

/// What the owner reads where the address of a chat cannot be opened.
const UNREADABLE: &str =
    "Its address can no longer be read: the secret of the server was changed. Enter it again.";

/// A channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// Which.
    #[serde(skip, default = "no_id")]
    pub id: WebhookId,
    /// What is sent.
    pub kind: WebhookKind,
    /// Where to. That of a chat is a secret, and encrypted in Redis; empty where it cannot be opened.
    pub url: String,
    /// The encrypted address that could not be opened.
    #[serde(skip)]
    unopened: Option<String>,
    /// Of what it is told. Names of a newer version are none of this one.
    #[serde(deserialize_with = "known")]
    pub events: Vec<NoticeKind>,
    /// Of which documents; `None`: of all.
    pub documents: Option<Vec<DocumentId>>,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why the server switched it off, if it did.
    pub switched_off: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// The secrets that sign, the newest first: two at most.
    pub secrets: Vec<StoredSecret>,
    #[serde(flatten)]
    newer: Map<String, Value>,
}

/// A secret, as the random part from which it is derived with the secret of the server: who reads Redis cannot sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredSecret {
    /// Random, in hexadecimal.
    pub nonce: String,
    /// Until when it signs, Unix milliseconds; `None`: until it is replaced.
    pub until: Option<i64>,
}

/// The id is the field of the hash.
fn no_id() -> WebhookId {
    #[expect(clippy::unwrap_used, reason = "a constant that is valid")]
    "-".parse().unwrap()
}

fn known<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<NoticeKind>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
}

impl Channel {
    /// A channel that is switched on.
    pub fn new(
        id: WebhookId,
        kind: WebhookKind,
        url: String,
        events: Vec<NoticeKind>,
        documents: Option<Vec<DocumentId>>,
        created_at: i64,
    ) -> Self {
        Self {
            id,
            kind,
            url,
            unopened: None,
            events,
            documents,
            enabled: true,
            switched_off: None,
            created_at,
            secrets: Vec::new(),
            newer: Map::new(),
        }
    }

    pub(super) fn read(id: &str, record: &str, key: Option<&EncryptionKey>) -> Option<Self> {
        let read = || Some(Self { id: id.parse().ok()?, ..serde_json::from_str(record).ok()? });
        let channel = read();
        if channel.is_none() {
            tracing::error!(channel = id, "the record of a channel cannot be read");
        }
        channel.map(|channel: Self| channel.opened(key))
    }

    fn opened(mut self, key: Option<&EncryptionKey>) -> Self {
        if is_encrypted(&self.url) {
            match key.and_then(|key| key.decrypt(&self.url, &self.about())) {
                Some(url) => self.url = url,
                None => {
                    self.unopened = Some(std::mem::take(&mut self.url));
                    self.enabled = false;
                    self.switched_off = Some(UNREADABLE.to_owned());
                }
            }
        }
        self
    }

    /// The record. The address of a chat is a secret: who knows it can write there.
    pub(super) fn text(&self, key: Option<&EncryptionKey>) -> Result<String, AppError> {
        let url = match (&self.unopened, self.kind) {
            (Some(unopened), _) if self.url.is_empty() => unopened.clone(),
            (_, WebhookKind::Slack) => key.ok_or(AppError::Internal)?.encrypt(&self.url, &self.about())?,
            _ => self.url.clone(),
        };
        serde_json::to_string(&Self { url, ..self.clone() }).map_err(|_| AppError::Internal)
    }

    /// What an encrypted address is bound to.
    fn about(&self) -> String {
        format!("channel {}", self.id)
    }

    /// Whether events of a document can concern it.
    pub fn hears_of(&self, document: &DocumentId) -> bool {
        self.enabled && self.documents.as_ref().is_none_or(|documents| documents.contains(document))
    }

    /// The secrets that sign at `now`, in Unix milliseconds.
    pub fn secrets_at(&self, now: i64) -> impl Iterator<Item = &StoredSecret> {
        self.secrets.iter().filter(move |secret| secret.until.is_none_or(|until| now < until))
    }

    /// As its owner sees it at `now`, in Unix milliseconds.
    pub fn webhook(&self, now: i64, dropped: u64) -> Webhook {
        Webhook {
            webhook_id: self.id.clone(),
            kind: self.kind,
            url: self.url.clone(),
            events: self.events.clone(),
            documents: self.documents.clone(),
            enabled: self.enabled,
            switched_off: self.switched_off.clone(),
            created_at: self.created_at,
            old_secret_until: self.secrets_at(now).find_map(|secret| secret.until),
            dropped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: u8) -> EncryptionKey {
        EncryptionKey::of(&[secret; 64], "channel").expect("a key")
    }

    fn chat() -> Channel {
        let url = "https://hooks.example.org/services/T0/B0/secret".to_owned();
        Channel::new("c1".parse().expect("an id"), WebhookKind::Slack, url, Vec::new(), None, 1)
    }

    #[test]
    fn address_of_a_chat_is_encrypted() {
        let record = chat().text(Some(&key(1))).expect("a record");
        assert!(!record.contains("hooks.example.org"), "{record}");
        assert_eq!(Channel::read("c1", &record, Some(&key(1))), Some(chat()));
        assert_eq!(chat().text(None), Err(AppError::Internal), "never as it is");
        // As an earlier version wrote it.
        let plain = serde_json::to_string(&chat()).expect("a record");
        assert_eq!(Channel::read("c1", &plain, Some(&key(1))), Some(chat()));
        // Moved to another channel, it does not open.
        assert_eq!(
            Channel::read("c2", &record, Some(&key(1))).map(|channel| channel.url),
            Some(String::new())
        );
    }

    #[test]
    fn unreadable_address_is_told_and_kept() {
        let record = chat().text(Some(&key(1))).expect("a record");
        let mut channel = Channel::read("c1", &record, Some(&key(2))).expect("a channel");
        assert_eq!((channel.enabled, channel.switched_off.as_deref()), (false, Some(UNREADABLE)));
        let kept = channel.text(Some(&key(2))).expect("a record");
        let opened = Channel::read("c1", &kept, Some(&key(1))).expect("a channel");
        assert_eq!(opened.url, chat().url, "the secret came back");
        channel.url = "https://hooks.example.org/again".to_owned();
        let again = channel.text(Some(&key(2))).expect("a record");
        assert_eq!(Channel::read("c1", &again, Some(&key(2))).expect("a channel").url, channel.url);
    }
}
