//! What is stored of an owner and of an API key: a line of text each, as the scripts write it.

use super::corrupt_record;
use crate::{
    error::AppError,
    model::{ApiKey, Owner},
};

/// All that is known of an owner.
pub struct Account {
    /// What may be shown.
    pub owner: Owner,
    /// When the account was made, in Unix microseconds.
    pub made: u64,
    /// The password, hashed.
    pub hash: String,
}

impl Account {
    /// Reads a record as `owner.lua` describes it.
    pub fn read(id: &str, record: &str) -> Result<Self, AppError> {
        let read = || {
            let fields: Vec<&str> = record.split(' ').collect();
            let [made, epoch, hash, email, _lowercase_email] = fields[..] else { return None };
            // How often all sessions were ended is the scripts' to compare.
            let _epoch: u64 = epoch.parse().ok()?;
            Some(Self {
                owner: Owner { owner_id: id.parse().ok()?, email: email.to_owned() },
                made: made.parse().ok()?,
                hash: hash.to_owned(),
            })
        };
        read().ok_or_else(|| corrupt_record("an owner's record"))
    }
}

/// An API key as it is stored.
pub struct StoredKey {
    /// What may be shown.
    pub listed: ApiKey,
    /// When it was made, in Unix microseconds.
    pub made: i64,
}

impl StoredKey {
    /// Reads a record as `key_new.lua` writes it.
    pub fn read(id: &str, record: &str) -> Result<Self, AppError> {
        let read = || {
            let fields: Vec<&str> = record.splitn(4, ' ').collect();
            let [_digest, made, hint, label] = fields[..] else { return None };
            let made: i64 = made.parse().ok()?;
            let listed = ApiKey {
                key_id: id.parse().ok()?,
                label: label.to_owned(),
                hint: hint.to_owned(),
                created_at: made / 1_000,
            };
            Some(Self { listed, made })
        };
        read().ok_or_else(|| corrupt_record("an API key's record"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_not_ours_is_a_fault_and_never_half_an_owner() {
        let account = Account::read("o1", "1700000000000001 3 $argon2id$x A@b.c a@b.c").expect("a record");
        assert_eq!((account.owner.email.as_str(), account.made), ("A@b.c", 1_700_000_000_000_001));
        for (id, record) in [("", "1 0 h e s"), ("o1", ""), ("o1", "1 x h e s"), ("o1", "1 0 h e s more")] {
            assert_eq!(Account::read(id, record).err(), Some(AppError::Internal), "{id} {record}");
        }
    }

    #[test]
    fn a_keys_label_may_hold_blanks() {
        let key = StoredKey::read("k1", "d1 1700000000000001 sl_abcd my build server").expect("a record");
        assert_eq!(key.listed.label, "my build server");
        assert_eq!((key.listed.created_at, key.listed.hint.as_str()), (1_700_000_000_000, "sl_abcd"));
        assert!(StoredKey::read("k1", "d1 soon sl_abcd label").is_err());
    }
}
