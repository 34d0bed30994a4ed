//! The gate of a link: what a visitor gives before reading.
//!
//! Every page, file and join of a visitor passes [`admit`].

mod grant;
mod verification;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};

pub use self::{
    grant::{GRANT_LIFE_MS, Grant, PendingEntry},
    verification::GateStep,
};
use super::{
    mail::Mailer,
    rate_limits::{ActionKind, RateLimits},
    requester::{Requester, Visitor},
};
use crate::{
    error::AppError,
    model::{EmailGate, Gate, Invalid, LinkId, LinkState, check_email},
    server::store::{
        analytics::Analytics,
        catalogue::{Catalogue, Link, LinkedDocument},
        clock::Clock,
        gate_codes::GateCodes,
        passwords::Passwords,
    },
};

/// The same words for an address that is blocked and for one that is not allowed.
const NOT_ADMITTED: &str = "This document is not shared with this e-mail address. Use another, or ask the person who sent you the link.";

/// A requester who may read.
pub enum Admitted {
    /// The document's owner, whose visits do not count.
    Owner(LinkedDocument),
    /// A visitor, with the grant of the gate, if there is one.
    Visitor(LinkedDocument, Option<Grant>),
}

impl Admitted {
    /// The link, and the document that may be read.
    pub fn linked(&self) -> &LinkedDocument {
        match self {
            Self::Owner(linked) | Self::Visitor(linked, _) => linked,
        }
    }
}

/// Refuses a link that is off or expired at `now`, in Unix milliseconds.
pub fn check_open(link: &Link, now: i64) -> Result<(), AppError> {
    match link.state(now) {
        LinkState::Open => Ok(()),
        LinkState::Off => Err(AppError::LinkOff),
        LinkState::Expired => Err(AppError::LinkExpired),
    }
}

/// The visitor's grant for a link: `None` for a link without a gate, [`AppError::GateClosed`] when the visitor has
/// not passed the current version of the gate, or gave an e-mail address that is no longer let in, or has to be verified.
pub fn check_grant<'a>(link: &Link, visitor: &'a Visitor, now: i64) -> Result<Option<&'a Grant>, AppError> {
    if !link.has_gate() {
        return Ok(None);
    }
    let grant = visitor.grant(&link.id, now).filter(|grant| {
        let needs_code = link.verify && grant.email.is_some() && !grant.is_verified;
        grant.gate == link.gate && !needs_code && link.access.admit(grant.email.as_deref())
    });
    grant.map(Some).ok_or(AppError::GateClosed)
}

/// Decides whether a requester may read `linked` at `now`, in Unix milliseconds. The error says why not.
pub fn admit(linked: LinkedDocument, requester: &Requester, now: i64) -> Result<Admitted, AppError> {
    check_open(&linked.link, now)?;
    if requester.owns(&linked.document) {
        return Ok(Admitted::Owner(linked));
    }
    let grant = check_grant(&linked.link, &requester.visitor, now)?;
    let grant = grant.cloned();
    Ok(Admitted::Visitor(linked, grant))
}

/// What the gate of a link asks a visitor for at `now`, in Unix milliseconds.
pub fn gate(linked: &LinkedDocument, visitor: &Visitor, now: i64) -> Gate {
    let LinkedDocument { link, document } = linked;
    Gate {
        link_id: link.id.clone(),
        title: link.password.is_none().then(|| document.title.clone()),
        email: link.email_asked(),
        password: link.password.is_some(),
        verify: link.verify,
        code_sent_to: visitor
            .entry(&link.id, now)
            .filter(|entry| entry.gate == link.gate)
            .map(|entry| entry.email.clone()),
    }
}

/// Refuses what is no e-mail address, and one that looks like another: with invisible characters, or marks that turn the
/// direction of text. The owner reads it, and has nothing else to go by.
fn check_shown(email: &str) -> Result<(), Invalid> {
    check_email(email)?;
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let category = CodePointMapData::<GeneralCategory>::new();
    let is_hidden = |c: char| {
        ignorable.contains(c)
            || matches!(
                category.get(c),
                GeneralCategory::Format
                    | GeneralCategory::PrivateUse
                    | GeneralCategory::Unassigned
                    | GeneralCategory::LineSeparator
                    | GeneralCategory::ParagraphSeparator
            )
    };
    let host = email.rsplit('@').next().unwrap_or_default();
    if email.chars().any(is_hidden) || !host.contains('.') || host.split('.').any(str::is_empty) {
        return Err(Invalid::new("email", "must be an e-mail address such as ada@example.org"));
    }
    Ok(())
}

