//! Owners: their session, password, time zone and API keys.

use leptos::prelude::*;

use crate::{error::AppError, model, wire::Json};

/// The owner who is signed in.
#[server(endpoint = "who_am_i", input = Json, output = Json)]
pub async fn who_am_i() -> Result<model::Owner, AppError> {
    crate::server::http::context::requester().await?.owner().cloned()
}

/// What is wrong with the server, in sentences for its owners and operators; usually nothing.
#[server(endpoint = "notice", input = Json, output = Json)]
pub async fn notice() -> Result<Option<String>, AppError> {
    use crate::server::http::context::*;
    requester().await?.owner()?;
    server_notice()
}

/// Whether `/setup/{token}` is the way to the first account.
#[server(endpoint = "may_set_up", input = Json, output = Json)]
pub async fn may_set_up(token: String) -> Result<bool, AppError> {
    crate::server::http::context::services()?.accounts.may_set_up(&token).await
}

/// Makes the first account and opens a session.
#[server(endpoint = "set_up")]
pub async fn set_up(token: String, email: String, password: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let requester = requester().await?;
        let session = services()?.accounts.set_up(&token, &email, &password, &requester).await?;
        set_session_cookie(Some(&session)).map(|()| None)
    };
    Form::of::<SetUp>()
        .field(argument!(SetUp, email), "The e-mail address", &["email", "taken"], &email)
        .password(argument!(SetUp, password), "The password", &["password"])
        .checks_cookies()
        .answer(done.await, model::address::HOME, &model::address::setup(&token))
}

/// Opens a session, and leads to the page `next`; by way of the page that asks for a code, where the owner signs in with
/// two factors.
#[server(endpoint = "sign_in")]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let next = forms::path_here(&next);
    let done = async {
        let sign_in = services()?.accounts.sign_in(&email, &password, &requester().await?).await?;
        let needs_code = set_sign_in_cookies(&sign_in)?;
        if needs_code && !forms::wants_page()? {
            return Err(AppError::Forbidden("Send a code to /sfn/sign_in_code, with the cookie.".to_owned()));
        }
        Ok(needs_code)
    };
    let done = done.await;
    let then = if done == Ok(true) { model::address::sign_in_code(next) } else { next.to_owned() };
    forms::Form::of::<SignIn>()
        .field(argument!(SignIn, email), "The e-mail address", &["email"], &email)
        .password(argument!(SignIn, password), "The password", &["wrong_credentials"])
        .checks_cookies()
        .answer(done.map(|_| None), &then, &model::address::sign_in(next))
}

/// Whether this server sends mail: a forgotten password can then be set anew, and addresses be verified.
#[server(endpoint = "sends_mail", input = Json, output = Json)]
pub async fn sends_mail() -> Result<bool, AppError> {
    Ok(crate::server::http::context::services()?.mailer.is_on())
}

/// Sends a link for a new password, if there is such an account; the answer does not say.
#[server(endpoint = "forgot_password")]
pub async fn forgot_password(email: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.forgot_password(&email, &requester().await?)?;
        let words = "If there is an account with this address, a mail with a link is on its way. It works for 30 minutes.";
        Ok(Some(model::Done::new(words)))
    };
    Form::of::<ForgotPassword>()
        .field(argument!(ForgotPassword, email), "The e-mail address", &["email"], &email)
        .answer(done.await, model::address::FORGOT, model::address::FORGOT)
}

/// Whether `/reset/{token}` is the way to a new password.
#[server(endpoint = "may_reset", input = Json, output = Json)]
pub async fn may_reset(token: String) -> Result<bool, AppError> {
    crate::server::http::context::services()?.accounts.may_reset(&token).await
}

/// Sets a new password by the token of a mail, and ends all sessions.
#[server(endpoint = "reset_password")]
pub async fn reset_password(token: String, new: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.reset_password(&token, &new, &requester().await?).await?;
        set_session_cookie(None)?;
        Ok(Some(model::Done::new("The password is changed. Sign in with it.")))
    };
    Form::of::<ResetPassword>()
        .password(argument!(ResetPassword, new), "The new password", &["password"])
        .answer(done.await, model::address::SIGN_IN, &model::address::reset(&token))
}

