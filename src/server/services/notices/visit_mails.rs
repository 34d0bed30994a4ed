//! Mails about visits: one for each, or several in one at the end of an hour or the next morning.
//!
//! A mail is sent when the visit begins, as that is when its owner wants to know; how long it was and what it saw is on the page
//! that the mail leads to, and in the mail of the day. A digest is written when it is due, from what is there then: visits that
//! were erased or left out, and links that are gone, are not in it.

mod day;

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{event::EventVisitor, stop_token::StopToken};
use crate::{
    error::AppError,
    model::{LinkId, MailSettings, Owner, OwnerId, VisitMails, address},
    server::{
        services::{
            history::Zone,
            mail::{Letter, Mailer, VisitInWords, mail_address},
        },
        store::{
            accounts::AccountStore,
            analytics::Analytics,
            catalogue::{Catalogue, LinkedDocument},
            clock::Clock,
            history::VisitStore,
            mail::{DigestName, HOUR_MS, HeldVisit, HeldVisits, MailedVisits},
            secret::LazySecret,
            time_index::Due,
        },
    },
};

/// Tells owners of visits by mail. Cheap to clone.
#[derive(Clone)]
pub struct VisitMailer {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) held: HeldVisits,
    pub(in crate::server) mailer: Mailer,
    pub(in crate::server) secret: LazySecret,
    pub(in crate::server) visits: VisitStore,
}

impl VisitMailer {
    /// Of which visits of a link that is set to `mail` its owner, who has set `settings`, is told by mail.
    pub fn wanted(&self, mail: VisitMails, settings: MailSettings) -> VisitMails {
        if self.mailer.is_on() && settings.on { mail } else { VisitMails::Off }
    }

    /// Tells an owner of a visit that began at `at`, in Unix milliseconds; `event` is its place in the outbox. May be repeated
    /// after a failure at any point.
    pub async fn tell(
        &self,
        owner: &OwnerId,
        linked: &LinkedDocument,
        visitor: &EventVisitor,
        at: i64,
        event: &str,
    ) -> Result<(), AppError> {
        // Deleted a moment ago.
        let Some(owner) = self.accounts.owner(owner).await? else { return Ok(()) };
        let visit = visitor.held(linked.link.id.clone(), at);
        let zone = self.zone(&owner.owner_id).await?;
        if linked.link.mail == VisitMails::Daily {
            let day = zone.day(at);
            let digest = DigestName::Day(owner.owner_id, day);
            return self.held.note(&digest, zone.morning_after(day)).await;
        }
        let now = self.clock.now();
        if !self.held.has_own_mail(&owner.owner_id, (event, &visit), now, false).await? {
            return Ok(());
        }
        let is_first = linked.link.mail == VisitMails::First && visit.reader().is_some();
        let see = match visit.reader() {
            Some(reader) => address::visits_of_reader(&linked.link.id, &reader.to_string()),
            None => address::dashboard(&linked.link.id),
        };
        let stop = self.stop(&owner.owner_id, Some(&linked.link.id))?;
        let letter =
            Letter::visit(&in_words(&visit, linked, &zone), is_first, self.mailer.address(see), stop);
        let link = Some(linked.link.id.clone());
        let visits = MailedVisits { owner: owner.owner_id.clone(), link, parts: letter.parts() };
        match self.post(&owner, &format!("visit {event}"), &letter, visits).await {
            // Where too many mails wait, this one waits for the end of the hour, and holds nothing up.
            Err(AppError::Full) => {
                self.held.has_own_mail(&owner.owner_id, (event, &visit), now, true).await.map(|_| ())
            }
            posted => posted,
        }
    }

    /// Writes the digests that are due, `most` at most. Returns on how many it looked.
    pub async fn write_due(&self, most: usize) -> Result<usize, AppError> {
        if !self.mailer.is_on() {
            return Ok(0);
        }
        let due = self.held.digests.take(self.clock.now(), most).await?;
        for due in &due {
            // Its lease ends, and it is tried again.
            if let Err(error) = self.write(due).await {
                tracing::error!(digest = due.name, %error, "a mail about visits is written late");
            }
        }
        Ok(due.len())
    }

