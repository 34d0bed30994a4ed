//! Takes events out of the outboxes and gives each to the channels that want it.

mod first_seen;

use std::time::{Duration, Instant};

use super::{
    event::{Event, EventVisitor},
    text,
    visit_mails::VisitMailer,
};
use crate::{
    error::AppError,
    model::{LinkId, NoticeKind, OwnerId, VisitId, VisitMails, WebhookKind},
    server::store::{
        analytics::Analytics,
        catalogue::{Catalogue, LinkedDocument},
        channels::{Channel, ChannelName, ChannelStore, Channels, StoredDelivery, delivery_id},
        history::VisitStore,
        outbox::{OutboxEvent, Outboxes},
        time_index::Due,
    },
};

/// How many events are taken at once.
const BATCH: usize = 100;
/// How soon a link is tried again after a failure, in milliseconds.
const RETRY_MS: i64 = 1_000;
/// How long a link is worked on before others have their turn: less than its lease.
const TURN: Duration = Duration::from_secs(10);

/// Gives events to channels. Cheap to clone.
#[derive(Clone)]
pub struct FanOut {
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) channels: ChannelStore,
    pub(in crate::server) outboxes: Outboxes,
    pub(in crate::server) visits: VisitStore,
    pub(in crate::server) mails: VisitMailer,
    /// Scheme and host in the addresses that owners are sent.
    pub(in crate::server) origin: String,
}

impl FanOut {
    /// Empties the outboxes of links that have events, `most` at most. Returns on how many it looked.
    pub async fn empty_due(&self, most: usize) -> Result<usize, AppError> {
        let due = self.outboxes.links.take(self.channels.clock().now(), most).await?;
        for due in &due {
            // The others have their turn all the same.
            if let Err(error) = self.empty(due).await {
                tracing::error!(link = due.name, %error, "the events of a link are told late");
                // Sooner than the lease ends; where this fails too, it does.
                let soon = self.channels.clock().now() + RETRY_MS;
                let _ = self.outboxes.links.note_at_latest(&due.name, soon).await;
            }
        }
        Ok(due.len())
    }

    async fn empty(&self, due: &Due) -> Result<(), AppError> {
        let link: LinkId = due.name.parse()?;
        let began = Instant::now();
        let cut = self.outboxes.take_cut(&link).await?;
        if cut > 0 {
            tracing::warn!(%link, events = cut, "the outbox was full: its oldest events were dropped untold");
        }
        loop {
            let (events, unreadable) = self.outboxes.oldest(&link, BATCH).await?;
            self.outboxes.remove(&link, &unreadable).await?;
            if events.is_empty() {
                return self.outboxes.links.settle(due, None).await;
            }
            match self.catalogue.link(&link).await {
                Ok(linked) => self.tell(&linked, &events).await?,
                // Deleted, or about to be.
                Err(AppError::LinkNotFound) => {}
                Err(error) => return Err(error),
            }
            let ids: Vec<String> = events.into_iter().map(|event| event.id).collect();
            self.outboxes.remove(&link, &ids).await?;
            if began.elapsed() > TURN {
                return self.outboxes.links.settle(due, Some(self.channels.clock().now())).await;
            }
        }
    }

    async fn tell(&self, linked: &LinkedDocument, events: &[OutboxEvent]) -> Result<(), AppError> {
        let Some(owner) = &linked.document.owner else { return Ok(()) };
        let Channels { mut channels, mails: mail_settings, .. } = self.channels.of_owner(owner).await?;
        let mails = self.mails.wanted(linked.link.mail, mail_settings);
        channels.retain(|channel| channel.hears_of(&linked.document.id));
        let wants = |kind| channels.iter().any(|channel| channel.events.contains(&kind));
        let asks_of_all = wants(NoticeKind::ReaderFirstSeen);
        if (asks_of_all || mails == VisitMails::First)
            && events.iter().any(|event| event.letter == NoticeKind::VisitStarted.letter())
        {
            let is_asked = |mail| asks_of_all || self.mails.wanted(mail, mail_settings) == VisitMails::First;
            self.look_through(&linked.document.id, is_asked).await?;
        }
        for found in events {
            // The place of the event among all: what is made of it has the same id each time.
            let place = format!("{} {}", linked.link.id, found.id);
            for (part, kind) in kinds(found.letter).iter().copied().enumerate() {
                if !wants(kind) {
                    continue;
                }
                let Some(event) = self.event(kind, found, linked, &place).await? else { continue };
                for channel in channels.iter().filter(|channel| channel.events.contains(&kind)) {
                    self.give(owner, channel, &event, (&place, part as u8)).await?;
                }
            }
            if mails != VisitMails::Off && found.letter == NoticeKind::VisitStarted.letter() {
                self.mail(mails, owner, found, linked, &place).await?;
            }
        }
        Ok(())
    }

