//! A channel as Redis holds it: JSON, whose fields of a newer version are kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    error::AppError,
    model::{DocumentId, NoticeKind, Webhook, WebhookId, WebhookKind},
};

/// A channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// Which.
    #[serde(skip, default = "no_id")]
    pub id: WebhookId,
    /// What is sent.
    pub kind: WebhookKind,
    /// Where to.
    pub url: String,
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
            events,
            documents,
            enabled: true,
            switched_off: None,
            created_at,
            secrets: Vec::new(),
            newer: Map::new(),
        }
    }

    pub(super) fn read(id: &str, record: &str) -> Option<Self> {
        let read = || Some(Self { id: id.parse().ok()?, ..serde_json::from_str(record).ok()? });
        let channel = read();
        if channel.is_none() {
            tracing::error!(channel = id, "the record of a channel cannot be read");
        }
        channel
    }

    pub(super) fn text(&self) -> Result<String, AppError> {
        serde_json::to_string(self).map_err(|_| AppError::Internal)
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
