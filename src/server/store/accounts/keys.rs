//! API keys, with which an owner's programs sign in.

use redis::cmd;

use super::{
    AccountStore, ID_LENGTH, SECRET_LENGTH, corrupt_record, digest, names,
    records::{StoredKey, StoredRights},
};
use crate::{
    error::AppError,
    model::{ApiKey, Invalid, KeyId, KeyRights, KeyScope, NewApiKey, Owner, OwnerId},
    server::store::random,
};

/// How every key begins, so that scanners recognise a leaked one.
const PREFIX: &str = "sl_";
/// Characters of a key that lists show, prefix included; the rest has 240 bits.
const HINT_LENGTH: usize = 7;
/// The longest label, in characters.
const MAX_LABEL_LENGTH: usize = 100;

/// The use of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Whose key it is.
    pub owner: Owner,
    /// What it may do.
    pub scope: KeyScope,
}

impl AccountStore {
    /// Creates a key; only this call returns it in full. [`AppError::Invalid`] for a label that is empty or too
    /// long and for an expiry in the past, [`AppError::NotFound`] if there is no such owner.
    pub async fn new_key(
        &self,
        owner: &OwnerId,
        label: &str,
        rights: KeyRights,
    ) -> Result<NewApiKey, AppError> {
        let label = check_label(label)?;
        if rights.expires_at.is_some_and(|expires_at| expires_at <= self.clock.now()) {
            return Err(Invalid::new("expires_at", "must lie in the future").into());
        }
        let key = format!("{PREFIX}{}", random::token(SECRET_LENGTH)?);
        let hint = key[..HINT_LENGTH].to_owned();
        let id = random::token(ID_LENGTH)?;
        let call = self.scripts.key_new_call(owner, &id, &digest(&key), &hint, &label, rights);
        let created_us: Option<String> = self.redis.run(&call).await?;
        let created_us: i64 = created_us
            .ok_or(AppError::NotFound)?
            .parse()
            .map_err(|_| corrupt_record("the time of a new key"))?;
        let created_at = created_us / 1_000;
        let KeyRights { scope, expires_at } = rights;
        let listed =
            ApiKey { key_id: id.parse()?, label, hint, created_at, scope, expires_at, used_at: None };
        Ok(NewApiKey { listed, key })
    }

    /// The keys of an owner, newest first.
    pub async fn keys(&self, owner: &OwnerId) -> Result<Vec<ApiKey>, AppError> {
        let stored: Vec<(String, String)> =
            self.redis.query(cmd("HGETALL").arg(names::keys_of(owner))).await?;
        let mut keys =
            stored.iter().map(|(id, record)| StoredKey::read(id, record)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = cmd("HMGET");
        command.arg(names::API_KEYS);
        keys.iter().for_each(|key| _ = command.arg(&key.digest));
        let rights: Vec<Option<String>> = self.redis.query(&command).await?;
        for (key, record) in keys.iter_mut().zip(rights) {
            let stored = StoredRights::read(&record.unwrap_or_default())?;
            (key.listed.scope, key.listed.expires_at) = (stored.rights.scope, stored.rights.expires_at);
            key.listed.used_at = stored.used_at;
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.created_us));
        Ok(keys.into_iter().map(|key| key.listed).collect())
    }

    /// How many keys an owner has.
    pub async fn count_keys(&self, owner: &OwnerId) -> Result<u64, AppError> {
        self.redis.query(cmd("HLEN").arg(names::keys_of(owner))).await
    }

    /// Revokes a key at once. [`AppError::NotFound`] if this owner has no such key.
    pub async fn revoke_key(&self, owner: &OwnerId, key: &KeyId) -> Result<(), AppError> {
        let call = self.scripts.key_revoke_call(owner, key);
        if self.change(&call).await? { Ok(()) } else { Err(AppError::NotFound) }
    }

    /// The owner of a key, and what it may do. [`AppError::WrongApiKey`] for one that was revoked, has expired or never
    /// existed. One round trip.
    pub async fn owner_of_key(&self, key: &str) -> Result<KeyUse, AppError> {
        let call = self.scripts.key_use_call(&digest(key), &self.clock.script_argument());
        let (account, scope) = self.look_up(&call).await?.ok_or(AppError::WrongApiKey)?;
        let scope = KeyScope::of(&scope).ok_or_else(|| corrupt_record("an API key's scope"))?;
        Ok(KeyUse { owner: account.owner, scope })
    }
}

/// A label without control characters and surrounding blanks.
pub(super) fn check_label(label: &str) -> Result<String, Invalid> {
    let shown: String = label.chars().filter(|c| !c.is_control()).collect();
    let shown = shown.trim();
    if (1..=MAX_LABEL_LENGTH).contains(&shown.chars().count()) {
        Ok(shown.to_owned())
    } else {
        Err(Invalid::new("label", format!("must have 1 to {MAX_LABEL_LENGTH} characters")))
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_LABEL_LENGTH, check_label};

    #[test]
    fn label_is_trimmed_and_bounded() {
        assert_eq!(check_label(" build\u{7}\n server ").as_deref(), Ok("build server"));
        assert!(check_label(&"\u{e4}".repeat(MAX_LABEL_LENGTH)).is_ok());
        for bad in ["", "  ", "\n\t", &"x".repeat(MAX_LABEL_LENGTH + 1)] {
            assert_eq!(check_label(bad).expect_err(bad).field, "label");
        }
    }
}