/// Checks what visitors give at gates. Cheap to clone.
#[derive(Clone)]
pub struct Gates {
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) codes: GateCodes,
    pub(in crate::server) mailer: Mailer,
    pub(in crate::server) passwords: Passwords,
    pub(in crate::server) rate_limits: RateLimits,
}

impl Gates {
    /// Checks what a visitor gives at a gate, and answers with a grant for the browser, or by sending a code to the
    /// address, as [`Gates::confirm`] has it. [`AppError::Invalid`] for an
    /// e-mail address that is none, [`AppError::WrongPassword`], [`AppError::Forbidden`] for an address that is not let
    /// in, [`AppError::TooManyAttempts`] after too many of either, [`AppError::TooManyRequests`] for a flood.
    pub async fn pass(
        &self,
        link: &LinkId,
        email: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<GateStep, AppError> {
        let linked = self.catalogue.link(link).await?;
        let link = &linked.link;
        self.rate_limits.action(visitor.rate_limit_key, &link.id, ActionKind::Entry)?;
        let now = self.clock.now();
        check_open(link, now)?;
        let email = email.trim();
        let email = match link.email_asked() {
            EmailGate::None => None,
            EmailGate::Optional if email.is_empty() => None,
            EmailGate::Optional | EmailGate::Required => {
                check_shown(email)?;
                Some(email.to_owned())
            }
        };
        if link.password.is_some() || !link.access.are_empty() {
            let check = self.check(link, password, email.as_deref());
            let checked = self.rate_limits.gate(visitor.rate_limit_key, &link.id, check).await;
            if let Err(AppError::TooManyAttempts { .. }) = checked
                && let Err(error) = self.analytics.gate_locked(&link.id).await
            {
                tracing::warn!(link = %link.id, %error, "a locked gate is not told");
            }
            checked?;
        }
        match email {
            Some(email) if link.verify => {
                Ok(GateStep::NeedsCode(self.send_code(&linked, email, visitor).await?))
            }
            email => Ok(GateStep::Open(Grant {
                ends_at: now + GRANT_LIFE_MS,
                gate: link.gate.clone(),
                email,
                is_verified: false,
            })),
        }
    }

    /// The password first: who lacks it must not learn which addresses are let in.
    async fn check(&self, link: &Link, password: &str, email: Option<&str>) -> Result<(), AppError> {
        if let Some(hash) = &link.password
            && !self.passwords.matches_link(password, hash).await?
        {
            return Err(AppError::WrongPassword);
        }
        let is_admitted = link.access.admit(email);
        is_admitted.then_some(()).ok_or_else(|| AppError::Forbidden(NOT_ADMITTED.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::check_shown;

    #[test]
    fn email_that_looks_like_another_is_refused() {
        for good in [
            "ada@example.org",
            "ada+x@sub.example.org",
            "\u{e4}da@m\u{fc}ller.example",
            "\u{4f60}@\u{597d}.cn",
        ] {
            assert!(check_shown(good).is_ok(), "{good}");
        }
        for bad in [
            "ada",
            "ada@localhost",
            "ada@example.",
            "ada@.org",
            "ada@a..b",
            "ada\u{200b}@example.org",
            "ada\u{ad}@example.org",
            "\u{202e}gro.elpmaxe@ada.b",
            "ada@example\u{2066}.org",
            "ada\u{200e}@example.org",
            "ada@exam\u{feff}ple.org",
            "a\u{115f}da@example.org",
            "a\u{e000}da@example.org",
            "a\u{2028}da@example.org",
            "a\u{e0041}da@example.org",
        ] {
            assert_eq!(check_shown(bad).map_err(|error| error.field), Err("email".to_owned()), "{bad:?}");
        }
    }
}
