//! Sessions of owners: one per sign-in, in one browser.

use std::{fmt, time::Duration};

use super::{AccountStore, SECRET_LENGTH, digest};
use crate::{
    error::AppError,
    model::{Owner, OwnerId},
    server::store::random,
};

/// How long an unused session lasts.
pub const SESSION_LIFE: Duration = Duration::from_secs(14 * 24 * 3_600);

/// The secret that proves a session: 52 random characters. Its bearer is signed in, so it is never stored (only
/// its digest is) and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub String);

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

impl AccountStore {
    /// Begins a session. [`AppError::WrongCredentials`] for an unknown address and for a wrong password, after the
    /// same time, so that neither the answer nor its time shows which addresses have accounts ([OWASP]).
    ///
    /// [OWASP]: https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<SessionToken, AppError> {
        let account = self.account_of(email).await?;
        let hash = account.as_ref().map(|account| account.hash.as_str());
        let right = self.passwords.matches(password, hash).await?;
        match account {
            Some(account) if right => {
                let opened = self.open(&account.owner.owner_id, &account.hash).await?;
                opened.ok_or(AppError::WrongCredentials)
            }
            _ => Err(AppError::WrongCredentials),
        }
    }

    /// Begins a session of an owner who has just proved their identity. [`AppError::SignInRequired`] if the owner
    /// was removed.
    pub async fn open_session(&self, owner: &OwnerId) -> Result<SessionToken, AppError> {
        self.open(owner, "").await?.ok_or(AppError::SignInRequired)
    }

    /// Begins a session. `None` if the owner was removed, or their password hash is not `expected`; an empty
    /// `expected` matches any.
    async fn open(&self, owner: &OwnerId, expected: &str) -> Result<Option<SessionToken>, AppError> {
        let token = random::token(SECRET_LENGTH)?;
        let call = self.scripts.session_open_call(&digest(&token), owner, expected, SESSION_LIFE.as_secs());
        Ok(self.change(&call).await?.then_some(SessionToken(token)))
    }

    /// The owner of a session, which this prolongs. [`AppError::SignInRequired`] for one that has ended or never
    /// existed. One round trip.
    pub async fn owner_of_session(&self, token: &str) -> Result<Owner, AppError> {
        let call = self.scripts.session_use_call(&digest(token), SESSION_LIFE.as_secs());
        let account = self.look_up(&call).await?.ok_or(AppError::SignInRequired)?;
        Ok(account.owner)
    }

    /// Ends one session. An unknown one is no error.
    pub async fn sign_out(&self, token: &str) -> Result<(), AppError> {
        let call = self.scripts.session_close_call(&digest(token));
        self.change(&call).await.map(|_ended| ())
    }

    /// Ends all sessions of an owner. An unknown owner is no error.
    pub async fn sign_out_everywhere(&self, owner: &OwnerId) -> Result<(), AppError> {
        self.renew(owner, "", "").await.map(|_ended| ())
    }
}

#[cfg(test)]
mod tests {
    use super::SessionToken;

    #[test]
    fn debug_hides_the_token() {
        assert!(!format!("{:?}", SessionToken("secret".to_owned())).contains("secret"));
    }
}
