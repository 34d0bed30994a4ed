//! Passkeys. `public/passkey.js` calls these: only a script can reach an authenticator.

use leptos::prelude::*;
use serde_json::Value;

use crate::{error::AppError, model, wire::Json};

/// The passkeys of the owner, the newest first.
#[server(name = ReadPasskeys, endpoint = "passkeys", input = Json, output = Json)]
pub async fn passkeys() -> Result<Vec<model::Passkey>, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.passkeys(&requester().await?).await
}

/// Begins to register a passkey: the argument of `navigator.credentials.create`, in JSON.
#[server(endpoint = "begin_passkey", input = Json, output = Json)]
pub async fn begin_passkey(current: String) -> Result<Value, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.offer_passkey(&current, &requester().await?).await
}

/// Registers the passkey that the browser has made. The page of passkeys then says so.
#[server(endpoint = "add_passkey", input = Json, output = Json)]
pub async fn add_passkey(name: String, credential: Value) -> Result<(), AppError> {
    use leptos::server_fn::ServerFn;

    use crate::server::http::{context::*, flash};
    services()?.accounts.add_passkey(&name, &credential.to_string(), &requester().await?).await?;
    let done = model::Done::new("The passkey is added. Sign in with it from now on, or with the password.");
    flash::send(model::Flash {
        page: model::address::PASSKEYS.to_owned(),
        form: AddPasskey::PATH.to_owned(),
        outcome: model::FormOutcome::Done(done),
    })
}

/// Removes a passkey.
#[server(endpoint = "remove_passkey")]
pub async fn remove_passkey(passkey_id: model::PasskeyId, password: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.remove_passkey(&passkey_id, &password, &requester().await?).await?;
        Ok(Some(model::Done::new("The passkey is removed. Delete it on your device as well.")))
    };
    Form::of::<RemovePasskey>()
        .field(argument!(RemovePasskey, passkey_id), "The passkey", &["passkeyId"], passkey_id.as_str())
        .password(argument!(RemovePasskey, password), "The password", &["wrong_password"])
        .answer(done.await, model::address::PASSKEYS, model::address::PASSKEYS)
}

/// Begins a sign-in by passkey: the argument of `navigator.credentials.get`, in JSON.
#[server(endpoint = "begin_passkey_sign_in", input = Json, output = Json)]
pub async fn begin_passkey_sign_in() -> Result<Value, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.offer_passkey_sign_in(&requester().await?).await
}

/// Opens a session by a passkey. Returns the page to go to: `next`, if it is one of this server.
#[server(endpoint = "sign_in_passkey", input = Json, output = Json)]
pub async fn sign_in_passkey(credential: Value, #[server(default)] next: String) -> Result<String, AppError> {
    use crate::server::http::{context::*, forms};
    let accounts = services()?.accounts;
    let sign_in = accounts.sign_in_with_passkey(&credential.to_string(), &requester().await?).await?;
    set_sign_in_cookies(&sign_in)?;
    Ok(forms::path_here(&next).to_owned())
}
