//! The gate of a link: what stands between a visitor and the document.
//!
//! Nothing of a document leaves the server for a visitor but through [`AppState::admit`], and no visit begins.

use std::sync::Arc;

use axum_extra::extract::cookie::SignedCookieJar;

use super::{
    AppState,
    asker::Asker,
    catalogue::{Link, Shared},
    cookies::{self, GRANT_LIFE, Grant},
};
use crate::{
    error::AppError,
    model::{EmailGate, Gate, LinkId, LinkState, check_email},
};

/// Somebody who may read.
pub enum Admitted {
    /// The document's owner, whose visits do not count.
    Owner(Arc<Shared>),
    /// A visitor, with the e-mail address that the gate was given, if there is one and it was.
    Visitor(Arc<Shared>, Option<String>),
}

impl Admitted {
    /// What may be read.
    pub fn shared(&self) -> &Arc<Shared> {
        match self {
            Self::Owner(shared) | Self::Visitor(shared, _) => shared,
        }
    }
}

/// Refuses a link that leads nowhere at `now`, in Unix milliseconds.
pub fn check_open(link: &Link, now: i64) -> Result<(), AppError> {
    match link.state(now) {
        LinkState::Open => Ok(()),
        LinkState::Off => Err(AppError::LinkOff),
        LinkState::Expired => Err(AppError::LinkExpired),
    }
}

/// What the gate of a link knows of a browser: `None` when there is no gate, [`AppError::GateClosed`] when it has
/// not been passed as it stands now.
pub fn check_grant(link: &Link, cookies: &SignedCookieJar, now: i64) -> Result<Option<Grant>, AppError> {
    if !link.has_gate() {
        return Ok(None);
    }
    let grant = cookies::grant(cookies, &link.id, now).filter(|grant| grant.gate == link.gate);
    grant.map(Some).ok_or(AppError::GateClosed)
}

/// What the gate of a link asks for.
pub fn gate(shared: &Shared) -> Gate {
    let Shared { link, document } = shared;
    Gate {
        link_id: link.id.clone(),
        title: link.password.is_none().then(|| document.title.clone()),
        email: link.email,
        password: link.password.is_some(),
    }
}

impl AppState {
    /// Lets somebody in who may read `shared` now.
    pub fn admit(&self, shared: Arc<Shared>, asker: &Asker) -> Result<Admitted, AppError> {
        let now = self.analytics.clock().now();
        check_open(&shared.link, now)?;
        if asker.owns(&shared.document) {
            return Ok(Admitted::Owner(shared));
        }
        let grant = check_grant(&shared.link, asker.cookies(), now)?;
        Ok(Admitted::Visitor(shared, grant.and_then(|grant| grant.email)))
    }

    /// Answers the form of a gate. What it gives is to be noted in the browser.
    pub async fn pass_gate(
        &self,
        link: &LinkId,
        email: &str,
        password: &str,
        asker: &Asker,
    ) -> Result<Grant, AppError> {
        let shared = self.catalogue.link(link).await?;
        self.limits.gate(&asker.client, &shared.link.id)?;
        let link = &shared.link;
        let now = self.analytics.clock().now();
        check_open(link, now)?;
        let email = email.trim();
        let email = match link.email {
            EmailGate::None => None,
            EmailGate::Optional if email.is_empty() => None,
            EmailGate::Optional | EmailGate::Required => {
                check_email(email)?;
                Some(email.to_owned())
            }
        };
        if let Some(hash) = &link.password
            && !self.accounts.passwords().matches(password, Some(hash)).await?
        {
            return Err(AppError::WrongPassword);
        }
        Ok(Grant { ends_at: now + GRANT_LIFE, gate: link.gate.clone(), email })
    }
}
