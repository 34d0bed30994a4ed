//! Accounts of owners: their passwords, sessions and API keys.
//!
//! [`AccountStore`] knows Redis and the model, and nothing of HTTP. Passwords are stored as argon2id hashes, sessions,
//! API keys and setup tokens as SHA-256 digests, and the secrets of two-factor sign-in are encrypted, so a reader of the
//! database cannot sign in with what it holds.
//! All keys share one hash tag; each operation that must be atomic is a Lua script beside this file.

mod events;
mod first_start;
mod keys;
mod names;
mod owners;
mod passkeys;
mod records;
mod reset;
mod scripts;
mod second_factor;
mod sessions;

use std::sync::{Arc, Mutex};

use redis::ScriptInvocation;
use sha2::{Digest, Sha256};

pub use self::{
    keys::KeyUse,
    names::CHANGED,
    passkeys::Site,
    reset::RESET_LIFE,
    second_factor::SecondFactorOffer,
    sessions::{LONGEST_SESSION, ProvenOwner, SESSION_LIFE, SessionToken},
};
use self::{records::Account, scripts::Scripts};
use super::{
    clock::Clock,
    encryption::EncryptionKey,
    passwords::Passwords,
    redis::{Redis, ScriptLoader},
};
use crate::{error::AppError, model::OwnerId};

/// Characters of a secret, at five bits each: 260 bits.
const SECRET_LENGTH: usize = 52;
/// Characters of an id, which has to be unique but not secret: 100 bits.
const ID_LENGTH: usize = 20;

/// All owners and their credentials. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct AccountStore {
    redis: Redis,
    scripts: Arc<Scripts>,
    passwords: Passwords,
    clock: Clock,
    second_factor_key: Option<EncryptionKey>,
    /// The oldest account, as it was read last: while it exists, no other one is older.
    oldest: Arc<Mutex<Option<OwnerId>>>,
}

impl AccountStore {
    /// Accounts stored in `redis`, with passwords hashed by `passwords`; sessions and keys end by `clock`. Without a
    /// `second_factor_key`, as in terminal commands, codes of authenticator apps cannot be checked.
    pub fn new(
        redis: Redis,
        passwords: Passwords,
        clock: Clock,
        second_factor_key: Option<EncryptionKey>,
    ) -> Self {
        let scripts = Arc::new(Scripts::new());
        Self { redis, scripts, passwords, clock, second_factor_key, oldest: Arc::default() }
    }

    /// Loads the scripts, so that the first sign-in need not.
    pub async fn load_scripts(&self) -> Result<(), AppError> {
        self.redis.load(&self.scripts.all()).await
    }

    /// The account of an owner; `None` if it was removed.
    async fn account(&self, owner: &OwnerId) -> Result<Option<Account>, AppError> {
        let mut command = redis::cmd("HGET");
        command.arg(names::OWNERS).arg(owner.as_str());
        let record: Option<String> = self.redis.query(&command).await?;
        record.map(|record| Account::read(owner.as_str(), &record)).transpose()
    }

    /// Runs a script that changes an account. `false`: what it would change does not exist, or is no longer as
    /// expected.
    async fn change(&self, call: &ScriptInvocation<'_>) -> Result<bool, AppError> {
        match self.redis.run::<String>(call).await?.as_str() {
            "done" => Ok(true),
            "none" => Ok(false),
            answer => Err(corrupt_record(answer)),
        }
    }

    /// Runs a script that finds an account by e-mail address, session or API key. What else it returns comes along.
    async fn look_up(&self, call: &ScriptInvocation<'_>) -> Result<Option<(Account, String)>, AppError> {
        let found: Option<(String, String, String)> = self.redis.run(call).await?;
        found.map(|(id, record, more)| Ok((Account::read(&id, &record)?, more))).transpose()
    }
}

/// SHA-256 in hexadecimal, stored in place of a random secret. A slow hash would not protect 260 random bits better.
fn digest(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Logs that a record in Redis is not as the scripts write it. `what` must not hold a secret.
fn corrupt_record(what: &str) -> AppError {
    tracing::error!("an account record in Redis is corrupt: {what}");
    AppError::Internal
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn digest_is_sha_256_in_hexadecimal() {
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
