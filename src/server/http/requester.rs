//! Resolves the requester: the request's head is read once, and the owner is looked up at most once.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, Method, header, request::Parts},
};
use axum_extra::extract::cookie::SignedCookieJar;
use tokio::sync::OnceCell;

use super::{AppState, bots::Agent, client_address::Client, cookies, user_agents::UserAgent};
use crate::{
    error::AppError,
    model::{Country, KeyScope, Leave, Owner},
    server::services::{Access, Credential, RateLimitKey, Requester, VisitOrigin, Visitor},
};

/// The client as the head of its request describes it. A cheap handle, which the request carries as an extension.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    visitor: Visitor,
    /// Its address is for this request only: it reaches no store.
    client: Client,
    is_secure: bool,
    credential: Credential,
    agent: Agent,
    /// What the `User-Agent` tells. May match hundreds of patterns: read where it is first needed.
    user_agent: OnceLock<UserAgent>,
    /// The country that a trusted proxy names.
    country: Option<Country>,
    /// Looked up by the first handler or server function that needs it: a page calls several functions.
    access: OnceCell<Option<Access>>,
    /// Whether the request's method changes nothing.
    is_read: bool,
}

impl Identity {
    /// Reads the head of a request, without Redis.
    pub fn read(state: &AppState, client: Client, request: &Request) -> Self {
        let headers = request.headers();
        let jar = headers
            .contains_key(header::COOKIE)
            .then(|| SignedCookieJar::from_headers(headers, state.cookie_key.clone()));
        let is_secure = client.is_secure(&state.settings);
        let session = || {
            let token = cookies::session(jar.as_ref()?, is_secure)?;
            Some(Credential::Session(token))
        };
        // An API key takes precedence over a cookie.
        let credential = bearer(headers).or_else(session).unwrap_or(Credential::None);
        Self(Arc::new(Inner {
            visitor: Visitor {
                rate_limit_key: RateLimitKey::of(client.address),
                grants: jar.as_ref().map(|jar| cookies::grants(jar, is_secure)).unwrap_or_default(),
                entries: jar.as_ref().map(|jar| cookies::entries(jar, is_secure)).unwrap_or_default(),
                device: jar.as_ref().and_then(|jar| cookies::device(jar, is_secure)),
            },
            agent: Agent::read(&client, headers),
            user_agent: OnceLock::new(),
            country: state.countries.named(headers, client.is_from_proxy),
            client,
            is_secure,
            credential,
            access: OnceCell::new(),
            is_read: matches!(*request.method(), Method::GET | Method::HEAD),
        }))
    }

    /// The identity of a request that was [read](Self::read).
    pub fn of(extensions: &axum::http::Extensions) -> Result<Self, AppError> {
        extensions.get::<Self>().cloned().ok_or(AppError::Internal)
    }

    /// The client, without its owner.
    pub fn visitor(&self) -> &Visitor {
        &self.0.visitor
    }

    /// Whether the client uses https.
    pub fn is_secure(&self) -> bool {
        self.0.is_secure
    }

    /// Whether a bot sent the request, or a browser that loads a page ahead.
    pub fn is_bot(&self, state: &AppState) -> bool {
        self.0.agent.is_refused(self.user_agent(state).kind)
    }

    fn user_agent(&self, state: &AppState) -> &UserAgent {
        self.0.user_agent.get_or_init(|| state.user_agents.read(self.0.agent.name()))
    }

    /// Where a visit comes from.
    pub fn visit_origin(&self, state: &AppState) -> VisitOrigin {
        let Inner { client, country, .. } = &*self.0;
        VisitOrigin {
            is_bot: self.is_bot(state),
            client: self.user_agent(state).client,
            country: country.or_else(|| state.countries.of_address(client.address)),
        }
    }

    /// The requester with its owner. [`AppError::WrongApiKey`] for an invalid key, [`AppError::Forbidden`] for a change by
    /// a key that may only read; an ended session counts as none.
    pub async fn requester(&self, state: &AppState) -> Result<Requester, AppError> {
        let Inner { visitor, client, credential, access, is_read, .. } = &*self.0;
        let access = access.get_or_try_init(|| state.services.accounts.access(credential)).await?.clone();
        let scope = access.as_ref().map_or(KeyScope::Manage, |access| access.scope);
        let needs_second_factor = access.as_ref().is_some_and(|access| access.needs_second_factor);
        // Here, so that no route can forget it.
        if scope == KeyScope::Read && !is_read {
            return Err(AppError::Forbidden("This API key may only read, by GET requests.".to_owned()));
        }
        Ok(Requester {
            visitor: visitor.clone(),
            origin: client.origin(&state.settings),
            credential: credential.clone(),
            owner: access.map(|access| access.owner),
            scope,
            needs_second_factor,
            client: self.user_agent(state).label.clone(),
        })
    }

    /// The owner of the API key with which a server reports the duration of a leave. Without a key or a duration no owner
    /// is looked up, so that a visitor's leave is one round trip. [`AppError::WrongApiKey`] for an invalid key.
    pub async fn reporter(&self, leave: &Leave, state: &AppState) -> Result<Option<Owner>, AppError> {
        match &self.0.credential {
            Credential::Key(_) if leave.duration.is_some() => Ok(self.requester(state).await?.owner),
            _ => Ok(None),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Identity {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        Self::of(&parts.extensions)
    }
}

impl FromRequestParts<AppState> for Requester {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        Identity::of(&parts.extensions)?.requester(state).await
    }
}

/// The key of `Authorization: Bearer` ([RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)). A non-text header is an invalid key, not a missing one.
fn bearer(headers: &HeaderMap) -> Option<Credential> {
    let authorization = String::from_utf8_lossy(headers.get(header::AUTHORIZATION)?.as_bytes());
    let (scheme, key) = authorization.split_once(' ').unwrap_or((&authorization, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| Credential::Key(key.trim().to_owned()))
}
