//! Who sends a request, as plain data. `http` resolves it once per request.

use super::{gate::Grant, rate_limits::RateLimitKey};
use crate::{
    error::AppError,
    model::{LinkId, Owner},
    server::store::catalogue::Document,
};

/// What is known of any client, without asking Redis.
#[derive(Clone)]
pub struct Visitor {
    /// The client's address as limits count it.
    pub rate_limit_key: RateLimitKey,
    /// The gates that this browser has passed, some of them perhaps too long ago.
    pub grants: Vec<(LinkId, Grant)>,
}

impl Visitor {
    /// The grant for a link, unless it has ended by `now`, in Unix milliseconds.
    pub fn grant(&self, link: &LinkId, now: i64) -> Option<&Grant> {
        let of_link = self.grants.iter().find(|(granted, _)| granted == link);
        of_link.map(|(_, grant)| grant).filter(|grant| grant.ends_at > now)
    }
}

/// Who sends a request.
#[derive(Clone)]
pub struct Requester {
    /// The client.
    pub visitor: Visitor,
    /// Scheme and host through which the client reached the server.
    pub origin: String,
    /// What the client showed to be an owner.
    pub credential: Credential,
    /// The owner whose credential it is.
    pub owner: Option<Owner>,
}

/// What a client shows to be an owner.
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

    /// Whether the requester owns this document. The one place that decides what an owner may see and do: their
    /// own, and nothing else.
    pub fn owns(&self, document: &Document) -> bool {
        let owner_id = self.owner.as_ref().map(|owner| &owner.owner_id);
        owner_id.is_some() && document.owner.as_ref() == owner_id
    }
}