    async fn write(&self, due: &Due) -> Result<(), AppError> {
        match due.name.parse()? {
            DigestName::Hour(owner) => {
                self.write_hour(&owner).await?;
                self.held.digests.settle(due, None).await?;
                // Visits that came meanwhile wait for an hour that is not over.
                match self.held.hour_ends(&owner).await? {
                    Some(ends) => self.held.note(&DigestName::Hour(owner), ends).await,
                    None => Ok(()),
                }
            }
            DigestName::Day(owner, day) => {
                let next = self.write_day(&owner, day).await?;
                self.held.digests.settle(due, next).await
            }
        }
    }

    async fn write_hour(&self, owner: &OwnerId) -> Result<(), AppError> {
        let Some(digest) = self.held.close(owner, self.clock.now()).await? else { return Ok(()) };
        let zone = self.zone(owner).await?;
        let mut links: HashMap<LinkId, Option<LinkedDocument>> = HashMap::new();
        let mut visits = Vec::new();
        for visit in &digest.visits {
            if !links.contains_key(&visit.link) {
                links.insert(visit.link.clone(), self.link_to_mail(owner, &visit.link).await?);
            }
            if let Some(Some(linked)) = links.get(&visit.link) {
                visits.push(in_words(visit, linked, &zone));
            }
        }
        let found = self.accounts.owner(owner).await?;
        if let Some(found) = found.filter(|_| !visits.is_empty()) {
            let times = (zone.minute(digest.from), zone.minute(digest.from + HOUR_MS));
            let see = self.mailer.address(address::ANALYTICS.to_owned());
            let letter = Letter::visits_of_hour(
                (&times.0, &times.1),
                &visits,
                digest.more,
                see,
                self.stop(owner, None)?,
            );
            let of_all = MailedVisits { owner: owner.clone(), link: None, parts: letter.parts() };
            self.post(&found, &format!("hour {owner} {}", digest.from), &letter, of_all).await?;
        }
        self.held.finish(owner, digest.from).await
    }

    /// The link, if it is still the owner's and they want mail of its visits.
    async fn link_to_mail(&self, owner: &OwnerId, link: &LinkId) -> Result<Option<LinkedDocument>, AppError> {
        match self.catalogue.link(link).await {
            Err(AppError::LinkNotFound) => Ok(None),
            linked => Ok(Some(linked?).filter(|linked| {
                linked.document.owner.as_ref() == Some(owner) && linked.link.mail != VisitMails::Off
            })),
        }
    }

    /// Queues a letter once for what it is `about`.
    async fn post(
        &self,
        owner: &Owner,
        about: &str,
        letter: &Letter,
        visits: MailedVisits,
    ) -> Result<(), AppError> {
        let Ok(to) = mail_address(&owner.email) else {
            tracing::warn!(owner = %owner.owner_id, "no mail can be sent to the address of an owner");
            return Ok(());
        };
        let digest = Sha256::digest(about);
        let id: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        self.mailer.post_visits(&id, &to, letter, visits).await
    }

    /// Where an owner stops mails about a link, or about all.
    fn stop(&self, owner: &OwnerId, link: Option<&LinkId>) -> Result<String, AppError> {
        let token = StopToken { owner: owner.clone(), link: link.cloned() };
        Ok(self.mailer.address(address::stop_mails(&token.text(&self.secret.signing_key()?))))
    }

    /// The owner's time zone; UTC until they have one.
    async fn zone(&self, owner: &OwnerId) -> Result<Zone, AppError> {
        let name = self.accounts.zone(owner).await?;
        Ok(name.and_then(|name| Zone::named(&name).ok()).unwrap_or_else(Zone::utc))
    }
}

fn in_words(visit: &HeldVisit, linked: &LinkedDocument, zone: &Zone) -> VisitInWords {
    VisitInWords {
        readers: visit.readers().collect(),
        is_verified: visit.verified,
        title: linked.document.title.clone(),
        link_name: linked.link.name(),
        when: zone.minute(visit.at),
        length: None,
    }
}
