//! The requester as plain data, which `http` resolves once per request.

use super::{gate::Grant, rate_limits::RateLimitKey};
use crate::{
    error::AppError,
    model::{ClientKind, Country, LinkId, Owner},
    server::store::catalogue::Document,
};

/// The client of a request, without its owner. Known without Redis.
#[derive(Clone)]
pub struct Visitor {
    /// The client's address as rate limits count it.
    pub rate_limit_key: RateLimitKey,
    /// The grants of the browser, expired ones included.
    pub grants: Vec<(LinkId, Grant)>,
}

impl Visitor {
    /// The grant for a link, unless it has expired at `now`, in Unix milliseconds.
    pub fn grant(&self, link: &LinkId, now: i64) -> Option<&Grant> {
        let of_link = self.grants.iter().find(|(granted, _)| granted == link);
        of_link.map(|(_, grant)| grant).filter(|grant| grant.ends_at > now)
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
    /// The owner, or [`AppError::SignInRequired`].
    pub fn owner(&self) -> Result<&Owner, AppError> {
        self.owner.as_ref().ok_or(AppError::SignInRequired)
    }

    /// Whether the requester owns this document. The one place that decides this: an owner may see and change their own
    /// documents, and no others.
    pub fn owns(&self, document: &Document) -> bool {
        let owner_id = self.owner.as_ref().map(|owner| &owner.owner_id);
        owner_id.is_some() && document.owner.as_ref() == owner_id
    }
}
