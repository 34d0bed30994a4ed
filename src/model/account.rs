//! Those who share documents, and the keys of their programs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Invalid, KeyId, OwnerId};

/// The shortest password that is accepted, in characters.
pub const MIN_PASSWORD_LENGTH: usize = 10;
/// The longest, in bytes: hashing takes longer the more there is.
pub const MAX_PASSWORD_LENGTH: usize = 512;

/// Somebody who shares documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Who it is, also when the e-mail changes.
    pub owner_id: OwnerId,
    /// What the owner signs in with.
    pub email: String,
}

/// An API key as it is listed: never the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Names it for revoking.
    pub key_id: KeyId,
    /// What the owner calls it.
    pub label: String,
    /// How the key begins, to tell it from others.
    pub hint: String,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// A new API key: the one time that it can be read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewApiKey {
    /// What will be listed.
    pub listed: ApiKey,
    /// What goes behind `Authorization: Bearer`.
    pub key: String,
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is printed for a developer ends up in a log.
        f.debug_struct("NewApiKey").field("listed", &self.listed).finish_non_exhaustive()
    }
}

/// Refuses a password that is too short to be one, or too long to be hashed.
pub fn check_password(password: &str) -> Result<(), Invalid> {
    if password.chars().count() < MIN_PASSWORD_LENGTH {
        Err(Invalid::new("password", format!("must have {MIN_PASSWORD_LENGTH} characters or more")))
    } else if password.len() > MAX_PASSWORD_LENGTH {
        Err(Invalid::new("password", format!("must have {MAX_PASSWORD_LENGTH} bytes at most")))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_measured_in_characters_from_below_and_in_bytes_from_above() {
        let nine = "\u{e4}".repeat(MIN_PASSWORD_LENGTH - 1);
        assert_eq!(check_password(&nine).expect_err("too short").field, "password");
        assert!(check_password(&format!("{nine}x")).is_ok());
        assert!(check_password(&"x".repeat(MAX_PASSWORD_LENGTH)).is_ok());
        assert!(check_password(&"x".repeat(MAX_PASSWORD_LENGTH + 1)).is_err());
    }

    #[test]
    fn a_new_key_is_not_printed() {
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
