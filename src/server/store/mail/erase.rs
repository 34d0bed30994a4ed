//! Erases readers from mails that wait.

use std::mem;

use redis::cmd;

use super::{MAILS, Mail, MailPart, MailQueue, QueuedMail};
use crate::{
    error::AppError,
    model::{OwnerId, ReaderId},
};

/// What stands in place of a visit that was erased.
const ERASED: &str = "a visit that was erased since";
/// How many mails are looked at in one round trip, about.
const AT_ONCE: usize = 100;

impl MailQueue {
    /// Erases readers with these names from the mails to an owner that wait: a mail that tells of no one else is removed, and in
    /// one that tells of others their visits are left out. A mail that is being sent at this moment may arrive as it was.
    pub async fn erase(&self, owner: &OwnerId, readers: &[ReaderId]) -> Result<(), AppError> {
        let mut cursor = 0_u64;
        loop {
            let mut command = cmd("HSCAN");
            command.arg(MAILS).arg(cursor).arg("COUNT").arg(AT_ONCE);
            let (next, records): (u64, Vec<(String, String)>) = self.redis.query(&command).await?;
            for (id, record) in records {
                self.erase_from(&id, record, owner, readers).await?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    /// The same for one mail. A server that sends it may put it back meanwhile.
    async fn erase_from(
        &self,
        id: &str,
        record: String,
        owner: &OwnerId,
        readers: &[ReaderId],
    ) -> Result<(), AppError> {
        let mut found = Some(record);
        while let Some(record) = found {
            let Some(mut queued) = self.decrypt(id, record) else { return Ok(()) };
            let after = match queued.mail.erase(owner, readers) {
                Erasure::Nothing => return Ok(()),
                Erasure::Some => self.encrypt(&queued)?,
                Erasure::All => String::new(),
            };
            if self.replace(&queued, &after).await? {
                return Ok(());
            }
            found = self.redis.query(cmd("HGET").arg(MAILS).arg(id)).await?;
        }
        Ok(())
    }

    async fn replace(&self, queued: &QueuedMail, after: &str) -> Result<bool, AppError> {
        let mut call = self.scripts.replace.key(MAILS);
        call.key(super::DUE).arg(&queued.id).arg(&queued.record).arg(after);
        self.redis.run(&call).await
    }
}

/// How much of a mail was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Erasure {
    Nothing,
    Some,
    /// It tells of no one any more.
    All,
}

impl Mail {
    fn erase(&mut self, owner: &OwnerId, readers: &[ReaderId]) -> Erasure {
        let Some(visits) = self.visits.as_mut().filter(|visits| visits.owner == *owner) else {
            return Erasure::Nothing;
        };
        let (erased, kept): (Vec<MailPart>, Vec<MailPart>) =
            mem::take(&mut visits.parts).into_iter().partition(|part| part.is_of(readers));
        visits.parts = kept;
        if erased.is_empty() {
            return Erasure::Nothing;
        }
        if visits.parts.is_empty() {
            return Erasure::All;
        }
        for part in erased {
            self.text = self.text.replacen(&part.text, ERASED, 1);
            self.html = self.html.replacen(&part.html, ERASED, 1);
        }
        Erasure::Some
    }
}

impl MailPart {
    fn is_of(&self, readers: &[ReaderId]) -> bool {
        self.readers.iter().any(|name| name.is_one_of(readers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::mail::MailedVisits;

    fn id(text: &str) -> ReaderId {
        text.parse().expect("a reader")
    }

    fn owner(text: &str) -> OwnerId {
        text.parse().expect("an owner")
    }

    /// A mail about the visits of these readers.
    fn mail(readers: &[&str]) -> Mail {
        let part = |reader: &&str| MailPart {
            readers: vec![id(reader)],
            text: format!("12:00: {reader}"),
            html: format!("12:00: <bdi>{reader}</bdi>"),
        };
        let parts: Vec<MailPart> = readers.iter().map(part).collect();
        let items = |item: fn(&MailPart) -> String| parts.iter().map(item).collect::<String>();
        Mail {
            to: "owner@example.org".parse().expect("an address"),
            subject: format!("{} visits", readers.len()),
            text: items(|part| format!("- {}\n", part.text)),
            html: items(|part| format!("<li>{}</li>\n", part.html)),
            unsubscribe: None,
            ends_at: 0,
            visits: Some(MailedVisits { owner: owner("o1"), link: None, parts }),
        }
    }

    #[test]
    fn erased_reader_is_in_no_part() {
        let mut told = mail(&["ada@example.org", "bob@example.org", "ada@example.org"]);
        assert_eq!(told.erase(&owner("o1"), &[id("ADA@example.org")]), Erasure::Some);
        let erased = "- a visit that was erased since\n";
        assert_eq!(told.text, format!("{erased}- 12:00: bob@example.org\n{erased}"));
        let text = serde_json::to_string(&told).expect("JSON");
        assert!(text.contains("<bdi>bob@example.org</bdi>") && !text.contains("ada"), "{text}");
        assert_eq!(told.erase(&owner("o1"), &[id("bob@example.org")]), Erasure::All);
    }

    #[test]
    fn mails_of_others_stay_as_they_are() {
        let before = mail(&["ada@example.org"]);
        let mut told = before.clone();
        for (whose, reader) in [("o2", "ada@example.org"), ("o1", "bob@example.org"), ("o1", "2j8demvb")] {
            assert_eq!(told.erase(&owner(whose), &[id(reader)]), Erasure::Nothing, "{whose} {reader}");
        }
        let mut code = Mail { visits: None, ..before.clone() };
        assert_eq!(code.erase(&owner("o1"), &[id("ada@example.org")]), Erasure::Nothing);
        assert_eq!(told, before);
    }
}
