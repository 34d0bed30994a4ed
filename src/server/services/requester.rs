//! The requester as plain data, which `http` resolves once per request.

use std::sync::Arc;

use super::{
    device::Device,
    gate::{Grant, PendingEntry},
    rate_limits::RateLimitKey,
};
use crate::{
    error::AppError,
    model::{ClientKind, Country, KeyScope, LinkId, Owner, address},
    server::store::catalogue::Document,
};

/// The client of a request, without its owner. Known without Redis.
#[derive(Clone)]
pub struct Visitor {
    /// The client's address as rate limits count it.
    pub rate_limit_key: RateLimitKey,
    /// The grants of the browser, expired ones included.
    pub grants: Vec<(LinkId, Grant)>,
    /// The entries of the browser that wait for a code, expired ones included.
    pub entries: Vec<(LinkId, PendingEntry)>,
    /// The browser, if an owner has signed in there before.
    pub device: Option<Device>,
}

impl Visitor {
    /// The grant for a link, unless it has expired at `now`, in Unix milliseconds.
    pub fn grant(&self, link: &LinkId, now: i64) -> Option<&Grant> {
        let of_link = self.grants.iter().find(|(granted, _)| granted == link);
        of_link.map(|(_, grant)| grant).filter(|grant| grant.ends_at > now)
    }

    /// The entry to a link that waits for a code, unless it has expired at `now`, in Unix milliseconds.
    pub fn entry(&self, link: &LinkId, now: i64) -> Option<&PendingEntry> {
        let of_link = self.entries.iter().find(|(entered, _)| entered == link);
        of_link.map(|(_, entry)| entry).filter(|entry| entry.ends_at > now)
    }
}

/// Where a visit comes from, as far as its request tells.
#[derive(Clone, Copy, Debug)]
pub struct VisitOrigin {
    /// Whether the request is a bot's, or a browser's that loads a page ahead.
    pub is_bot: bool,
    /// Browser, system and device.
    pub client: Option<ClientKind>,
    /// The country.
    pub country: Option<Country>,
}

/// The sender of a request: a visitor, perhaps an owner.
#[derive(Clone)]
pub struct Requester {
    /// The client.
    pub visitor: Visitor,
    /// Scheme and host through which the client reached the server.
    pub origin: String,
    /// The session or API key that the client sent.
    pub credential: Credential,
    /// The owner to whom the credential belongs.
    pub owner: Option<Owner>,
    /// What the credential allows its owner.
    pub scope: KeyScope,
    /// Whether the owner may only set up two-factor sign-in.
    pub needs_second_factor: bool,
    /// The browser or program, as it is listed with the owner's sessions.
    pub client: Arc<str>,
}

/// The owner of a credential, and what it allows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The owner.
    pub owner: Owner,
    /// What an API key allows; a session allows everything.
    pub scope: KeyScope,
    /// Whether the owner may only set up two-factor sign-in.
    pub needs_second_factor: bool,
}

/// With what a client identifies its owner.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    None,
    /// The session in the browser's cookie.
    Session(String),
    /// The API key of a program.
    Key(String),
}

impl Requester {
    /// The owner, or [`AppError::SignInRequired`]; [`AppError::Forbidden`] before they have set up two-factor sign-in,
    /// where that is required.
    pub fn owner(&self) -> Result<&Owner, AppError> {
        let owner = self.signed_in()?;
        if self.needs_second_factor {
            let set_up = address::SECOND_FACTOR;
            return Err(AppError::Forbidden(format!("Set up two-factor sign-in first, at {set_up}.")));
        }
        Ok(owner)
    }

    /// The owner, who may lack the two-factor sign-in that is required, or [`AppError::SignInRequired`].
    pub fn signed_in(&self) -> Result<&Owner, AppError> {
        self.owner.as_ref().ok_or(AppError::SignInRequired)
    }

    /// The owner, if the credential allows changes of the account; otherwise [`AppError::Forbidden`].
    pub fn manager(&self) -> Result<&Owner, AppError> {
        let owner = self.owner()?;
        if self.scope < KeyScope::Manage {
            return Err(AppError::Forbidden("This API key may not change the account.".to_owned()));
        }
        Ok(owner)
    }

    /// The token of the session, unless the credential is another.
    pub fn session(&self) -> Option<&str> {
        match &self.credential {
            Credential::Session(token) => Some(token),
            _ => None,
        }
    }

    /// Whether the requester owns this document. The one place that decides this: an owner may see and change their own
    /// documents, and no others.
    pub fn owns(&self, document: &Document) -> bool {
        let owner_id = self.owner().ok().map(|owner| &owner.owner_id);
        owner_id.is_some() && document.owner.as_ref() == owner_id
    }
}
