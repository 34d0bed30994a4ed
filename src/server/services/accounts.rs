//! Accounts of owners: sign-in and sign-out, passwords, API keys.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    quotas::Quotas,
    rate_limits::RateLimits,
    requester::{Credential, Requester, Visitor},
};
use crate::{
    error::AppError,
    model::{ApiKey, KeyId, NewApiKey, Owner},
    server::store::{
        accounts::{AccountStore, SessionToken},
        catalogue::Catalogue,
    },
};

/// How often documents without an owner are searched. One round trip when there are none.
const ADOPTION_INTERVAL: Duration = Duration::from_secs(30);

/// Owners, sessions and API keys. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) quotas: Quotas,
    pub(in crate::server) rate_limits: RateLimits,
}

impl Accounts {
    /// The owner of a credential: `None` without one and for a session that has ended, [`AppError::WrongApiKey`]
    /// for an invalid key. One round trip, none without a credential.
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

    /// Opens a session. [`AppError::WrongCredentials`], [`AppError::TooManyAttempts`].
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<SessionToken, AppError> {
        self.rate_limits.sign_in(visitor.rate_limit_key, email)?;
        self.accounts.sign_in(email, password).await
    }

    /// Ends the requester's session.
    pub async fn sign_out(&self, requester: &Requester) -> Result<(), AppError> {
        match &requester.credential {
            Credential::Session(token) => self.accounts.sign_out(token).await,
            _ => Ok(()),
        }
    }

    /// Ends all of the requester's sessions.
    pub async fn sign_out_everywhere(&self, requester: &Requester) -> Result<(), AppError> {
        self.accounts.sign_out_everywhere(&requester.owner()?.owner_id).await
    }

    /// Whether the first account can be made with this token.
    pub async fn may_set_up(&self, token: &str) -> Result<bool, AppError> {
        self.accounts.may_set_up(token).await
    }

    /// Makes the first account, with the token that the first start printed. Earlier documents become theirs.
    pub async fn set_up(
        &self,
        token: &str,
        email: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<SessionToken, AppError> {
        self.rate_limits.set_up(visitor.rate_limit_key)?;
        let owner = self.accounts.set_up(token, email, password).await?;
        self.adopt_documents_or_log().await;
        self.accounts.open_session(&owner.owner_id).await
    }

    /// Adds an owner. Earlier documents become the first one's.
    pub async fn add_owner(&self, email: &str, password: &str) -> Result<Owner, AppError> {
        let owner = self.accounts.add(email, password).await?;
        self.adopt_documents_or_log().await;
        Ok(owner)
    }

    /// Gives documents without an owner to the first owner, if there is one. After a failure, the next start and
    /// [`Accounts::keep_adopting`] repeat it.
    pub async fn adopt_documents(&self) -> Result<(), AppError> {
        if self.catalogue.document_ids_of(None).await?.is_empty() {
            return Ok(());
        }
        match self.accounts.owners().await?.first() {
            Some(first) => self.catalogue.hand_over(None, &first.owner_id).await,
            None => Ok(()),
        }
    }

    /// Adopts documents that a failure left without an owner. Never returns.
    pub async fn keep_adopting(self) {
        loop {
            sleep(ADOPTION_INTERVAL).await;
            // After a failure the next round tries again.
            let _ = self.adopt_documents().await;
        }
    }

    /// Adopts documents after an account was made. A failure is logged: the account exists all the same.
    async fn adopt_documents_or_log(&self) {
        if let Err(error) = self.adopt_documents().await {
            tracing::warn!(%error, "documents without an owner will become the first owner's later");
        }
    }

    /// Changes the requester's password, which ends all sessions, and opens a new one. [`AppError::WrongPassword`]
    /// when `old` is not the current password.
    pub async fn change_password(
        &self,
        old: &str,
        new: &str,
        requester: &Requester,
    ) -> Result<SessionToken, AppError> {
        let owner = requester.owner()?;
        self.rate_limits.sign_in(requester.visitor.rate_limit_key, &owner.email)?;
        self.accounts.change_password(&owner.owner_id, old, new).await?;
        self.accounts.open_session(&owner.owner_id).await
    }

    /// The requester's API keys, the newest first.
    pub async fn api_keys(&self, requester: &Requester) -> Result<Vec<ApiKey>, AppError> {
        self.accounts.keys(&requester.owner()?.owner_id).await
    }

    /// Makes an API key, which only this answer contains.
    pub async fn new_api_key(&self, label: &str, requester: &Requester) -> Result<NewApiKey, AppError> {
        let owner = &requester.owner()?.owner_id;
        self.quotas.check_keys(self.accounts.count_keys(owner).await?)?;
        self.accounts.new_key(owner, label).await
    }

    /// Revokes an API key of the requester.
    pub async fn revoke_api_key(&self, key: &KeyId, requester: &Requester) -> Result<(), AppError> {
        self.accounts.revoke_key(&requester.owner()?.owner_id, key).await
    }
}
