//! Owners: creating, finding and removing them, and changing their passwords.

use std::sync::{MutexGuard, PoisonError};

use redis::cmd;

use super::{AccountStore, ID_LENGTH, corrupt_record, names, records::Account};
use crate::{
    error::AppError,
    model::{Owner, OwnerId, check_email},
    server::store::{passwords::check_strength, random},
};

/// The outcome of creating an owner.
pub(super) enum Added {
    /// The owner was created.
    Done(Owner),
    /// The setup token is not, or no longer, valid.
    WrongToken,
}

impl AccountStore {
    /// Whether there is any owner.
    pub async fn has_owner(&self) -> Result<bool, AppError> {
        self.redis.query::<u64>(cmd("HLEN").arg(names::OWNERS)).await.map(|owners| owners > 0)
    }

    /// Creates an owner. [`AppError::Invalid`] for an invalid e-mail address or password, [`AppError::Taken`] for
    /// an address that has an owner; case is ignored.
    pub async fn add(&self, email: &str, password: &str) -> Result<Owner, AppError> {
        match self.insert(email, password, "").await? {
            Added::Done(owner) => Ok(owner),
            Added::WrongToken => Err(corrupt_record("the answer to a new owner")),
        }
    }

    /// Creates an owner. `token` is the digest of a setup token, which must be valid, or empty.
    pub(super) async fn insert(&self, email: &str, password: &str, token: &str) -> Result<Added, AppError> {
        let email = email.trim();
        check_email(email)?;
        check_strength(password, email)?;
        let id = random::token(ID_LENGTH)?;
        let owner = Owner { owner_id: id.parse()?, email: email.to_owned() };
        let hash = self.passwords.hash(password).await?;
        let call = self.scripts.owner_add_call(&owner.owner_id, email, &lowercase(email), &hash, token);
        match self.redis.run::<String>(&call).await?.as_str() {
            "done" => Ok(Added::Done(owner)),
            "none" => Ok(Added::WrongToken),
            "taken" => Err(AppError::Taken { what: format!("The e-mail address {email}") }),
            answer => Err(corrupt_record(answer)),
        }
    }

    /// All owners, oldest account first. A damaged record is logged and passed over.
    pub async fn owners(&self) -> Result<Vec<Owner>, AppError> {
        let stored: Vec<(String, String)> = self.redis.query(cmd("HGETALL").arg(names::OWNERS)).await?;
        let read = |(id, record): &(String, String)| {
            Account::read(id, record).inspect_err(|_| tracing::error!(owner = id, "is passed over")).ok()
        };
        let mut accounts: Vec<Account> = stored.iter().filter_map(read).collect();
        accounts.sort_by_key(|account| account.created_us);
        Ok(accounts.into_iter().map(|account| account.owner).collect())
    }

    /// Whether this owner has the oldest account. All accounts are read only when the oldest one was removed.
    pub async fn is_oldest(&self, owner: &OwnerId) -> Result<bool, AppError> {
        let known = self.oldest().clone();
        if let Some(known) = known
            && self.redis.query(cmd("HEXISTS").arg(names::OWNERS).arg(known.as_str())).await?
        {
            return Ok(known == *owner);
        }
        let first = self.owners().await?.into_iter().next().map(|first| first.owner_id);
        self.oldest().clone_from(&first);
        Ok(first.as_ref() == Some(owner))
    }

    fn oldest(&self) -> MutexGuard<'_, Option<OwnerId>> {
        self.oldest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The owner with this e-mail address; case is ignored.
    pub async fn find(&self, email: &str) -> Result<Option<Owner>, AppError> {
        Ok(self.account_of(email).await?.map(|account| account.owner))
    }

    /// The owner with this id.
    pub async fn owner(&self, owner: &OwnerId) -> Result<Option<Owner>, AppError> {
        Ok(self.account(owner).await?.map(|account| account.owner))
    }

    /// Removes an owner with their sessions and API keys, but not their documents. [`AppError::NotFound`] if there
    /// is no such owner.
    pub async fn remove(&self, owner: &OwnerId) -> Result<(), AppError> {
        let call = self.scripts.owner_remove_call(owner);
        if self.change(&call).await? { Ok(()) } else { Err(AppError::NotFound) }
    }

