//! What can be asked of Sightline, whether a page, a program or a command asks.
//!
//! Belongs here: decisions. A service takes plain data, such as a [`Requester`], and answers in the types of
//! `model`; its fields are all that it can use. May import `live`, `store`, `model` and `error`. Never Axum, Leptos,
//! a header or a cookie: those are `http`'s.

pub mod accounts;
pub mod gate;
pub mod health;
pub mod library;
mod ownership;
pub mod rate_limits;
pub mod reading;
pub mod requester;
pub mod stream_limits;
pub mod sweeper;
pub mod watching;

pub use self::{
    accounts::Accounts,
    gate::Gates,
    health::Health,
    library::Library,
    rate_limits::{RateLimitKey, RateLimits},
    reading::Reading,
    requester::{Credential, Requester, Visitor},
    stream_limits::StreamLimits,
    watching::Watching,
};
/// Types of the store that services answer with.
pub use super::store::{accounts::SessionToken, files::Picture};

/// All services. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Owners sign in and out, and keep API keys.
    pub accounts: Accounts,
    /// Visitors pass the gates of links.
    pub gates: Gates,
    /// Whether the server can answer.
    pub health: Health,
    /// Owners keep documents and links.
    pub library: Library,
    /// Visitors read.
    pub reading: Reading,
    /// Owners watch.
    pub watching: Watching,
    /// How many event streams may be open.
    pub streams: StreamLimits,
}
