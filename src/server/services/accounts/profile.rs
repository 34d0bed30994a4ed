//! Password and e-mail address of an owner.

use super::Accounts;
use crate::{
    error::AppError,
    model::{AccountAction, PasswordStrength},
    server::{
        services::{
            device::Device,
            requester::{Requester, Visitor},
        },
        store::{accounts::SessionToken, passwords::strength},
    },
};

impl Accounts {
    /// How soon a password for the account of `email` is guessed. [`AppError::TooManyRequests`].
    pub fn password_strength(
        &self,
        password: &str,
        email: &str,
        visitor: &Visitor,
    ) -> Result<PasswordStrength, AppError> {
        self.rate_limits.estimate(visitor.rate_limit_key)?;
        Ok(strength(password, email))
    }

    /// Changes the requester's password, which ends all sessions, and opens a new one; `None` where Redis has no room for
    /// it. [`AppError::WrongPassword`] when `old` is not the current password, [`AppError::TooManyAttempts`] after too
    /// many of those.
    pub async fn change_password(
        &self,
        old: &str,
        new: &str,
        requester: &Requester,
    ) -> Result<Option<SessionToken>, AppError> {
        let owner = requester.manager()?;
        let change = self.accounts.change_password(&owner.owner_id, old, new);
        self.rate_limits.confirm(&owner.owner_id, change).await?;
        self.audit.note(requester, AccountAction::PasswordChanged, "").await;
        self.tell_changed_password(owner).await;
        match self.accounts.open_session(&owner.owner_id, &requester.client).await {
            Err(AppError::Unavailable) => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Changes the address that the requester signs in with, and remembers the browser under it.
    /// [`AppError::WrongPassword`], [`AppError::TooManyAttempts`], [`AppError::Taken`] for another owner's address.
    pub async fn change_email(
        &self,
        email: &str,
        password: &str,
        requester: &Requester,
    ) -> Result<Device, AppError> {
        let owner = requester.manager()?;
        let change = self.accounts.change_email(&owner.owner_id, email, password);
        self.rate_limits.confirm(&owner.owner_id, change).await?;
        self.audit
            .note(requester, AccountAction::EmailChanged, &format!("{} to {}", owner.email, email.trim()))
            .await;
        Device::after_sign_in(requester.visitor.device.as_ref(), email)
    }
}
