//! The postman: sends what is queued, again after a failure, and gives up what is too late.

use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::Duration,
};

use futures::{StreamExt, stream};
use tokio::time::sleep;

use super::{Mailer, Office};
use crate::{
    error::AppError,
    server::store::{
        mail::{NotSent, QueuedMail},
        random,
    },
};

/// How often the queue is looked at: another server may have left mails, or a failed one is due again.
const INTERVAL: Duration = Duration::from_secs(10);
/// How many mails are taken at once, and how many of them are sent at a time.
const BATCH: usize = 20;
const AT_A_TIME: usize = 4;
/// How long the first further attempt waits; each later one waits four times as long, up to the longest.
const FIRST_WAIT_MS: i64 = 30_000;
const LONGEST_WAIT_MS: i64 = 60 * 60 * 1_000;
/// For how long nothing may be sent before owners are told.
const PATIENCE_MS: i64 = 10 * 60 * 1_000;

impl Mailer {
    /// Sends mail while the server runs. Never returns.
    pub async fn run(self) {
        let Some(office) = self.0 else { return std::future::pending().await };
        loop {
            // After a failure of Redis the next round tries again.
            while office.deliver_due().await.is_ok_and(|taken| taken == BATCH) {}
            tokio::select! {
                () = office.queued.notified() => {}
                () = sleep(INTERVAL) => {}
            }
        }
    }

    /// Sends what is due. Returns how many mails were tried.
    pub async fn deliver_due(&self) -> Result<usize, AppError> {
        match &self.0 {
            Some(office) => office.deliver_due().await,
            None => Ok(0),
        }
    }
}

impl Office {
    async fn deliver_due(&self) -> Result<usize, AppError> {
        let taken = self.queue.take(self.clock.now(), BATCH).await?;
        let count = taken.len();
        let results: Vec<Result<(), AppError>> = stream::iter(taken)
            .map(|queued| self.deliver(queued))
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        results.into_iter().collect::<Result<(), AppError>>().map(|()| count)
    }

    async fn deliver(&self, mut queued: QueuedMail) -> Result<(), AppError> {
        let now = self.clock.now();
        if queued.mail.ends_at <= now {
            tracing::warn!(
                mail = queued.id,
                failures = queued.failures,
                "a mail is given up: it is too late"
            );
            return self.queue.remove(&queued.id).await;
        }
        if let Some(visits) = &queued.mail.visits {
            let Some(to) = self.recipients.of(visits).await? else {
                tracing::info!(mail = queued.id, "a mail about visits is no longer wanted");
                return self.queue.remove(&queued.id).await;
            };
            queued.mail.to = to;
        }
        match self.smtp.send(&queued).await {
            Ok(()) => {
                self.trouble.ended();
                self.queue.remove(&queued.id).await
            }
            Err(NotSent::Refused { code }) => {
                self.trouble.ended();
                tracing::warn!(mail = queued.id, code, "a mail is refused for good");
                self.queue.remove(&queued.id).await
            }
            Err(NotSent::Later { code }) => {
                self.trouble.begun(now);
                tracing::warn!(mail = queued.id, code, failures = queued.failures, "a mail has to wait");
                let at = now + wait(queued.failures, random::number()?);
                queued.failures += 1;
                self.queue.put_back(&queued, at).await
            }
        }
    }
}

/// How long a mail that was not sent waits, in milliseconds, up to a tenth more by chance.
fn wait(failures: u32, chance: u32) -> i64 {
    let wait = (FIRST_WAIT_MS << (2 * failures.min(16))).min(LONGEST_WAIT_MS);
    wait + wait / 10 * i64::from(chance % 1_000) / 1_000
}

/// Since when no mail could be sent, in Unix milliseconds; 0: it can.
#[derive(Default)]
pub(super) struct Trouble(AtomicI64);

impl Trouble {
    fn begun(&self, now: i64) {
        let _ = self.0.compare_exchange(0, now, Relaxed, Relaxed);
    }

    fn ended(&self) {
        self.0.store(0, Relaxed);
    }

    pub(super) fn notice(&self, now: i64) -> Option<String> {
        let since = self.0.load(Relaxed);
        (since != 0 && now - since >= PATIENCE_MS).then(|| {
            "Mail cannot be sent: the server of SIGHTLINE_SMTP_URL does not take it. It is tried again; the log says more."
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_waits_longer_up_to_an_hour() {
        let waits = [0, 1, 2, 3, 4, 5, 40].map(|failures| wait(failures, 0) / 1_000);
        assert_eq!(waits, [30, 120, 480, 1_920, 3_600, 3_600, 3_600]);
        assert!((30_000..33_000).contains(&wait(0, 999)) && wait(0, 999) > wait(0, 1));
    }

    #[test]
    fn owners_are_told_after_ten_minutes_without_mail() {
        let trouble = Trouble::default();
        assert_eq!(trouble.notice(PATIENCE_MS * 2), None);
        trouble.begun(1_000);
        trouble.begun(9_000);
        assert_eq!(trouble.notice(1_000 + PATIENCE_MS - 1), None);
        assert!(
            trouble.notice(1_000 + PATIENCE_MS).is_some_and(|notice| notice.contains("SIGHTLINE_SMTP_URL"))
        );
        trouble.ended();
        assert_eq!(trouble.notice(1_000 + PATIENCE_MS), None);
    }
}
