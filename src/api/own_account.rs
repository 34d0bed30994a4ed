//! The owner's own account: sessions, e-mail address, events, and its end.

use leptos::prelude::*;

use crate::{error::AppError, model, wire::Json};

/// The sessions of the owner, the latest used first.
#[server(endpoint = "owner_sessions", input = Json, output = Json)]
pub async fn owner_sessions() -> Result<Vec<model::OwnerSession>, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.sessions(&requester().await?).await
}

/// Ends one session of the owner.
#[server(endpoint = "end_session")]
pub async fn end_session(session_id: model::OwnerSessionId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.end_session(&session_id, &requester().await?).await?;
        Ok(Some(model::Done::new("The session has ended.")))
    };
    Form::of::<EndSession>().answer(done.await, model::address::SETTINGS, model::address::SETTINGS)
}

/// Changes the address that the owner signs in with.
#[server(endpoint = "change_email")]
pub async fn change_email(email: String, current: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let device = services()?.accounts.change_email(&email, &current, &requester().await?).await?;
        set_device_cookie(&device)?;
        Ok(Some(model::Done::new("The e-mail address is changed. Sign in with the new one from now on.")))
    };
    Form::of::<ChangeEmail>()
        .field(argument!(ChangeEmail, email), "The e-mail address", &["email", "taken"], &email)
        .password(argument!(ChangeEmail, current), "The password", &["wrong_password"])
        .answer(done.await, model::address::SETTINGS, model::address::SETTINGS)
}

/// What happened in the owner's account, the newest first.
#[server(endpoint = "account_events", input = Json, output = Json)]
pub async fn account_events() -> Result<Vec<model::AccountEvent>, AppError> {
    use crate::server::http::context::*;
    services()?.audit.events(&requester().await?).await
}

/// How much goes with the owner's account when it is deleted.
#[server(name = ReadAccountContents, endpoint = "account_contents", input = Json, output = Json)]
pub async fn account_contents() -> Result<model::AccountContents, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.contents(&requester().await?).await
}

/// Deletes the owner's account with all that is in it.
#[server(endpoint = "delete_account")]
pub async fn delete_account(current: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.delete(&current, &requester().await?).await?;
        set_session_cookie(None).map(|()| None)
    };
    Form::of::<DeleteAccount>()
        .password(argument!(DeleteAccount, current), "The password", &["wrong_password"])
        .answer(done.await, model::address::SIGN_IN, model::address::DELETE_ACCOUNT)
}

/// How soon a password would be guessed, while it is typed.
#[server(name = EstimatePassword, endpoint = "password_strength", input = Json, output = Json)]
pub async fn password_strength(password: String, email: String) -> Result<model::PasswordStrength, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.password_strength(&password, &email, identity()?.visitor())
}
