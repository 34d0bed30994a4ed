//! Those who share documents, and the keys of their programs.

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewApiKey {
    /// What will be listed.
    pub listed: ApiKey,
    /// What goes behind `Authorization: Bearer`.
    pub key: String,
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
