//! The first start: whoever can read what the server prints makes the first owner.

use redis::cmd;

use super::{AccountStore, SECRET_LENGTH, digest, names, owners::Added};
use crate::{error::AppError, model::Owner, server::store::random};

impl AccountStore {
    /// A new one-time token to make the first owner with; none if there is an owner already. Of several
    /// servers each may offer its own: all are valid until one of them was used.
    pub async fn offer_setup(&self) -> Result<Option<String>, AppError> {
        let token = random::token(SECRET_LENGTH)?;
        let call = self.scripts.setup_offer_call(&digest(&token));
        Ok(self.change(&call).await?.then_some(token))
    }

    /// Whether the first owner can be made with this token.
    pub async fn may_set_up(&self, token: &str) -> Result<bool, AppError> {
        let offered: Option<f64> =
            self.redis.query(cmd("ZSCORE").arg(names::SETUP).arg(digest(token))).await?;
        Ok(offered.is_some())
    }

    /// Makes the first owner. [`AppError::NotFound`] for a token that is not valid, also because there is an
    /// owner by now; otherwise as [`AccountStore::add`], and the token stays valid after a refusal.
    pub async fn set_up(&self, token: &str, email: &str, password: &str) -> Result<Owner, AppError> {
        // Strangers must not make us hash.
        if !self.may_set_up(token).await? {
            return Err(AppError::NotFound);
        }
        match self.insert(email, password, &digest(token)).await? {
            Added::Done(owner) => Ok(owner),
            Added::WrongToken => Err(AppError::NotFound),
        }
    }
}
