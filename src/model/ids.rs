//! Identifiers. Each is checked once, when it is parsed; a value of its type is always valid.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A field with an invalid value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct Invalid {
    /// The field's name on the wire.
    pub field: String,
    /// The rule, which continues the name: "must be …".
    pub reason: String,
}

impl Invalid {
    /// Makes an error; `field` and `reason` together form a sentence.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// Defines a newtype over `String` of a limited length and ASCII letters, digits and the characters `$also`.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $field:literal, $min:literal..=$max:literal, $also:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as on the wire and in Redis.
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

        super::described_text!(
            $name,
            None::<&str>,
            Some(concat!("^[A-Za-z0-9", $also, "]{", stringify!($min), ",", stringify!($max), "}$"))
        );

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// Names a link: `[A-Za-z0-9_-]{1,64}`. It is part of the address `/v/{linkId}`.
    LinkId, "linkId", 1..=64, "_-"
}

identifier! {
    /// Names one viewer on one link: 1 to 128 characters of `[A-Za-z0-9._:~-]`, the unreserved characters of
    /// RFC 3986, section 2.3, and `:`.
    ///
    /// The hook makes 128 random bits in base64url; another client may send a UUID (RFC 9562), for example.
    SessionId, "sessionId", 1..=128, "._:~-"
}

identifier! {
    /// A random id of a browser: at most 128 characters of `[A-Za-z0-9._:~-]`.
    ///
    /// It is stored with the viewer and never computed from the device.
    Fingerprint, "fingerprint", 0..=128, "._:~-"
}

identifier! {
    /// Names an owner. Random, and never shown.
    OwnerId, "ownerId", 1..=32, "_-"
}

identifier! {
    /// Names a document. Random; it stays when the file is replaced.
    DocumentId, "documentId", 1..=32, "_-"
}

identifier! {
    /// Names a badge of a link; its token is made of it.
    BadgeId, "badgeId", 1..=32, "_-"
}

identifier! {
    /// Names visits that an owner left out of all numbers together.
    CorrectionId, "correctionId", 1..=32, "_-"
}

identifier! {
    /// Names an API key for listing and revoking. It is not the key itself.
    KeyId, "keyId", 1..=32, "_-"
}

identifier! {
    /// Names a session of an owner for listing and ending. It opens nothing.
    OwnerSessionId, "sessionId", 1..=32, "_-"
}

identifier! {
    /// Names a webhook or another channel of notices.
    WebhookId, "webhookId", 1..=32, "_-"
}

identifier! {
    /// Names the delivery of an event to a webhook: the `webhook-id` of its requests.
    DeliveryId, "deliveryId", 1..=64, "_-"
}

identifier! {
    /// Names a passkey for listing and removing: a digest of its id. It opens nothing.
    PasskeyId, "passkeyId", 1..=64, "_-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_id_suits_addresses_and_redis_keys() {
        for good in ["a", "user-guide", "A_b-9", &"x".repeat(64)] {
            assert!(good.parse::<LinkId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "{a}", "ä", "a\n", "../etc", &"x".repeat(65)] {
            let error = bad.parse::<LinkId>().expect_err(bad);
            assert_eq!(error.field, "linkId");
        }
    }

    #[test]
    fn session_id_never_breaks_a_stored_record() {
        for good in ["a.b:c~d-e_f", &"x".repeat(128)] {
            assert!(good.parse::<SessionId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a\tb", "<b>", &"x".repeat(129)] {
            assert!(bad.parse::<SessionId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn json_obeys_the_same_rule_as_text() {
        assert!(serde_json::from_str::<LinkId>("\"guide\"").is_ok());
        let error = serde_json::from_str::<LinkId>("\"a b\"").expect_err("a blank is not allowed");
        assert!(error.to_string().contains("linkId must be 1 to 64 characters"), "{error}");
    }
}
