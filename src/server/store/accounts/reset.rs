//! Forgotten passwords: a token that sets a new one, once.

use std::time::Duration;

use redis::cmd;

use super::{AccountStore, ProvenOwner, SECRET_LENGTH, digest, names};
use crate::{
    error::AppError,
    model::{Owner, OwnerId},
    server::store::{passwords::check_strength, random},
};

/// How long a token is valid.
pub const RESET_LIFE: Duration = Duration::from_secs(30 * 60);

impl AccountStore {
    /// A token for the account of this e-mail address, if there is one. Redis holds its digest. It is valid until the
    /// password changes, by whichever way, and for [`RESET_LIFE`] at most.
    pub async fn offer_reset(&self, email: &str) -> Result<Option<(Owner, String)>, AppError> {
        let Some(account) = self.account_of(email).await? else { return Ok(None) };
        let proven = ProvenOwner { owner: account.owner, hash: account.hash };
        let token = random::token(SECRET_LENGTH)?;
        let ends_at = self.clock.now() + RESET_LIFE.as_millis() as i64;
        let record = format!("{} {} {ends_at}", proven.owner.owner_id, proven.mark());
        let mut command = cmd("SET");
        command.arg(names::reset(&digest(&token))).arg(record).arg("EX").arg(RESET_LIFE.as_secs());
        self.redis.query::<()>(&command).await?;
        Ok(Some((proven.owner, token)))
    }

    /// The owner whose password a token may set; `None` for one that was never made, has expired, or whose password has
    /// changed since.
    pub async fn owner_of_reset(&self, token: &str) -> Result<Option<ProvenOwner>, AppError> {
        let record: Option<String> = self.redis.query(cmd("GET").arg(names::reset(&digest(token)))).await?;
        let Some(record) = record else { return Ok(None) };
        let mut words = record.split(' ');
        let mut read = || {
            let owner: OwnerId = words.next()?.parse().ok()?;
            let (mark, ends_at) = (words.next()?, words.next()?.parse::<i64>().ok()?);
            Some((owner, mark.to_owned(), ends_at))
        };
        match read() {
            Some((owner, mark, ends_at)) if ends_at > self.clock.now() => {
                self.proven_before(&owner, &mark).await
            }
            _ => Ok(None),
        }
    }

    /// Sets the password of an owner whom a token proved, which ends all sessions and every such token.
    /// [`AppError::Invalid`] for a password that is refused; [`AppError::NotFound`] where another request has changed it
    /// meanwhile.
    pub async fn reset_password(&self, proven: &ProvenOwner, password: &str) -> Result<(), AppError> {
        check_strength(password, &proven.owner.email)?;
        let hash = self.passwords.hash(password).await?;
        // The mark in the other tokens is the old password's from now on.
        let is_set = self.renew(&proven.owner.owner_id, &proven.hash, &hash).await?;
        is_set.then_some(()).ok_or(AppError::NotFound)
    }
}