/// Ends the session of this browser.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.sign_out(&requester().await?).await?;
        clear_browser_cache();
        set_session_cookie(None).map(|()| None)
    };
    Form::of::<SignOut>().answer(done.await, model::address::SIGN_IN, model::address::SETTINGS)
}

/// Ends all sessions of the owner.
#[server(endpoint = "sign_out_everywhere")]
pub async fn sign_out_everywhere() -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.sign_out_everywhere(&requester().await?).await?;
        clear_browser_cache();
        set_session_cookie(None).map(|()| None)
    };
    Form::of::<SignOutEverywhere>().answer(done.await, model::address::SIGN_IN, model::address::SETTINGS)
}

/// Changes the password, which ends all other sessions.
#[server(endpoint = "change_password")]
pub async fn change_password(old: String, new: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let session = services()?.accounts.change_password(&old, &new, &requester().await?).await?;
        set_session_cookie(session.as_ref())?;
        Ok(session.is_some())
    };
    let done = done.await;
    let then = if done == Ok(false) { model::address::SIGN_IN } else { model::address::SETTINGS };
    let told = |is_open: bool| {
        is_open.then(|| model::Done::new("The password is changed. All other sessions have ended."))
    };
    Form::of::<ChangePassword>()
        .password(argument!(ChangePassword, old), "The old password", &["wrong_password"])
        .password(argument!(ChangePassword, new), "The new password", &["password"])
        .answer(done.map(told), then, model::address::SETTINGS)
}

/// The owner's time zone, if they have set one.
#[server(endpoint = "time_zone", input = Json, output = Json)]
pub async fn time_zone() -> Result<Option<String>, AppError> {
    use crate::server::http::context::*;
    services()?.history.zone_name(&requester().await?).await
}

/// Sets the owner's time zone to that of the browser, unless they have one.
#[server(endpoint = "note_time_zone", input = Json, output = Json)]
pub async fn note_time_zone(zone: String) -> Result<(), AppError> {
    use crate::server::http::context::*;
    services()?.history.set_zone(&zone, false, &requester().await?).await
}

/// Sets the owner's time zone.
#[server(endpoint = "set_time_zone")]
pub async fn set_time_zone(zone: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.history.set_zone(zone.trim(), true, &requester().await?).await?;
        Ok(Some(model::Done::new("The time zone is saved.")))
    };
    Form::of::<SetTimeZone>().field(argument!(SetTimeZone, zone), "The time zone", &["zone"], &zone).answer(
        done.await,
        model::address::SETTINGS,
        model::address::SETTINGS,
    )
}

/// The API keys of the owner, the newest first.
#[server(endpoint = "api_keys", input = Json, output = Json)]
pub async fn api_keys() -> Result<Vec<model::ApiKey>, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.api_keys(&requester().await?).await
}

/// Makes an API key, which can be read only in this answer, and on the page that a form leads to. Without a scope the key
/// may change documents; it expires after so many `days`, or never.
#[server(name = MakeApiKey, endpoint = "new_api_key", output = Json)]
pub async fn new_api_key(
    label: String,
    #[server(default)] scope: String,
    #[server(default)] days: String,
) -> Result<Option<model::NewApiKey>, AppError> {
    use crate::server::http::{context::*, forms::Form};
    let made = async {
        let accounts = services()?.accounts;
        let rights = accounts.key_rights(&scope, &days)?;
        accounts.new_api_key(&label, rights, &requester().await?).await
    };
    let made = made.await;
    let done = made.as_ref().map(|made| Some(model::Done::key(&made.key))).map_err(Clone::clone);
    Form::of::<MakeApiKey>()
        .field(argument!(MakeApiKey, label), "The purpose", &["label"], &label)
        .field(argument!(MakeApiKey, scope), "The scope", &["scope"], &scope)
        .field(argument!(MakeApiKey, days), "The number of days", &["days"], &days)
        .answer(done, model::address::SETTINGS, model::address::SETTINGS)?;
    Ok(made.ok())
}

/// Revokes an API key.
#[server(endpoint = "revoke_api_key")]
pub async fn revoke_api_key(key_id: model::KeyId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.revoke_api_key(&key_id, &requester().await?).await?;
        Ok(Some(model::Done::new("The API key is revoked.")))
    };
    Form::of::<RevokeApiKey>().answer(done.await, model::address::SETTINGS, model::address::SETTINGS)
}
