//! The records of owners and API keys: one line of text each, as the scripts write it.

use super::corrupt_record;
use crate::{
    error::AppError,
    model::{ApiKey, KeyRights, KeyScope, Owner},
};

/// An owner's record.
pub struct Account {
    /// What may be shown.
    pub owner: Owner,
    /// When the account was created, in Unix microseconds.
    pub created_us: u64,
    /// The password's hash, a PHC string.
    pub hash: String,
}

impl Account {
    /// Parses a record as `owner.lua` writes it. [`AppError::Internal`] for any other.
    pub fn read(id: &str, record: &str) -> Result<Self, AppError> {
        let read = || {
            let fields: Vec<&str> = record.split(' ').collect();
            // Further fields are a newer version's.
            let [created_us, epoch, hash, email, _lowercase_email, ..] = fields[..] else { return None };
            // Only the scripts compare epochs.
            let _epoch: u64 = epoch.parse().ok()?;
            Some(Self {
                owner: Owner { owner_id: id.parse().ok()?, email: email.to_owned() },
                created_us: created_us.parse().ok()?,
                hash: hash.to_owned(),
            })
        };
        read().ok_or_else(|| corrupt_record("an owner's record"))
    }
}

/// A session's record.
pub struct StoredSession {
    /// The name of the browser.
    pub device: String,
    /// When it began, in Unix milliseconds.
    pub created_at: i64,
    /// When it was last used, in Unix milliseconds, to the hour.
    pub used_at: i64,
}

impl StoredSession {
    /// Parses a record as `owner.lua` writes it. One of the first versions, which is not in use yet, has no times.
    pub fn read(record: &str) -> Result<Self, AppError> {
        let read = || {
            // What stands behind a line feed is a newer version's.
            let mut fields = record.lines().next()?.splitn(5, ' ');
            let (_owner, _epoch) = (fields.next()?, fields.next()?);
            let mut time =
                || fields.next().map_or(Some(0), |time| time.parse::<i64>().ok()?.checked_mul(1_000));
            let (created_at, used_at) = (time()?, time()?);
            Some(Self { created_at, used_at, device: fields.next().unwrap_or_default().to_owned() })
        };
        read().ok_or_else(|| corrupt_record("a session"))
    }
}

/// What the hash of all API keys holds of one: owner, scope, expiry and last use.
pub struct StoredRights {
    /// What it may do.
    pub rights: KeyRights,
    /// When it was last used, in Unix milliseconds, to the hour.
    pub used_at: Option<i64>,
}

impl StoredRights {
    /// Parses a record as `key_new.lua` writes it. One of the first versions is the owner's id alone.
    pub fn read(record: &str) -> Result<Self, AppError> {
        let read = || {
            let mut fields = record.split(' ').skip(1);
            let scope = fields.next().map_or(Some(KeyScope::Write), KeyScope::of)?;
            let mut time = || fields.next().map_or(Some(0), |time| time.parse::<i64>().ok());
            let (expires_at, used_at) = (time()?, time()?);
            let set = |time: i64| (time > 0).then_some(time);
            Some(Self { rights: KeyRights { scope, expires_at: set(expires_at) }, used_at: set(used_at) })
        };
        read().ok_or_else(|| corrupt_record("an API key's rights"))
    }
}

/// An API key's record.
pub struct StoredKey {
    /// The digest of the key.
    pub digest: String,
    /// What may be shown. Its rights are stored apart.
    pub listed: ApiKey,
    /// When the key was created, in Unix microseconds.
    pub created_us: i64,
}

impl StoredKey {
    /// Parses a record as `key_new.lua` writes it. [`AppError::Internal`] for any other.
    pub fn read(id: &str, record: &str) -> Result<Self, AppError> {
        let read = || {
            // A label has no line feed: what stands behind one is a newer version's.
            let fields: Vec<&str> = record.lines().next()?.splitn(4, ' ').collect();
            let [digest, created_us, hint, label] = fields[..] else { return None };
            let created_us: i64 = created_us.parse().ok()?;
            let listed = ApiKey {
                key_id: id.parse().ok()?,
                label: label.to_owned(),
                hint: hint.to_owned(),
                created_at: created_us / 1_000,
                scope: KeyScope::Read,
                expires_at: None,
                used_at: None,
            };
            Some(Self { listed, created_us, digest: digest.to_owned() })
        };
        read().ok_or_else(|| corrupt_record("an API key's record"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrupt_owner_record_is_an_internal_error() {
        let account = Account::read("o1", "1700000000000001 3 $argon2id$x A@b.c a@b.c").expect("a record");
        assert_eq!((account.owner.email.as_str(), account.created_us), ("A@b.c", 1_700_000_000_000_001));
        for (id, record) in [("", "1 0 h e s"), ("o1", ""), ("o1", "1 x h e s"), ("o1", "1 0 h e")] {
            assert_eq!(Account::read(id, record).err(), Some(AppError::Internal), "{id} {record}");
        }
    }

    #[test]
    fn key_label_may_hold_blanks() {
        let key = StoredKey::read("k1", "d1 1700000000000001 sl_abcd my build server").expect("a record");
        assert_eq!(key.listed.label, "my build server");
        assert_eq!((key.listed.created_at, key.listed.hint.as_str()), (1_700_000_000_000, "sl_abcd"));
        assert!(StoredKey::read("k1", "d1 soon sl_abcd label").is_err());
    }
}
