//! What server functions and pages have of Leptos' context: the services, the requester, and the cookies of the answer.

use axum::http::{HeaderName, HeaderValue, header, request::Parts};
use axum_extra::extract::cookie::SignedCookieJar;
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;

use super::{AppState, cookies, requester::Identity, rest};
use crate::{
    error::AppError,
    model::{BadgeId, Leave, LinkBadge, LinkId, Owner},
    server::services::{
        Device, OwnBadge, PendingSignIn, Requester, Services, SessionToken, SignInStep, VisitOrigin,
        gate::{GateStep, Grant},
    },
};

/// The services.
pub fn services() -> Result<Services, AppError> {
    Ok(state()?.services.clone())
}

/// The requester, with its owner.
pub async fn requester() -> Result<Requester, AppError> {
    identity()?.requester(&state()?).await
}

/// The identity of the client, without its owner.
pub fn identity() -> Result<Identity, AppError> {
    with_context::<Parts, _>(|parts| Identity::of(&parts.extensions)).ok_or(AppError::Internal)?
}

/// The owner of the API key with which a server reports the duration of a leave.
pub async fn reporter(leave: &Leave) -> Result<Option<Owner>, AppError> {
    identity()?.reporter(leave, &state()?).await
}

/// Badges of a link with their addresses.
pub fn with_badge_urls(
    link: &LinkId,
    requester: &Requester,
    badges: Vec<OwnBadge>,
) -> Result<Vec<LinkBadge>, AppError> {
    Ok(rest::with_urls(&state()?, link, requester, badges))
}

/// Makes the token of a badge of a link.
pub fn badge_token(link: &LinkId) -> Result<impl FnOnce(&BadgeId) -> String, AppError> {
    let (state, link) = (state()?, link.clone());
    Ok(move |id: &BadgeId| rest::token(&state, &link, id))
}

/// What the owner has to know of this server: that it refuses visits by mistake.
pub fn server_notice() -> Result<Option<String>, AppError> {
    let state = state()?;
    Ok(state.refused_visits.notice().or_else(|| state.services.mailer.notice()))
}

/// Whether the requester is a bot.
pub fn is_bot() -> Result<bool, AppError> {
    Ok(identity()?.is_bot(&state()?))
}

/// Where the requester's visit comes from.
pub fn visit_origin() -> Result<VisitOrigin, AppError> {
    Ok(identity()?.visit_origin(&state()?))
}

/// Adds cookies to the answer.
pub(super) fn set_cookies(cookies: Vec<HeaderValue>) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for cookie in cookies {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }
}

/// Sets the cookie of a session; `None` clears it.
pub fn set_session_cookie(session: Option<&SessionToken>) -> Result<(), AppError> {
    let token = session.map(|SessionToken(token)| token.as_str());
    let is_secure = identity()?.is_secure();
    set_cookies(cookies::set_session(&state()?.cookie_key, token, is_secure));
    Ok(())
}

/// Has the browser forget the pages of an owner who signs out
/// ([Clear Site Data](https://www.w3.org/TR/clear-site-data/)). Not its storage, which holds a reader's mark.
pub fn clear_browser_cache() {
    if let Some(response) = use_context::<ResponseOptions>() {
        let name = HeaderName::from_static("clear-site-data");
        response.insert_header(name, HeaderValue::from_static("\"cache\""));
    }
}

/// Sets the cookie that tells the browser from others at the next sign-in.
pub fn set_device_cookie(device: &Device) -> Result<(), AppError> {
    let is_secure = identity()?.is_secure();
    set_cookies(cookies::set_device(&state()?.cookie_key, device, is_secure));
    Ok(())
}

/// Sets the cookies of a sign-in: those of its session and browser, or the one that waits for the code. Returns whether
/// a code has to follow.
pub fn set_sign_in_cookies(sign_in: &SignInStep) -> Result<bool, AppError> {
    let (key, is_secure) = (&state()?.cookie_key, identity()?.is_secure());
    match sign_in {
        SignInStep::Open(session, device) => {
            set_session_cookie(Some(session))?;
            set_device_cookie(device)?;
            if pending_sign_in()?.is_some() {
                set_cookies(cookies::set_pending_sign_in(key, None, is_secure));
            }
            Ok(false)
        }
        SignInStep::NeedsCode(pending) => {
            set_cookies(cookies::set_pending_sign_in(key, Some(pending), is_secure));
            Ok(true)
        }
    }
}

/// The sign-in that waits for a code in this browser, expired or not.
pub fn pending_sign_in() -> Result<Option<PendingSignIn>, AppError> {
    let is_secure = identity()?.is_secure();
    Ok(cookies::pending_sign_in(&jar()?, is_secure))
}

/// The cookies of the request.
fn jar() -> Result<SignedCookieJar, AppError> {
    let key = state()?.cookie_key.clone();
    let jar = with_context::<Parts, _>(|parts| SignedCookieJar::from_headers(&parts.headers, key));
    jar.ok_or(AppError::Internal)
}

/// Sets the cookies of a grant for a link, and clears those of a grant that has to make room.
fn set_grant_cookie(link: &LinkId, grant: &Grant) -> Result<(), AppError> {
    let (key, is_secure) = (&state()?.cookie_key, identity()?.is_secure());
    set_cookies(cookies::set_grant(key, &jar()?, link, grant, is_secure));
    Ok(())
}

/// Sets the cookies of a visitor's entry: those of its grant, or those that wait for the code.
pub fn set_entry_cookies(link: &LinkId, step: &GateStep) -> Result<(), AppError> {
    let (key, is_secure) = (&state()?.cookie_key, identity()?.is_secure());
    match step {
        GateStep::Open(grant) => {
            set_grant_cookie(link, grant)?;
            if identity()?.visitor().entries.iter().any(|(entered, _)| entered == link) {
                set_cookies(cookies::set_entry(key, link, None, is_secure));
            }
        }
        GateStep::NeedsCode(entry) => set_cookies(cookies::set_entry(key, link, Some(entry), is_secure)),
    }
    Ok(())
}

pub(super) fn state() -> Result<AppState, AppError> {
    use_context().ok_or(AppError::Internal)
}
