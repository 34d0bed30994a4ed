//! Webhooks: addresses that are told of an owner's events.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DeliveryId, DocumentId, Invalid, NoticeKind, WebhookId};

/// The longest address of a webhook, in bytes.
pub const MAX_WEBHOOK_URL_LENGTH: usize = 2_000;

/// What is sent to an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WebhookKind {
    /// JSON, signed by [Standard Webhooks](https://www.standardwebhooks.com).
    #[default]
    Webhook,
    /// A text, as Slack's incoming webhooks take it, and those of Mattermost, Rocket.Chat and Discord's `/slack`.
    Slack,
    /// Notifications in the owner's own browsers, which listen while a page is open. Has no address.
    Browser,
}

impl WebhookKind {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Browser => "browser",
        }
    }

    /// The kind of a name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Webhook, Self::Slack, Self::Browser].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A webhook as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its id.
    pub webhook_id: WebhookId,
    /// What is sent.
    pub kind: WebhookKind,
    /// Where to.
    pub url: String,
    /// Of what it is told.
    pub events: Vec<NoticeKind>,
    /// Of which documents; `None`: of all, also those that are added later.
    pub documents: Option<Vec<DocumentId>>,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why the server switched it off, if it did.
    #[serde(default)]
    pub switched_off: Option<String>,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
    /// Until when the secret before the last one signs too, Unix milliseconds; `None`: there is one secret.
    #[serde(default)]
    pub old_secret_until: Option<i64>,
    /// How many deliveries were dropped because too many waited.
    #[serde(default)]
    pub dropped: u64,
}

/// The request for a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewWebhook {
    /// What is sent.
    #[serde(default)]
    pub kind: WebhookKind,
    /// Where to.
    #[serde(default)]
    pub url: String,
    /// Of what; absent: of everything.
    #[serde(default)]
    pub events: Option<Vec<NoticeKind>>,
    /// Of which documents; absent or `null`: of all.
    #[serde(default)]
    pub documents: Option<Vec<DocumentId>>,
}

/// A change of a webhook. An absent field leaves its setting unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WebhookChange {
    /// Where to.
    pub url: Option<String>,
    /// Of what.
    pub events: Option<Vec<NoticeKind>>,
    /// Of which documents; `null`: of all.
    #[serde(deserialize_with = "super::link::deserialize_present", skip_serializing_if = "Option::is_none")]
    pub documents: Option<Option<Vec<DocumentId>>>,
    /// Whether anything is sent.
    pub enabled: Option<bool>,
}

/// A webhook with its new secret, which is shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// The secret, `whsec_` and 32 bytes in Base64; `None` for kinds that are not signed.
    pub secret: Option<String>,
}

impl fmt::Debug for MadeWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug output ends up in logs, so it leaves the secret out.
        f.debug_struct("MadeWebhook").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is to be sent, for the first time or again.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// It is not sent any more.
    Failed,
}

/// The delivery of an event to a webhook, and how its last attempt went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its id, the same over all attempts.
    pub delivery_id: DeliveryId,
    /// The event.
    #[serde(rename = "type")]
    pub kind: NoticeKind,
    /// When the event happened, Unix milliseconds.
    pub happened_at: i64,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was last sent, Unix milliseconds.
    pub attempted_at: Option<i64>,
    /// The status of the last answer; `None` where there was none.
    pub status: Option<u16>,
    /// The first kilobyte of the last answer, or why there was none.
    pub answer: String,
    /// When it is sent next, Unix milliseconds.
    pub next_attempt_at: Option<i64>,
}

/// A webhook and its latest deliveries, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookLog {
    /// The webhook.
    pub webhook: Webhook,
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
}

/// The fields of the forms that make and change a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookForm {
    /// A name of [`WebhookKind`] on the wire.
    pub kind: String,
    /// Where to.
    pub url: String,
    /// Names of events, one for each box that is ticked.
    pub events: Vec<String>,
    /// Ids of documents with blanks or commas between; empty: all.
    pub documents: String,
    /// "on" if the webhook is switched on, else empty.
    pub enabled: String,
}

impl WebhookForm {
    fn events(&self) -> Result<Vec<NoticeKind>, Invalid> {
        self.events.iter().map(|event| event.parse()).collect()
    }

    fn documents(&self) -> Result<Option<Vec<DocumentId>>, Invalid> {
        let words = self.documents.split([' ', ',', '\n', '\r', '\t']).filter(|word| !word.is_empty());
        let documents: Vec<DocumentId> = words
            .map(str::parse)
            .collect::<Result<_, Invalid>>()
            .map_err(|Invalid { reason, .. }| Invalid::new("documents", reason))?;
        Ok((!documents.is_empty()).then_some(documents))
    }

    /// Converts the form to a new webhook.
    pub fn as_new(&self) -> Result<NewWebhook, Invalid> {
        let kind = WebhookKind::of(if self.kind.is_empty() { "webhook" } else { &self.kind })
            .ok_or_else(|| Invalid::new("kind", r#"must be "webhook", "slack" or "browser""#))?;
        let (events, documents) = (Some(self.events()?), self.documents()?);
        Ok(NewWebhook { kind, url: self.url.trim().to_owned(), events, documents })
    }

    /// Converts the form to a change of all settings.
    pub fn as_change(&self) -> Result<WebhookChange, Invalid> {
        Ok(WebhookChange {
            url: Some(self.url.trim().to_owned()),
            events: Some(self.events()?),
            documents: Some(self.documents()?),
            enabled: Some(!self.enabled.is_empty()),
        })
    }
}
