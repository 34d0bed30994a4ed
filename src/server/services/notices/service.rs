//! An owner's webhooks: made, changed, tried, and what was sent to them.

use super::{event::Event, marking::Marking, receiver::Receiver, sender::secrets, text};
use crate::{
    error::AppError,
    model::{
        AccountAction, Delivery, DeliveryId, DocumentId, Invalid, MadeWebhook, NewWebhook, NoticeKind,
        Webhook, WebhookChange, WebhookId, WebhookKind, WebhookLog,
    },
    server::{
        services::{
            audit::Audit, mail::Mailer, ownership::own_document, quotas::Quotas, requester::Requester,
        },
        store::{
            channels::{Channel, ChannelName, ChannelStore, StoredDelivery, StoredSecret, delivery_id},
            random,
            secret::LazySecret,
        },
    },
};

/// Characters of an id, at five bits each.
const ID_LENGTH: usize = 20;
/// Characters of what a secret is derived from, at five bits each: 260 bits.
const NONCE_LENGTH: usize = 52;
/// How long the secret before the last one signs too, in milliseconds.
const ROTATION_MS: i64 = 24 * 60 * 60 * 1_000;
/// The most documents that a webhook can be limited to.
const MAX_DOCUMENTS: usize = 1_000;
/// The most deliveries that are listed.
pub const DELIVERIES_SHOWN: usize = 100;

/// The webhooks of owners. Cheap to clone.
#[derive(Clone)]
pub struct Notices {
    pub(in crate::server) audit: Audit,
    pub(in crate::server) channels: ChannelStore,
    pub(in crate::server) mailer: Mailer,
    pub(in crate::server) marking: Marking,
    pub(in crate::server) quotas: Quotas,
    pub(in crate::server) receiver: Receiver,
    pub(in crate::server) secret: LazySecret,
}

impl Notices {
    /// The requester's webhooks, the oldest first.
    pub async fn webhooks(&self, requester: &Requester) -> Result<Vec<Webhook>, AppError> {
        let channels = self.channels.of_owner(&requester.owner()?.owner_id).await?.channels;
        let ids: Vec<WebhookId> = channels.iter().map(|channel| channel.id.clone()).collect();
        let (dropped, now) = (self.channels.dropped(&ids).await?, self.now());
        Ok(channels.iter().zip(dropped).map(|(channel, dropped)| channel.webhook(now, dropped)).collect())
    }

    /// One of them.
    pub async fn webhook(&self, webhook: &WebhookId, requester: &Requester) -> Result<Webhook, AppError> {
        let name = self.name(webhook, requester)?;
        let channel = self.channels.channel(&name).await?;
        self.described(&channel).await
    }

    /// One of them with its latest deliveries.
    pub async fn log(&self, webhook: &WebhookId, requester: &Requester) -> Result<WebhookLog, AppError> {
        let webhook = self.webhook(webhook, requester).await?;
        let deliveries = self.channels.deliveries(&webhook.webhook_id, DELIVERIES_SHOWN).await?;
        Ok(WebhookLog { webhook, deliveries })
    }

    /// Makes a webhook. Its secret is in this answer only.
    pub async fn add(&self, new: NewWebhook, requester: &Requester) -> Result<MadeWebhook, AppError> {
        let owner = &requester.owner()?.owner_id;
        let NewWebhook { kind, url, events, documents } = new;
        check_wanted(events.as_deref(), documents.as_deref())?;
        self.check_url(kind, &url)?;
        self.check_documents(documents.as_deref(), requester).await?;
        let has = self.channels.of_owner(owner).await?.channels;
        self.quotas.check_webhooks(has.len() as u64)?;
        let id: WebhookId = random::token(ID_LENGTH)?.parse()?;
        let events = events.unwrap_or_else(|| NoticeKind::choosable().collect());
        let mut channel = Channel::new(id, kind, url, events, documents, self.now());
        if kind == WebhookKind::Webhook {
            channel.secrets.push(new_secret()?);
        }
        self.marking.plan(owner).await?;
        self.channels.add(owner, &channel).await?;
        self.marking.mark_all(owner).await?;
        self.audit.note(requester, AccountAction::WebhookMade, channel.id.as_str()).await;
        self.with_secret(&channel).await
    }

