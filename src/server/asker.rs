//! Who asks: where a request comes from, and which owner it speaks for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, connect_info::MockConnectInfo},
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::cookie::SignedCookieJar;

use super::{AppState, catalogue::Document, client::Client, cookies};
use crate::{
    error::AppError,
    model::{Owner, OwnerId},
};

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

impl AppState {
    /// Reads who asks from a request's head. [`AppError::WrongApiKey`] for a key that is none; a session that
    /// is none is as good as no session.
    pub async fn asker(&self, parts: &Parts) -> Result<Asker, AppError> {
        let client = self.client(parts);
        let cookies = self.cookies(&parts.headers);
        let credential = credential(&parts.headers, &cookies);
        Ok(Asker {
            origin: client.origin(&self.config),
            is_bot: self.bots.refuses(&client, &parts.headers),
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
    pub fn client(&self, parts: &Parts) -> Client {
        let extensions = &parts.extensions;
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let mocked = || extensions.get::<MockConnectInfo<SocketAddr>>().map(|MockConnectInfo(peer)| peer.ip());
        let peer = peer.or_else(mocked).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Client::new(peer, &parts.headers, &self.config.trusted_proxies)
    }

    /// Those of a request's cookies that we made.
    pub fn cookies(&self, headers: &HeaderMap) -> SignedCookieJar {
        SignedCookieJar::from_headers(headers, self.secret.clone())
    }
}

/// A program's key goes before the cookie of a browser.
fn credential(headers: &HeaderMap, cookies: &SignedCookieJar) -> Credential {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let authorization = authorization.to_str().unwrap_or_default();
        let (scheme, key) = authorization.split_once(' ').unwrap_or((authorization, ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            return Credential::Key(key.trim().to_owned());
        }
    }
    cookies::session(cookies).map_or(Credential::None, Credential::Session)
}
