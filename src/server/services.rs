//! The operations of Sightline, for pages, REST and commands.
//!
//! Belongs here: who may do what, and what it does. A service takes plain data, such as a [`Requester`], and answers
//! with types of `model`; its fields are all that it can use. May import `live`, `store`, `model` and `error`. Never
//! Axum, Leptos, headers or cookies: those are `http`'s.

pub mod accounts;
mod audit;
pub mod badges;
mod device;
pub mod gate;
pub mod health;
pub mod history;
pub mod library;
pub mod made_once;
pub mod mail;
pub mod monitoring;
pub mod notices;
mod ownership;
pub mod quotas;
pub mod rate_limits;
pub mod reading;
pub mod requester;
pub mod stream_limits;
pub mod sweeper;
mod tally;
pub mod watching;

pub use self::{
    accounts::{Accounts, PendingSignIn, SignInStep},
    audit::Audit,
    badges::{Badges, OwnBadge, ShownBadge},
    device::Device,
    gate::Gates,
    health::{Health, Readiness},
    history::History,
    library::Library,
    made_once::MadeOnce,
    mail::Mailer,
    monitoring::Monitoring,
    notices::Notices,
    quotas::Quotas,
    rate_limits::{RateLimitKey, RateLimits},
    reading::Reading,
    requester::{Access, Credential, Requester, VisitOrigin, Visitor},
    stream_limits::StreamLimits,
    tally::Tally,
    watching::Watching,
};
/// Types of the store that services answer with.
pub use super::store::{
    accounts::SessionToken,
    files::Picture,
    made_once::{Kept, Known},
};

/// All services. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Sessions, passwords and API keys of owners.
    pub accounts: Accounts,
    /// What happened in accounts.
    pub audit: Audit,
    /// The badges of links in other sites.
    pub badges: Badges,
    /// The gates of links.
    pub gates: Gates,
    /// Whether Redis answers, and the time.
    pub health: Health,
    /// Past visits, for owners.
    pub history: History,
    /// Documents and links of owners.
    pub library: Library,
    /// Mail, where the server sends it.
    pub mailer: Mailer,
    /// What the operator sees.
    pub monitoring: Monitoring,
    /// Webhooks of owners.
    pub notices: Notices,
    /// What requests with an idempotency key made.
    pub made_once: MadeOnce,
    /// Links as visitors read them.
    pub reading: Reading,
    /// Numbers and viewers, for owners.
    pub watching: Watching,
    /// The limits on open event streams.
    pub streams: StreamLimits,
}
