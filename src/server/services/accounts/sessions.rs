//! Signing in and out, and the sessions of an owner.

use super::{Accounts, SignInStep};
use crate::{
    error::AppError,
    model::{AccountAction, OwnerSession, OwnerSessionId},
    server::services::requester::{Credential, Requester},
};

impl Accounts {
    /// Opens a session and remembers the browser, or asks for a second factor. [`AppError::WrongCredentials`],
    /// [`AppError::TooManyAttempts`].
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        requester: &Requester,
    ) -> Result<SignInStep, AppError> {
        let visitor = &requester.visitor;
        let known = visitor.device.as_ref().filter(|device| device.knows(email));
        let device = known.map(|device| device.id.as_str());
        let proof = self.accounts.proven(email, password);
        let proven = self.rate_limits.sign_in(visitor.rate_limit_key, email, device, proof).await;
        if matches!(proven, Err(AppError::WrongCredentials)) {
            self.note_wrong_password(email, requester);
        }
        self.after_password(&proven?, requester).await
    }

    /// Notes a wrong password in the account, if there is one: afterwards, so that the time of the answer does not show
    /// whether there is.
    fn note_wrong_password(&self, email: &str, requester: &Requester) {
        let (accounts, email, client) = (self.clone(), email.to_owned(), requester.client.clone());
        tokio::spawn(async move {
            match accounts.accounts.find(&email).await {
                Ok(Some(owner)) => {
                    accounts.audit.note_of(&owner.owner_id, AccountAction::WrongPassword, "", &client).await;
                }
                Ok(None) => {
                    tracing::info!(target: "sightline::audit", client = &*client, "sign-in to an unknown account")
                }
                // Logged where it happens.
                Err(_) => {}
            }
        });
    }

    /// Ends the requester's session.
    pub async fn sign_out(&self, requester: &Requester) -> Result<(), AppError> {
        match &requester.credential {
            Credential::Session(token) => {
                self.accounts.sign_out(token).await?;
                self.audit.note(requester, AccountAction::SignedOut, "").await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Ends all of the requester's sessions.
    pub async fn sign_out_everywhere(&self, requester: &Requester) -> Result<(), AppError> {
        self.accounts.sign_out_everywhere(&requester.manager()?.owner_id).await?;
        self.audit.note(requester, AccountAction::SignedOutEverywhere, "").await;
        Ok(())
    }

    /// The requester's sessions, the latest used first.
    pub async fn sessions(&self, requester: &Requester) -> Result<Vec<OwnerSession>, AppError> {
        self.accounts.sessions(&requester.owner()?.owner_id, requester.session()).await
    }

    /// Ends one of the requester's sessions. [`AppError::NotFound`] if there is none of this id.
    pub async fn end_session(&self, session: &OwnerSessionId, requester: &Requester) -> Result<(), AppError> {
        self.accounts.end_session(&requester.manager()?.owner_id, session).await?;
        self.audit.note(requester, AccountAction::SessionEnded, "").await;
        Ok(())
    }
}
