//! Owners and their API keys.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Invalid, KeyId, OwnerId};

/// The shortest password of an owner, in characters.
pub const MIN_PASSWORD_LENGTH: usize = 10;
/// The longest password of an owner, in bytes. It bounds the time that hashing takes.
pub const MAX_PASSWORD_LENGTH: usize = 512;

/// An account that owns documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// The account's id. It stays when the e-mail changes.
    pub owner_id: OwnerId,
    /// The e-mail address that the owner signs in with.
    pub email: String,
}

/// An API key as listed, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// The id by which the key is revoked.
    pub key_id: KeyId,
    /// The owner's name for the key.
    pub label: String,
    /// The first characters of the key.
    pub hint: String,
    /// When the key was made, Unix milliseconds.
    pub created_at: i64,
}

/// A new API key. Only a hash of it is stored, so no later request can read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewApiKey {
    /// The key's entry in the list.
    pub listed: ApiKey,
    /// The key, sent as `Authorization: Bearer …` (RFC 6750, section 2.1).
    pub key: String,
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug output ends up in logs, so it leaves the key out.
        f.debug_struct("NewApiKey").field("listed", &self.listed).finish_non_exhaustive()
    }
}

/// Refuses an owner's password below [`MIN_PASSWORD_LENGTH`] or above [`MAX_PASSWORD_LENGTH`].
pub fn check_password(password: &str) -> Result<(), Invalid> {
    if password.chars().count() < MIN_PASSWORD_LENGTH {
        Err(Invalid::new("password", format!("must have {MIN_PASSWORD_LENGTH} characters or more")))
    } else if password.len() > MAX_PASSWORD_LENGTH {
        Err(Invalid::new(
            "password",
            format!("must have at most {MAX_PASSWORD_LENGTH} bytes, and a letter outside A-Z has several"),
        ))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_limits_are_in_characters_and_bytes() {
        let nine = "\u{e4}".repeat(MIN_PASSWORD_LENGTH - 1);
        assert_eq!(check_password(&nine).expect_err("too short").field, "password");
        assert!(check_password(&format!("{nine}x")).is_ok());
        assert!(check_password(&"x".repeat(MAX_PASSWORD_LENGTH)).is_ok());
        assert!(check_password(&"x".repeat(MAX_PASSWORD_LENGTH + 1)).is_err());
    }

    #[test]
    fn debug_output_leaves_out_the_key() {
        let listed = ApiKey {
            key_id: "k1".parse().expect("a key id"),
            label: "build".to_owned(),
            hint: "sl_abcd".to_owned(),
            created_at: 0,
        };
        let printed = format!("{:?}", NewApiKey { listed, key: "sl_abcdefgh".to_owned() });
        assert!(printed.contains("build") && !printed.contains("sl_abcdefgh"), "{printed}");
    }
}
