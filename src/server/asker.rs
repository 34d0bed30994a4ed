//! Who asks: where a request comes from, and which owner it speaks for.

use std::{
    convert::Infallible,
    mem,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, connect_info::MockConnectInfo},
    http::{Extensions, HeaderMap, header, request::Parts},
};
use axum_extra::extract::cookie::SignedCookieJar;

use super::{
    AppState,
    accounts::SessionToken,
    catalogue::Document,
    client::Client,
    cookies::{self, Grant},
    forms,
};
use crate::{
    error::AppError,
    model::{LinkId, Owner, OwnerId},
};

/// What a request says before its body: all that it takes to know who asks.
#[derive(Clone)]
pub struct Head {
    /// The connection's address.
    pub peer: IpAddr,
    /// The headers.
    pub headers: HeaderMap,
}

impl From<&Parts> for Head {
    fn from(parts: &Parts) -> Self {
        Self { peer: peer(&parts.extensions), headers: parts.headers.clone() }
    }
}

/// Takes the headers out of the request, since a copy would cost the hot path more than all else here. What reads
/// headers comes before it.
impl<S: Sync> FromRequestParts<S> for Head {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { peer: peer(&parts.extensions), headers: mem::take(&mut parts.headers) })
    }
}

fn peer(extensions: &Extensions) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let mocked = || extensions.get::<MockConnectInfo<SocketAddr>>().map(|MockConnectInfo(peer)| peer.ip());
    peer.or_else(mocked).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Who asks, as far as the request tells.
#[derive(Clone)]
pub struct Asker {
    /// Scheme and host through which the asker reached us.
    pub origin: String,
    /// Where the request comes from.
    pub client: Client,
    /// Whether a bot asks, or a browser that loads ahead.
    pub is_bot: bool,
    credential: Credential,
    owner: Option<Owner>,
    /// Those of the cookies that we made.
    cookies: SignedCookieJar,
}

/// What an asker shows to be an owner.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    None,
    /// The session in the browser's cookie.
    Session(String),
    /// The API key of a program.
    Key(String),
}

impl Asker {
    /// The owner who asks, or [`AppError::SignInRequired`].
    pub fn owner(&self) -> Result<&Owner, AppError> {
        self.owner.as_ref().ok_or(AppError::SignInRequired)
    }

    /// Whether the one who asks owns this document. The one place that decides what an owner may see and do:
    /// their own, and nothing else.
    pub fn owns(&self, document: &Document) -> bool {
        let asks: Option<&OwnerId> = self.owner.as_ref().map(|owner| &owner.owner_id);
        asks.is_some() && document.owner.as_ref() == asks
    }

    /// What the asker has shown, to be looked at again later.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Those of the cookies that we made.
    pub fn cookies(&self) -> &SignedCookieJar {
        &self.cookies
    }
}

/// What is to be kept in the asker's browser. For server functions: the cookies go into their answer.
impl Asker {
    /// A session that was opened, or that there is none any more.
    pub fn keep_session(&self, session: Option<&SessionToken>) -> Result<(), AppError> {
        let token = session.map(|SessionToken(token)| token.as_str());
        forms::set_cookies(cookies::set_session(self.cookies.clone(), token, self.is_secure()));
        Ok(())
    }

    /// The gate of a link was passed.
    pub fn keep_grant(&self, link: &LinkId, grant: &Grant) -> Result<(), AppError> {
        forms::set_cookies(cookies::set_grant(self.cookies.clone(), link, grant, self.is_secure()));
        Ok(())
    }

    fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl FromRequestParts<AppState> for Asker {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        state.asker(&Head::from(&*parts)).await
    }
}

impl AppState {
    /// Reads who asks from a request's head. [`AppError::WrongApiKey`] for a key that is none; a session that
    /// is none is as good as no session.
    pub async fn asker(&self, head: &Head) -> Result<Asker, AppError> {
        let client = self.client(head);
        let cookies = self.cookies(&head.headers);
        let credential = credential(&head.headers, &cookies);
        Ok(Asker {
            origin: client.origin(&self.config),
            is_bot: self.bots.refuses(&client, &head.headers),
            owner: self.owner_of(&credential).await?,
            client,
            credential,
            cookies,
        })
    }

    /// Whose credential this is; `None` for nobody's.
    pub async fn owner_of(&self, credential: &Credential) -> Result<Option<Owner>, AppError> {
        match credential {
            Credential::None => Ok(None),
            Credential::Key(key) => self.accounts.owner_of_key(key).await.map(Some),
            Credential::Session(token) => match self.accounts.owner_of_session(token).await {
                Err(AppError::SignInRequired) => Ok(None),
                found => found.map(Some),
            },
        }
    }

    /// Where a request comes from.
    pub fn client(&self, head: &Head) -> Client {
        Client::new(head.peer, &head.headers, &self.config.trusted_proxies)
    }

    /// Those of a request's cookies that we made.
    pub fn cookies(&self, headers: &HeaderMap) -> SignedCookieJar {
        SignedCookieJar::from_headers(headers, self.secret.clone())
    }
}

/// A program's key goes before the cookie of a browser.
fn credential(headers: &HeaderMap, cookies: &SignedCookieJar) -> Credential {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        // What is no text is a wrong key, and not no key.
        let authorization = String::from_utf8_lossy(authorization.as_bytes());
        let (scheme, key) = authorization.split_once(' ').unwrap_or((&authorization, ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            return Credential::Key(key.trim().to_owned());
        }
    }
    cookies::session(cookies).map_or(Credential::None, Credential::Session)
}
