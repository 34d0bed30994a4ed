//! Verified e-mail addresses: a code by mail shows that the address that a visitor gives is theirs.

use super::{GRANT_LIFE_MS, Gates, Grant, NOT_ADMITTED, PendingEntry, check_open};
use crate::{
    error::AppError,
    model::LinkId,
    server::{
        services::{
            mail::{Letter, mail_address},
            rate_limits::ActionKind,
            requester::Visitor,
        },
        store::{
            catalogue::LinkedDocument,
            gate_codes::{CODE_LIFE, CodeCheck},
        },
    },
};

/// No code was sent to this browser, or the time for it has passed.
const ASK_AGAIN: &str = "The time for this code has passed. Give your e-mail address again.";

/// How the entry of a visitor who gave what the gate asks for goes on.
pub enum GateStep {
    /// They may read.
    Open(Grant),
    /// The code has to follow that was sent to the address.
    NeedsCode(PendingEntry),
}

impl Gates {
    /// Sends a code to the address that a visitor gave. [`AppError::Forbidden`] where this server sends no mail,
    /// [`AppError::Invalid`] for an address that gets none, [`AppError::TooManyRequests`] and
    /// [`AppError::TooManyAttempts`] beyond the limits per client and per address.
    pub(super) async fn send_code(
        &self,
        linked: &LinkedDocument,
        email: String,
        visitor: &Visitor,
    ) -> Result<PendingEntry, AppError> {
        if !self.mailer.is_on() {
            let words =
                "The code for your e-mail address cannot be sent. Tell the person who sent you the link.";
            return Err(AppError::Forbidden(words.to_owned()));
        }
        let to = mail_address(&email)?;
        self.rate_limits.gate_code(visitor.rate_limit_key)?;
        self.rate_limits.mail_to(&email)?;
        let code = self.codes.make(&linked.link.id, &email).await?;
        // Behind a password the title is for those alone who gave it, and so did this visitor.
        let letter = Letter::gate_code(&code.digits, Some(&linked.document.title));
        self.mailer.post(&to, &letter, CODE_LIFE).await?;
        Ok(PendingEntry { ends_at: code.ends_at, gate: linked.link.gate.clone(), code: code.id, email })
    }

    /// Sends another code to the address that waits for one. [`AppError::Forbidden`] where none does.
    pub async fn send_another_code(
        &self,
        link: &LinkId,
        visitor: &Visitor,
    ) -> Result<PendingEntry, AppError> {
        let (linked, pending) = self.pending(link, visitor).await?;
        self.send_code(&linked, pending.email, visitor).await
    }

    /// Checks a code, and answers with a grant for the browser. [`AppError::Invalid`] for a wrong one and for one that is
    /// no longer valid, [`AppError::Forbidden`] where none was sent, or the gate has changed since.
    pub async fn confirm(&self, link: &LinkId, code: &str, visitor: &Visitor) -> Result<Grant, AppError> {
        let (linked, pending) = self.pending(link, visitor).await?;
        let link = &linked.link;
        let wrong = |reason: &str| AppError::Invalid { field: "code".to_owned(), reason: reason.to_owned() };
        match self.codes.check(&link.id, &pending.code, &pending.email, code).await? {
            CodeCheck::Right => {}
            CodeCheck::Wrong => return Err(wrong("is wrong")),
            CodeCheck::Spent => return Err(wrong("is no longer valid. Have another one sent")),
        }
        let ends_at = self.clock.now() + GRANT_LIFE_MS;
        Ok(Grant { ends_at, gate: link.gate.clone(), email: Some(pending.email), is_verified: true })
    }

    async fn pending(
        &self,
        link: &LinkId,
        visitor: &Visitor,
    ) -> Result<(LinkedDocument, PendingEntry), AppError> {
        let linked = self.catalogue.link(link).await?;
        let link = &linked.link;
        self.rate_limits.action(visitor.rate_limit_key, &link.id, ActionKind::Entry)?;
        let now = self.clock.now();
        check_open(link, now)?;
        let pending = visitor.entry(&link.id, now).filter(|pending| pending.gate == link.gate);
        let pending = pending.cloned().ok_or_else(|| AppError::Forbidden(ASK_AGAIN.to_owned()))?;
        if !link.access.admit(Some(&pending.email)) {
            return Err(AppError::Forbidden(NOT_ADMITTED.to_owned()));
        }
        Ok((linked, pending))
    }
}
