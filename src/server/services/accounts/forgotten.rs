//! A forgotten password: a mail leads to a new one.

use super::Accounts;
use crate::{
    error::AppError,
    model::{AccountAction, Owner, address, check_email},
    server::{
        services::{
            mail::{Letter, mail_address},
            requester::Requester,
        },
        store::accounts::RESET_LIFE,
    },
};

/// How long the news of a changed password is worth sending.
const NEWS_LIFE: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

impl Accounts {
    /// Whether a forgotten password can be set anew: where this server sends mail.
    fn may_forget(&self) -> bool {
        self.mailer.is_on()
    }

    /// Sends a link for a new password to the account of `email`, if there is one: afterwards, so that neither the answer
    /// nor its time shows which addresses have accounts. [`AppError::Invalid`] for what is no address,
    /// [`AppError::TooManyRequests`] for a flood from one client; more than three mails to one address are left out.
    pub fn forgot_password(&self, email: &str, requester: &Requester) -> Result<(), AppError> {
        if !self.may_forget() {
            return Err(AppError::NotFound);
        }
        self.rate_limits.forgotten(requester.visitor.rate_limit_key)?;
        check_email(email.trim())?;
        // Counted whether or not there is an account.
        if self.rate_limits.mail_to(email).is_ok() {
            let (accounts, email, client) = (self.clone(), email.trim().to_owned(), requester.client.clone());
            tokio::spawn(async move {
                if let Err(error) = accounts.send_reset(&email, &client).await {
                    tracing::error!(%error, "a link for a new password is not sent");
                }
            });
        }
        Ok(())
    }

    async fn send_reset(&self, email: &str, client: &str) -> Result<(), AppError> {
        let Some((owner, token)) = self.accounts.offer_reset(email).await? else {
            tracing::info!(target: "sightline::audit", client, "a new password for an unknown account");
            return Ok(());
        };
        // The account's own address: the one that was typed may only look like it.
        let to = mail_address(&owner.email)?;
        let letter = Letter::password_forgotten(self.mailer.address(address::reset(&token)));
        self.mailer.post(&to, &letter, RESET_LIFE).await?;
        self.audit.note_of(&owner.owner_id, AccountAction::PasswordForgotten, "", client).await;
        Ok(())
    }

    /// Whether a password can be set with this token.
    pub async fn may_reset(&self, token: &str) -> Result<bool, AppError> {
        Ok(self.may_forget() && self.accounts.owner_of_reset(token).await?.is_some())
    }

    /// Sets a new password with the token of a mail, which ends all sessions. It opens none: a second factor is asked for
    /// as ever. [`AppError::NotFound`] for a token that is not, or no longer, valid; [`AppError::Invalid`] for a password
    /// that is refused, after which the token stays valid.
    pub async fn reset_password(
        &self,
        token: &str,
        password: &str,
        requester: &Requester,
    ) -> Result<(), AppError> {
        self.rate_limits.set_up(requester.visitor.rate_limit_key)?;
        let proven = if self.may_forget() { self.accounts.owner_of_reset(token).await? } else { None };
        let proven = proven.ok_or(AppError::NotFound)?;
        self.accounts.reset_password(&proven, password).await?;
        let owner = &proven.owner;
        self.audit.note_of(&owner.owner_id, AccountAction::PasswordReset, "", &requester.client).await;
        self.tell_changed_password(owner).await;
        Ok(())
    }

    /// Tells an owner by mail, where there is mail, that their password was changed. A failure is logged: it is changed.
    pub(super) async fn tell_changed_password(&self, owner: &Owner) {
        if !self.mailer.is_on() {
            return;
        }
        let letter = Letter::password_changed(self.mailer.address(address::FORGOT.to_owned()));
        let told = async { self.mailer.post(&mail_address(&owner.email)?, &letter, NEWS_LIFE).await };
        if let Err(error) = told.await {
            tracing::warn!(owner = %owner.owner_id, %error, "an owner is not told of their new password");
        }
    }
}
