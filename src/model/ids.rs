//! Identifiers, parsed once at the door: past it nobody checks them again.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A field that a client sent and that cannot be accepted: which one, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct Invalid {
    /// The name of the field as it stands on the wire.
    pub field: String,
    /// What a right value looks like, to be read after the name: "must be …".
    pub reason: String,
}

impl Invalid {
    /// `reason` continues the sentence that the field's name begins.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// Makes a newtype over `String` that can only hold what its rule allows.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $field:literal, $min:literal..=$max:literal, $also:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as it stands on the wire and in Redis.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let allowed = |b: u8| b.is_ascii_alphanumeric() || $also.as_bytes().contains(&b);
                if ($min..=$max).contains(&text.len()) && text.bytes().all(allowed) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Invalid::new(
                        $field,
                        concat!(
                            "must be ", stringify!($min), " to ", stringify!($max),
                            " characters from A-Z a-z 0-9 and ", $also
                        ),
                    ))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// One shared link: `[A-Za-z0-9_-]{1,64}`. It stands in the address `/v/{linkId}`.
    LinkId, "linkId", 1..=64, "_-"
}

identifier! {
    /// One visitor's visit to one link: 1 to 128 characters of `[A-Za-z0-9._:~-]`.
    /// The tracking hook makes 128 random bits; other clients may use what they have.
    SessionId, "sessionId", 1..=128, "._:~-"
}

identifier! {
    /// A random first-party mark of a browser, at most 128 characters of `[A-Za-z0-9._:~-]`.
    /// It is stored with the viewer and never computed from the device.
    Fingerprint, "fingerprint", 0..=128, "._:~-"
}

identifier! {
    /// Somebody who shares documents. Random, and never shown.
    OwnerId, "ownerId", 1..=32, "_-"
}

identifier! {
    /// One document of an owner, whatever its file and its links are. Random.
    DocumentId, "documentId", 1..=32, "_-"
}

identifier! {
    /// Names an API key where it is listed and revoked; it is not the key.
    KeyId, "keyId", 1..=32, "_-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_id_is_short_and_safe_in_an_address_and_in_a_redis_key() {
        for good in ["a", "user-guide", "A_b-9", &"x".repeat(64)] {
            assert!(good.parse::<LinkId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "{a}", "ä", "a\n", "../etc", &"x".repeat(65)] {
            let error = bad.parse::<LinkId>().expect_err(bad);
            assert_eq!(error.field, "linkId");
        }
    }

    #[test]
    fn a_session_id_may_be_another_clients_own_but_never_breaks_a_record() {
        for good in ["a.b:c~d-e_f", &"x".repeat(128)] {
            assert!(good.parse::<SessionId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a\tb", "<b>", &"x".repeat(129)] {
            assert!(bad.parse::<SessionId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn json_is_held_to_the_same_rule_as_text() {
        assert!(serde_json::from_str::<LinkId>("\"guide\"").is_ok());
        let error = serde_json::from_str::<LinkId>("\"a b\"").expect_err("a blank is not allowed");
        assert!(error.to_string().contains("linkId must be 1 to 64 characters"), "{error}");
    }
}
