//! Owners and their API keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AccountEvent, Correction, DocumentSummary, Invalid, KeyId, MailSettings, OwnerId, OwnerSessionId,
    PasskeyId,
};

/// The shortest password of an owner, in characters.
pub const MIN_PASSWORD_LENGTH: usize = 12;
/// The longest password of an owner, in characters (OWASP ASVS 4.0.3, 2.1.2).
pub const MAX_PASSWORD_LENGTH: usize = 128;
/// The most bytes of a password that is compared. It bounds the time that hashing takes; earlier versions took longer
/// passwords.
pub const MAX_PASSWORD_BYTES: usize = 512;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// What it may do.
    pub scope: KeyScope,
    /// When it expires, Unix milliseconds; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// When it was last used, Unix milliseconds, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<i64>,
}

/// What an API key may do. Each scope includes the ones before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum KeyScope {
    /// To read: GET requests.
    Read,
    /// To change documents, links and readers as well.
    #[default]
    Write,
    /// To change the account as well: its keys, sessions and password.
    Manage,
}

impl KeyScope {
    /// All scopes.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Manage];

    /// The name on the wire and in Redis.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
        }
    }

    /// The scope of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// What an API key may do, and until when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyRights {
    /// What it may do.
    pub scope: KeyScope,
    /// When it expires, Unix milliseconds; `None`: never.
    pub expires_at: Option<i64>,
}

/// A session of an owner: one sign-in, in one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnerSession {
    /// The id by which the session is ended.
    pub session_id: OwnerSessionId,
    /// Whether it is the session of the request.
    pub is_current: bool,
    /// The browser and the system; empty if unknown.
    pub device: String,
    /// When it began, Unix milliseconds.
    pub created_at: i64,
    /// When it was last used, Unix milliseconds, to the hour.
    pub used_at: i64,
}

/// A new API key. Only a hash of it is stored, so no later request can read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// A passkey of an owner, as listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Passkey {
    /// The id by which the passkey is removed.
    pub passkey_id: PasskeyId,
    /// The owner's name for it.
    pub name: String,
    /// When it was registered, Unix milliseconds.
    pub created_at: i64,
    /// When it last signed in, Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<i64>,
}

/// The two-factor sign-in of an owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SecondFactorState {
    /// A password is enough.
    Off {
        /// Whether the server requires it: then nothing else can be used before.
        is_required: bool,
    },
    /// Each sign-in asks for a code.
    On {
        /// How many recovery codes are unused.
        recovery_codes_left: u64,
        /// Whether codes of the app can be checked; `false` once the server has another secret.
        opens: bool,
    },
}

/// A two-factor sign-in that is being set up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorSetup {
    /// The secret in Base32, to be typed into an authenticator app.
    pub secret: String,
    /// The same as a QR code, an SVG.
    pub qr_code: String,
    /// Codes that work once each, for the day when the app is lost.
    pub recovery_codes: Vec<String>,
}

impl fmt::Debug for SecondFactorSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecondFactorSetup(..)")
    }
}

/// How much goes with an account when it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountContents {
    /// Documents, with their files and visits.
    pub documents: u64,
    /// Links to them.
    pub links: u64,
    /// API keys.
    pub api_keys: u64,
}

/// What an account holds, except files and visits.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountExport {
    /// The address that the owner signs in with.
    pub email: String,
    /// The name of their time zone, if they have set one.
    pub time_zone: Option<String>,
    /// What they have set for mails about visits.
    pub mails: MailSettings,
    /// Whether each sign-in asks for a code.
    pub second_factor: bool,
    /// The passkeys, without their public keys.
    pub passkeys: Vec<Passkey>,
    /// The API keys, without the keys themselves.
    pub api_keys: Vec<ApiKey>,
    /// Where the owner is signed in.
    pub sessions: Vec<OwnerSession>,
    /// Documents with their links and settings.
    pub documents: Vec<DocumentSummary>,
    /// The visits that were left out of all numbers together and can be taken back, the newest first.
    pub corrections: Vec<Correction>,
    /// What happened in the account, the newest first.
    pub events: Vec<AccountEvent>,
}

/// How soon a password is guessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordStrength {
    /// Whether it is accepted.
    pub is_enough: bool,
    /// In words, for the person who types it.
    pub words: String,
}

/// Refuses an owner's password below [`MIN_PASSWORD_LENGTH`] or above [`MAX_PASSWORD_LENGTH`].
pub fn check_password(password: &str) -> Result<(), Invalid> {
    let length = password.chars().count();
    if length < MIN_PASSWORD_LENGTH {
        Err(Invalid::new("password", format!("must have {MIN_PASSWORD_LENGTH} characters or more")))
    } else if length > MAX_PASSWORD_LENGTH {
        Err(Invalid::new("password", format!("must have at most {MAX_PASSWORD_LENGTH} characters")))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_limits_are_in_characters() {
        let too_short = "\u{e4}".repeat(MIN_PASSWORD_LENGTH - 1);
        assert_eq!(check_password(&too_short).expect_err("too short").field, "password");
        assert!(check_password(&format!("{too_short}x")).is_ok());
        for letter in ["x", "\u{e4}", "\u{1f511}"] {
            assert!(check_password(&letter.repeat(MAX_PASSWORD_LENGTH)).is_ok());
            assert!(check_password(&letter.repeat(MAX_PASSWORD_LENGTH + 1)).is_err());
        }
        const { assert!(MAX_PASSWORD_BYTES >= 4 * MAX_PASSWORD_LENGTH, "each is compared") };
    }

    #[test]
    fn debug_output_leaves_out_the_key() {
        let listed = ApiKey {
            key_id: "k1".parse().expect("a key id"),
            label: "build".to_owned(),
            hint: "sl_abcd".to_owned(),
            created_at: 0,
            scope: KeyScope::Write,
            expires_at: None,
            used_at: None,
        };
        let printed = format!("{:?}", NewApiKey { listed, key: "sl_abcdefgh".to_owned() });
        assert!(printed.contains("build") && !printed.contains("sl_abcdefgh"), "{printed}");
    }
}
