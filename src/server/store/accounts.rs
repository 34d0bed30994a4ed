//! Those who share documents: their passwords, their sessions and the keys of their programs.
//!
//! [`AccountStore`] knows Redis and the model, and nothing of HTTP: what carries a session or a key is read
//! elsewhere. Passwords are stored as argon2id, sessions, keys and the first start's token as SHA-256: nobody
//! who reads the database can sign in with what stands there. All names share one hash tag, and what must
//! not be divided is a Lua script, beside this file.

mod first_start;
mod keys;
mod names;
mod owners;
mod records;
mod scripts;
mod sessions;

use std::sync::Arc;

use redis::ScriptInvocation;
use sha2::{Digest, Sha256};

pub use self::{
    names::CHANGED,
    sessions::{SESSION_LIFE, SessionToken},
};
use self::{records::Account, scripts::Scripts};
use super::{
    passwords::Passwords,
    redis::{Redis, ScriptLoader},
};
use crate::{error::AppError, model::OwnerId};

/// How long a secret is that nobody may guess, in characters of five bits: 260 bits.
const SECRET_LENGTH: usize = 52;
/// How long an identifier is that only has to be another one than all others: 100 bits.
const ID_LENGTH: usize = 20;

/// The owners and what they sign in with. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct AccountStore {
    redis: Redis,
    scripts: Arc<Scripts>,
    passwords: Passwords,
}

impl AccountStore {
    /// Keeps everything in `redis`, and hashes with `passwords`.
    pub fn new(redis: Redis, passwords: Passwords) -> Self {
        Self { redis, scripts: Arc::new(Scripts::new()), passwords }
    }

    /// Loads the scripts, so that the first who signs in does not pay for it.
    pub async fn load_scripts(&self) -> Result<(), AppError> {
        for script in self.scripts.all() {
            self.redis.load(script).await?;
        }
        Ok(())
    }

    /// The account of an owner, if it is still there.
    async fn account(&self, owner: &OwnerId) -> Result<Option<Account>, AppError> {
        let mut command = redis::cmd("HGET");
        command.arg(names::OWNERS).arg(owner.as_str());
        let record: Option<String> = self.redis.query(&command).await?;
        record.map(|record| Account::read(owner.as_str(), &record)).transpose()
    }

    /// Runs a script that changes an account. `false`: there is no such thing, or it is no longer what it was
    /// expected to be.
    async fn change(&self, call: &ScriptInvocation<'_>) -> Result<bool, AppError> {
        match self.redis.run::<String>(call).await?.as_str() {
            "done" => Ok(true),
            "none" => Ok(false),
            answer => Err(corrupt_record(answer)),
        }
    }

    /// Runs a script that looks for an account by something else than its id.
    async fn look_up(&self, call: &ScriptInvocation<'_>) -> Result<Option<Account>, AppError> {
        let found: Option<(String, String)> = self.redis.run(call).await?;
        found.map(|(id, record)| Account::read(&id, &record)).transpose()
    }
}

/// What is stored in place of a secret that is random itself: a slow hash would protect it no better.
fn digest(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Something in Redis is not as it was written. `what` must be no secret.
fn corrupt_record(what: &str) -> AppError {
    tracing::error!("what Redis holds of the accounts can not be read: {what}");
    AppError::Internal
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_digest_is_sha_256_in_hexadecimal_as_other_programs_print_it() {
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
