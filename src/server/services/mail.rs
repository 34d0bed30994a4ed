//! Mail: what is written in it, and that it is sent.
//!
//! Without `SIGHTLINE_SMTP_URL` there is none, and what needs it is not offered.

mod letter;
mod letters;
mod postman;
mod recipients;
mod visit_letters;

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use self::postman::Trouble;
pub use self::{
    letter::Letter,
    recipients::Recipients,
    visit_letters::{DayOfLink, VisitInWords},
};
use crate::{
    error::AppError,
    model::{Invalid, address},
    server::store::{
        clock::Clock,
        mail::{Mail, MailAddress, MailQueue, MailedVisits, Smtp},
    },
};

/// How long a mail about visits is worth sending.
const VISITS_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Writes mails. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Option<Arc<Office>>);

/// What a server that sends mail has for it.
struct Office {
    queue: MailQueue,
    smtp: Smtp,
    clock: Clock,
    recipients: Recipients,
    /// Scheme and host of the addresses in mails: configured, as the one that a request names may be anyone's.
    origin: String,
    /// Told when a mail is queued here.
    queued: Notify,
    trouble: Trouble,
}

impl Mailer {
    /// A server without mail.
    pub fn off() -> Self {
        Self(None)
    }

    /// A server that sends by `smtp`; addresses in mails begin with `origin`.
    pub fn new(queue: MailQueue, smtp: Smtp, clock: Clock, recipients: Recipients, origin: String) -> Self {
        let (queued, trouble) = (Notify::new(), Trouble::default());
        Self(Some(Arc::new(Office { queue, smtp, clock, recipients, origin, queued, trouble })))
    }

    /// Whether this server sends mail.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A path of this server as an address in a mail.
    pub fn address(&self, path: String) -> String {
        let origin = self.0.as_ref().map_or("", |office| office.origin.as_str());
        address::absolute(origin, path)
    }

    /// Queues a letter, which is sent within `life` or not at all. [`AppError::Full`] when too many wait;
    /// [`AppError::Forbidden`] where the server sends no mail.
    pub async fn post(&self, to: &MailAddress, letter: &Letter, life: Duration) -> Result<(), AppError> {
        self.queue(to, letter, life, None).await
    }

    /// Queues a letter that tells an owner of visits, if none with this id was queued lately.
    pub async fn post_visits(
        &self,
        id: &str,
        to: &MailAddress,
        letter: &Letter,
        visits: MailedVisits,
    ) -> Result<(), AppError> {
        self.queue(to, letter, VISITS_LIFE, Some((id, visits))).await
    }

    async fn queue(
        &self,
        to: &MailAddress,
        letter: &Letter,
        life: Duration,
        visits: Option<(&str, MailedVisits)>,
    ) -> Result<(), AppError> {
        let office = self.office()?;
        let (id, visits) = visits.map_or((None, None), |(id, visits)| (Some(id), Some(visits)));
        let now = office.clock.now();
        let mail = Mail {
            to: to.clone(),
            subject: letter.subject(),
            text: letter.text(),
            html: letter.html(),
            unsubscribe: letter.unsubscribe().map(str::to_owned),
            ends_at: now + i64::try_from(life.as_millis()).unwrap_or(i64::MAX / 2),
            visits,
        };
        let queued = office.queue.add(&mail, id, now).await;
        if queued == Err(AppError::Full) {
            tracing::error!("a mail is not sent: too many wait for SIGHTLINE_SMTP_URL to take them");
        }
        queued?;
        office.queued.notify_one();
        Ok(())
    }

    /// What is wrong with mail, as a sentence for owners and operators; usually nothing.
    pub fn notice(&self) -> Option<String> {
        let office = self.0.as_ref()?;
        office.trouble.notice(office.clock.now())
    }

    fn office(&self) -> Result<&Arc<Office>, AppError> {
        self.0.as_ref().ok_or_else(no_mail)
    }
}

/// What is answered where mail is needed and the server sends none.
pub fn no_mail() -> AppError {
    AppError::Forbidden("This server sends no mail.".to_owned())
}

/// An address that mail can be sent to; [`Invalid`] names the field `email`.
pub fn mail_address(email: &str) -> Result<MailAddress, Invalid> {
    email.parse().map_err(|_| Invalid::new("email", "must be an address that mail can be sent to"))
}