    /// Tells of a visit that has begun by mail. Of a visitor who cannot be recognised every visit may be the first.
    async fn mail(
        &self,
        mails: VisitMails,
        owner: &OwnerId,
        found: &OutboxEvent,
        linked: &LinkedDocument,
        place: &str,
    ) -> Result<(), AppError> {
        let visitor = EventVisitor::parse(found.fields.get("r").map_or("", String::as_str));
        if mails == VisitMails::First
            && let Some(reader) = visitor.reader()
            && !self.is_first(&visitor, &reader, found.at, linked, place).await?
        {
            return Ok(());
        }
        self.mails.tell(owner, linked, &visitor, found.at, place).await
    }

    /// An event with what is known of it; `None` where there is nothing to tell: the reader was here before, or the visit
    /// is left out of all numbers or erased.
    async fn event(
        &self,
        kind: NoticeKind,
        found: &OutboxEvent,
        linked: &LinkedDocument,
        place: &str,
    ) -> Result<Option<Event>, AppError> {
        let event = Event::of_link(kind, found.at, linked, &self.origin);
        let text = |name: &str| found.fields.get(name).map(String::as_str).unwrap_or_default();
        let viewers = text("n").parse().ok();
        Ok(match kind {
            NoticeKind::VisitStarted => Some(event.by(&EventVisitor::parse(text("r"))).with_viewers(viewers)),
            NoticeKind::LinkDownloaded => Some(event.by(&EventVisitor::parse(text("r")))),
            NoticeKind::ReaderFirstSeen => {
                let visitor = EventVisitor::parse(text("r"));
                let Some(reader) = visitor.reader() else { return Ok(None) };
                let is_first = self.is_first(&visitor, &reader, found.at, linked, place).await?;
                is_first.then(|| event.by(&visitor))
            }
            NoticeKind::VisitFinished => {
                let id: VisitId = text("v").parse()?;
                let visit = self.visits.visit(&linked.link.id, &linked.document.id, id).await?;
                visit.filter(|visit| !visit.archived).map(|visit| event.of_visit(&visit, &self.origin))
            }
            NoticeKind::LinkBusy | NoticeKind::LinkCalm => Some(event.with_viewers(viewers)),
            NoticeKind::GateLocked | NoticeKind::WebhookTest => Some(event),
        })
    }

    async fn give(
        &self,
        owner: &OwnerId,
        channel: &Channel,
        event: &Event,
        (place, part): (&str, u8),
    ) -> Result<(), AppError> {
        let id = delivery_id(place, part, &channel.id)?;
        let body = match channel.kind {
            WebhookKind::Webhook => event.body()?,
            WebhookKind::Slack => text::slack(event),
            WebhookKind::Browser => {
                return self.channels.publish(owner, &text::for_browsers(event, id.as_str())).await;
            }
        };
        let delivery =
            StoredDelivery::new(event.kind, event.at, body, event.names.clone(), self.channels.clock().now());
        let name = ChannelName { owner: owner.clone(), channel: channel.id.clone() };
        self.channels.enqueue(&name, &id, &delivery).await
    }
}

/// The kinds of events that can be made of an event of the outbox.
fn kinds(letter: char) -> &'static [NoticeKind] {
    match letter {
        's' => &[NoticeKind::VisitStarted, NoticeKind::ReaderFirstSeen],
        'f' => &[NoticeKind::VisitFinished],
        'd' => &[NoticeKind::LinkDownloaded],
        'b' => &[NoticeKind::LinkBusy],
        'c' => &[NoticeKind::LinkCalm],
        'g' => &[NoticeKind::GateLocked],
        // Of a newer version.
        _ => &[],
    }
}