    /// The name of the owner's time zone, if they have set one.
    pub async fn zone(&self, owner: &OwnerId) -> Result<Option<String>, AppError> {
        self.redis.query(cmd("HGET").arg(names::ZONES).arg(owner.as_str())).await
    }

    /// Sets the owner's time zone; unless `replaces`, only if they have none. The caller checks the name.
    pub async fn set_zone(&self, owner: &OwnerId, zone: &str, replaces: bool) -> Result<(), AppError> {
        let mut command = cmd(if replaces { "HSET" } else { "HSETNX" });
        let _new: u32 = self.redis.query(command.arg(names::ZONES).arg(owner.as_str()).arg(zone)).await?;
        Ok(())
    }

    /// Sets a password without checking the old one, and ends all sessions. [`AppError::NotFound`] if there is no
    /// such owner.
    pub async fn set_password(&self, owner: &OwnerId, password: &str) -> Result<(), AppError> {
        let account = self.account(owner).await?.ok_or(AppError::NotFound)?;
        check_strength(password, &account.owner.email)?;
        let hash = self.passwords.hash(password).await?;
        if self.renew(owner, "", &hash).await? { Ok(()) } else { Err(AppError::NotFound) }
    }

    /// Replaces the password and ends all sessions. [`AppError::WrongPassword`] if `old` is not the password.
    pub async fn change_password(&self, owner: &OwnerId, old: &str, new: &str) -> Result<(), AppError> {
        let account = self.account(owner).await?.ok_or(AppError::NotFound)?;
        check_strength(new, &account.owner.email)?;
        if !self.passwords.matches(old, Some(&account.hash)).await? {
            return Err(AppError::WrongPassword);
        }
        let hash = self.passwords.hash(new).await?;
        // Another request may have changed it meanwhile: then `old` is wrong by now.
        if self.renew(owner, &account.hash, &hash).await? { Ok(()) } else { Err(AppError::WrongPassword) }
    }

    /// Whether this is the owner's password.
    pub async fn is_password(&self, owner: &OwnerId, password: &str) -> Result<bool, AppError> {
        let account = self.account(owner).await?.ok_or(AppError::NotFound)?;
        self.passwords.matches(password, Some(&account.hash)).await
    }

    /// Changes the e-mail address. [`AppError::WrongPassword`] if `password` is not the owner's, [`AppError::Invalid`]
    /// for an invalid address, [`AppError::Taken`] for another owner's.
    pub async fn change_email(&self, owner: &OwnerId, email: &str, password: &str) -> Result<(), AppError> {
        let email = email.trim();
        check_email(email)?;
        let account = self.account(owner).await?.ok_or(AppError::NotFound)?;
        if !self.passwords.matches(password, Some(&account.hash)).await? {
            return Err(AppError::WrongPassword);
        }
        let call = self.scripts.owner_readdress_call(owner, &account.hash, email, &lowercase(email));
        match self.redis.run::<String>(&call).await?.as_str() {
            "done" => Ok(()),
            // Another request has changed the password meanwhile.
            "none" => Err(AppError::WrongPassword),
            "taken" => Err(AppError::Taken { what: format!("The e-mail address {email}") }),
            answer => Err(corrupt_record(answer)),
        }
    }

    /// Ends all sessions of an owner, and sets their password hash to `new` unless that is empty. `false` if there
    /// is no such owner, or their hash is not `expected`; an empty `expected` matches any.
    pub(super) async fn renew(&self, owner: &OwnerId, expected: &str, new: &str) -> Result<bool, AppError> {
        let call = self.scripts.owner_renew_call(owner, expected, new);
        self.change(&call).await
    }

    /// The account with this e-mail address.
    pub(super) async fn account_of(&self, email: &str) -> Result<Option<Account>, AppError> {
        let call = self.scripts.owner_find_call(&lowercase(email.trim()));
        Ok(self.look_up(&call).await?.map(|(account, _)| account))
    }
}

/// An e-mail address as it is compared. RFC 5321, section 2.4 lets the part before the @ depend on case, and
/// discourages that; mail providers ignore case.
fn lowercase(email: &str) -> String {
    email.to_lowercase()
}