    /// Changes the given settings of a webhook.
    pub async fn change(
        &self,
        webhook: &WebhookId,
        change: WebhookChange,
        requester: &Requester,
    ) -> Result<Webhook, AppError> {
        let (owner, name) = (&requester.owner()?.owner_id, self.name(webhook, requester)?);
        let WebhookChange { url, events, documents, enabled } = change;
        let kind = self.channels.channel(&name).await?.kind;
        check_wanted(events.as_deref(), documents.as_ref().and_then(|documents| documents.as_deref()))?;
        if let Some(url) = &url {
            self.check_url(kind, url)?;
        }
        self.check_documents(documents.as_ref().and_then(|documents| documents.as_deref()), requester)
            .await?;
        self.marking.plan(owner).await?;
        let changed = self.channels.change(&name, |channel| {
            channel.url = url.clone().unwrap_or_else(|| channel.url.clone());
            channel.events = events.clone().unwrap_or_else(|| channel.events.clone());
            channel.documents = documents.clone().unwrap_or_else(|| channel.documents.clone());
            if let Some(enabled) = enabled {
                channel.enabled = enabled;
                channel.switched_off = None;
            }
        });
        let channel = changed.await?;
        self.marking.mark_all(owner).await?;
        if channel.enabled {
            // What waited is sent now.
            self.channels.end_pause(&channel.id).await?;
            self.channels.note(&name, self.now()).await?;
        }
        self.audit.note(requester, AccountAction::WebhookChanged, channel.id.as_str()).await;
        self.described(&channel).await
    }

    /// Removes a webhook with its deliveries.
    pub async fn remove(&self, webhook: &WebhookId, requester: &Requester) -> Result<(), AppError> {
        let (owner, name) = (&requester.owner()?.owner_id, self.name(webhook, requester)?);
        self.marking.plan(owner).await?;
        self.channels.remove(&name).await?;
        self.marking.mark_all(owner).await?;
        self.audit.note(requester, AccountAction::WebhookDeleted, webhook.as_str()).await;
        Ok(())
    }

    /// Gives a webhook another secret. The one before signs too for a day, so that the receiver can change over.
    pub async fn rotate(&self, webhook: &WebhookId, requester: &Requester) -> Result<MadeWebhook, AppError> {
        requester.owner()?;
        let name = self.name(webhook, requester)?;
        if self.channels.channel(&name).await?.kind != WebhookKind::Webhook {
            return Err(AppError::BadRequest("This webhook has no secret.".to_owned()));
        }
        let (new, until) = (new_secret()?, self.now() + ROTATION_MS);
        let rotated = self.channels.change(&name, |channel| {
            let before = channel.secrets.first().cloned();
            channel.secrets = vec![new.clone()];
            channel.secrets.extend(before.map(|before| StoredSecret { until: Some(until), ..before }));
        });
        let channel = rotated.await?;
        self.audit.note(requester, AccountAction::WebhookChanged, channel.id.as_str()).await;
        self.with_secret(&channel).await
    }

    /// Sends a test to a webhook. Returns the id of its delivery.
    pub async fn test(&self, webhook: &WebhookId, requester: &Requester) -> Result<DeliveryId, AppError> {
        requester.owner()?;
        let name = self.name(webhook, requester)?;
        let channel = self.channels.channel(&name).await?;
        if !channel.enabled {
            return Err(AppError::BadRequest("This webhook is switched off.".to_owned()));
        }
        let now = self.now();
        let event = Event::test(now, &requester.origin);
        let place = format!("test {now}-{}", random::number()?);
        let id = delivery_id(&place, 0, &channel.id)?;
        let body = match channel.kind {
            WebhookKind::Webhook => event.body()?,
            WebhookKind::Slack => text::slack(&event),
            WebhookKind::Browser => {
                let message = text::for_browsers(&event, id.as_str());
                self.channels.publish(&name.owner, &message).await?;
                return Ok(id);
            }
        };
        self.channels.end_pause(&channel.id).await?;
        self.channels
            .enqueue(&name, &id, &StoredDelivery::new(event.kind, now, body, Vec::new(), now))
            .await?;
        Ok(id)
    }

