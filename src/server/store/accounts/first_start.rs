//! The first start: a setup token, which the server prints, creates the first owner.

use redis::cmd;

use super::{AccountStore, SECRET_LENGTH, digest, names, owners::Added};
use crate::{error::AppError, model::Owner, server::store::random};

impl AccountStore {
    /// A new one-time setup token; `None` if there is an owner already. It is valid for a day, until the next one is
    /// offered: a terminal or a log may show an old one for long.
    pub async fn offer_setup(&self) -> Result<Option<String>, AppError> {
        let token = random::token(SECRET_LENGTH)?;
        let call = self.scripts.setup_offer_call(&digest(&token));
        Ok(self.change(&call).await?.then_some(token))
    }

    /// Whether this setup token is valid.
    pub async fn may_set_up(&self, token: &str) -> Result<bool, AppError> {
        let offered: Option<f64> =
            self.redis.query(cmd("ZSCORE").arg(names::SETUP).arg(digest(token))).await?;
        Ok(offered.is_some())
    }

    /// Creates the first owner. [`AppError::NotFound`] for an invalid token, as all are once there is an owner;
    /// other errors as of [`AccountStore::add`], after which the token stays valid.
    pub async fn set_up(&self, token: &str, email: &str, password: &str) -> Result<Owner, AppError> {
        // Checked before the slow hash, which a stranger must not be able to cause.
        if !self.may_set_up(token).await? {
            return Err(AppError::NotFound);
        }
        match self.insert(email, password, &digest(token)).await? {
            Added::Done(owner) => Ok(owner),
            Added::WrongToken => Err(AppError::NotFound),
        }
    }
}
