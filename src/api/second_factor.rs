//! Two-factor sign-in: the code of a sign-in, and setting it up.

use leptos::prelude::*;

use crate::{error::AppError, model, wire::Json};

/// Opens a session for the right code after the right password, and leads to the page `next`.
#[server(endpoint = "sign_in_code")]
pub async fn sign_in_code(code: String, #[server(default)] next: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let next = forms::path_here(&next);
    let done = async {
        let (accounts, pending) = (services()?.accounts, pending_sign_in()?);
        let sign_in = accounts.sign_in_with_code(pending.as_ref(), &code, &requester().await?).await?;
        set_sign_in_cookies(&sign_in)
    };
    let done = done.await;
    let back = match &done {
        Err(AppError::SignInRequired) => model::address::sign_in(next),
        _ => model::address::sign_in_code(next),
    };
    forms::Form::of::<SignInCode>().password(argument!(SignInCode, code), "The code", &["code"]).answer(
        done.map(|_| None),
        next,
        &back,
    )
}

/// The two-factor sign-in of the owner.
#[server(endpoint = "second_factor", input = Json, output = Json)]
pub async fn second_factor() -> Result<model::SecondFactorState, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.second_factor(&requester().await?).await
}

/// The two-factor sign-in that the owner is setting up.
#[server(name = ReadSecondFactorSetup, endpoint = "second_factor_setup", input = Json, output = Json)]
pub async fn second_factor_setup() -> Result<Option<model::SecondFactorSetup>, AppError> {
    use crate::server::http::{context::*, qr_code};
    let requester = requester().await?;
    let offer = services()?.accounts.second_factor_offer(&requester).await?;
    let setup = offer.map(|offer| {
        let address = model::address::authenticator(&requester.signed_in()?.email, &offer.secret);
        Ok(model::SecondFactorSetup {
            qr_code: qr_code::svg(&address)?,
            secret: offer.secret,
            recovery_codes: offer.recovery_codes,
        })
    });
    setup.transpose()
}

/// Begins to set up two-factor sign-in.
#[server(endpoint = "begin_second_factor")]
pub async fn begin_second_factor(current: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.offer_second_factor(&current, &requester().await?).await.map(|()| None)
    };
    Form::of::<BeginSecondFactor>()
        .password(argument!(BeginSecondFactor, current), "The password", &["wrong_password"])
        .answer(done.await, model::address::SECOND_FACTOR, model::address::SECOND_FACTOR)
}

/// Turns two-factor sign-in on, with a first code of the app.
#[server(endpoint = "confirm_second_factor")]
pub async fn confirm_second_factor(code: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.confirm_second_factor(&code, &requester().await?).await?;
        Ok(Some(model::Done::new("Two-factor sign-in is on. From now on each sign-in asks for a code.")))
    };
    Form::of::<ConfirmSecondFactor>()
        .password(argument!(ConfirmSecondFactor, code), "The code", &["code"])
        .answer(done.await, model::address::SECOND_FACTOR, model::address::SECOND_FACTOR)
}

/// Turns two-factor sign-in off.
#[server(endpoint = "remove_second_factor")]
pub async fn remove_second_factor(current: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.remove_second_factor(&current, &requester().await?).await?;
        Ok(Some(model::Done::new("Two-factor sign-in is off.")))
    };
    Form::of::<RemoveSecondFactor>()
        .password(argument!(RemoveSecondFactor, current), "The password", &["wrong_password"])
        .answer(done.await, model::address::SECOND_FACTOR, model::address::SECOND_FACTOR)
}
