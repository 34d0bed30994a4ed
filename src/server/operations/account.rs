//! What owners do with their accounts: sign in and out, passwords, API keys.

use crate::{
    error::AppError,
    model::{ApiKey, KeyId, NewApiKey, Owner},
    server::{
        AppState,
        accounts::SessionToken,
        asker::{Asker, Credential},
    },
};

impl AppState {
    /// Opens a session for whoever knows the password.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        asker: &Asker,
    ) -> Result<SessionToken, AppError> {
        self.limits.sign_in(&asker.client, email)?;
        self.accounts.sign_in(email, password).await
    }

    /// Ends the asker's session.
    pub async fn sign_out(&self, asker: &Asker) -> Result<(), AppError> {
        match asker.credential() {
            Credential::Session(token) => self.accounts.sign_out(token).await,
            _ => Ok(()),
        }
    }

    /// Ends all of the asker's sessions.
    pub async fn sign_out_everywhere(&self, asker: &Asker) -> Result<(), AppError> {
        self.accounts.sign_out_everywhere(&asker.owner()?.owner_id).await
    }

    /// Makes the first account, with the token that the first start printed. What was shared before is its.
    pub async fn set_up(
        &self,
        token: &str,
        email: &str,
        password: &str,
        asker: &Asker,
    ) -> Result<SessionToken, AppError> {
        self.limits.set_up(&asker.client)?;
        let owner = self.accounts.set_up(token, email, password).await?;
        self.catalogue.hand_over(None, &owner.owner_id).await?;
        self.accounts.open_session(&owner.owner_id).await
    }

    /// Adds an owner; the first one gets what was shared before.
    pub async fn add_owner(&self, email: &str, password: &str) -> Result<Owner, AppError> {
        let owner = self.accounts.add(email, password).await?;
        if self.accounts.owners().await?.len() == 1 {
            self.catalogue.hand_over(None, &owner.owner_id).await?;
        }
        Ok(owner)
    }

    /// Changes the asker's password, which ends all sessions, and opens a new one.
    pub async fn change_password(
        &self,
        old: &str,
        new: &str,
        asker: &Asker,
    ) -> Result<SessionToken, AppError> {
        let owner = asker.owner()?;
        self.limits.sign_in(&asker.client, &owner.email)?;
        self.accounts.change_password(&owner.owner_id, old, new).await?;
        self.accounts.open_session(&owner.owner_id).await
    }

    /// The asker's API keys, the newest first.
    pub async fn api_keys(&self, asker: &Asker) -> Result<Vec<ApiKey>, AppError> {
        self.accounts.keys(&asker.owner()?.owner_id).await
    }

    /// Makes an API key. It can be read this once.
    pub async fn new_api_key(&self, label: &str, asker: &Asker) -> Result<NewApiKey, AppError> {
        self.accounts.new_key(&asker.owner()?.owner_id, label).await
    }

    /// Revokes an API key of the asker.
    pub async fn revoke_api_key(&self, key: &KeyId, asker: &Asker) -> Result<(), AppError> {
        self.accounts.revoke_key(&asker.owner()?.owner_id, key).await
    }
}