    /// Sends a delivery again, with the same id.
    pub async fn send_again(
        &self,
        webhook: &WebhookId,
        delivery: &DeliveryId,
        requester: &Requester,
    ) -> Result<(), AppError> {
        requester.owner()?;
        let name = self.name(webhook, requester)?;
        self.channels.channel(&name).await?;
        self.channels.send_again(&name, delivery).await
    }

    /// The latest deliveries of a webhook, the newest first.
    pub async fn deliveries(
        &self,
        webhook: &WebhookId,
        requester: &Requester,
    ) -> Result<Vec<Delivery>, AppError> {
        self.log(webhook, requester).await.map(|log| log.deliveries)
    }

    fn name(&self, webhook: &WebhookId, requester: &Requester) -> Result<ChannelName, AppError> {
        Ok(ChannelName { owner: requester.owner()?.owner_id.clone(), channel: webhook.clone() })
    }

    fn now(&self) -> i64 {
        self.channels.clock().now()
    }

    fn check_url(&self, kind: WebhookKind, url: &str) -> Result<(), Invalid> {
        match kind {
            WebhookKind::Webhook | WebhookKind::Slack => self.receiver.check(url),
            WebhookKind::Browser if url.is_empty() => Ok(()),
            WebhookKind::Browser => Err(Invalid::new("url", "must be empty for browsers")),
        }
    }

    /// Refuses documents that are not the requester's.
    async fn check_documents(
        &self,
        documents: Option<&[DocumentId]>,
        requester: &Requester,
    ) -> Result<(), AppError> {
        for document in documents.unwrap_or_default() {
            match own_document(&self.marking.catalogue, document, requester).await {
                Err(AppError::DocumentNotFound) => {
                    return Err(
                        Invalid::new("documents", format!("has {document}, which is none of yours")).into()
                    );
                }
                found => found.map(|_| ())?,
            }
        }
        Ok(())
    }

    async fn described(&self, channel: &Channel) -> Result<Webhook, AppError> {
        let dropped = self.channels.dropped(std::slice::from_ref(&channel.id)).await?;
        Ok(channel.webhook(self.now(), dropped.first().copied().unwrap_or_default()))
    }

    async fn with_secret(&self, channel: &Channel) -> Result<MadeWebhook, AppError> {
        let secret = match channel.secrets.first() {
            Some(_) => {
                let all = secrets(channel, &self.secret.signing_key()?, self.now());
                all.first().map(super::signature::WebhookSecret::text)
            }
            None => None,
        };
        Ok(MadeWebhook { webhook: self.described(channel).await?, secret })
    }
}

fn new_secret() -> Result<StoredSecret, AppError> {
    Ok(StoredSecret { nonce: random::token(NONCE_LENGTH)?, until: None })
}

/// Checks which events and documents a webhook names.
fn check_wanted(events: Option<&[NoticeKind]>, documents: Option<&[DocumentId]>) -> Result<(), Invalid> {
    if let Some(events) = events
        && (events.is_empty() || events.contains(&NoticeKind::WebhookTest))
    {
        return Err(Invalid::new("events", "must name one event at least, and no test"));
    }
    match documents {
        Some(documents) if documents.is_empty() || documents.len() > MAX_DOCUMENTS => Err(Invalid::new(
            "documents",
            format!("must name 1 to {MAX_DOCUMENTS} documents, or be null for all"),
        )),
        _ => Ok(()),
    }
}
