//! Passkeys: registering them, and signing in with one.

use serde_json::Value;

use super::{Accounts, SignInStep};
use crate::{
    error::AppError,
    model::{AccountAction, Passkey, PasskeyId},
    server::{
        services::{device::Device, requester::Requester},
        store::accounts::Site,
    },
};

impl Accounts {
    /// The requester's passkeys, the newest first.
    pub async fn passkeys(&self, requester: &Requester) -> Result<Vec<Passkey>, AppError> {
        self.accounts.passkeys(&requester.owner()?.owner_id).await
    }

    /// Begins to register a passkey of the requester: what the browser is asked for. [`AppError::WrongPassword`],
    /// [`AppError::TooManyAttempts`]; [`AppError::SignInRequired`] for an API key.
    pub async fn offer_passkey(&self, password: &str, requester: &Requester) -> Result<Value, AppError> {
        let owner = requester.owner()?;
        requester.session().ok_or(AppError::SignInRequired)?;
        let site = Site::of(&requester.origin)?;
        self.confirm_password(&owner.owner_id, password).await?;
        self.accounts.offer_passkey(owner, &site).await
    }

    /// Registers a passkey of the requester by what the browser has answered, in JSON. [`AppError::Invalid`] for a wrong
    /// answer, and for an empty or too long name.
    pub async fn add_passkey(
        &self,
        name: &str,
        credential: &str,
        requester: &Requester,
    ) -> Result<(), AppError> {
        let owner = requester.owner()?;
        requester.session().ok_or(AppError::SignInRequired)?;
        let site = Site::of(&requester.origin)?;
        self.accounts.add_passkey(&owner.owner_id, &site, name, credential).await?;
        self.audit.note(requester, AccountAction::PasskeyAdded, name.trim()).await;
        Ok(())
    }

    /// Removes a passkey of the requester. [`AppError::WrongPassword`], [`AppError::TooManyAttempts`],
    /// [`AppError::NotFound`].
    pub async fn remove_passkey(
        &self,
        passkey: &PasskeyId,
        password: &str,
        requester: &Requester,
    ) -> Result<(), AppError> {
        let owner = &requester.manager()?.owner_id;
        self.confirm_password(owner, password).await?;
        self.accounts.remove_passkey(owner, passkey).await?;
        self.audit.note(requester, AccountAction::PasskeyRemoved, "").await;
        Ok(())
    }

    /// Begins a sign-in by passkey: what the browser is asked for. [`AppError::TooManyRequests`].
    pub async fn offer_passkey_sign_in(&self, requester: &Requester) -> Result<Value, AppError> {
        self.rate_limits.passkey_challenge(requester.visitor.rate_limit_key)?;
        self.accounts.offer_passkey_sign_in(&Site::of(&requester.origin)?).await
    }

    /// Opens a session by what the browser has answered, in JSON. It takes no code: a passkey is two factors.
    /// [`AppError::Invalid`], [`AppError::TooManyAttempts`].
    pub async fn sign_in_with_passkey(
        &self,
        credential: &str,
        requester: &Requester,
    ) -> Result<SignInStep, AppError> {
        let (visitor, client) = (&requester.visitor, &*requester.client);
        let site = Site::of(&requester.origin)?;
        let check = self.accounts.owner_of_passkey(&site, credential);
        let found = self.rate_limits.passkey(visitor.rate_limit_key, check).await;
        if matches!(found, Err(AppError::Invalid { .. })) {
            tracing::info!(target: "sightline::audit", client, "sign-in with a wrong passkey");
        }
        let (owner, name) = found?;
        let session = self.accounts.open_session(&owner.owner_id, client).await?;
        let about = format!("with the passkey {name}");
        self.audit.note_of(&owner.owner_id, AccountAction::SignedIn, &about, client).await;
        let device = Device::after_sign_in(visitor.device.as_ref(), &owner.email)?;
        Ok(SignInStep::Open(session, device))
    }
}
