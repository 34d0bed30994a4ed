//! E-mail addresses to which mail can be sent.

use std::{fmt, str::FromStr};

use lettre::Address;
use serde::{Deserialize, Serialize};

/// An address to which mail can be sent, its domain in ASCII. It has no quotes, comments or blanks, so that it is one
/// word in every header and command.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress(String);

/// No mail can be sent to this text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no address that mail can be sent to")]
pub struct NoMailAddress;

impl MailAddress {
    pub(super) fn to_lettre(&self) -> Result<Address, NoMailAddress> {
        self.0.parse().map_err(|_| NoMailAddress)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MailAddress {
    type Err = NoMailAddress;

    fn from_str(text: &str) -> Result<Self, NoMailAddress> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(NoMailAddress)?;
        let is_special = |c: char| c.is_control() || c.is_whitespace() || r#"()<>[]:;@\,""#.contains(c);
        if local.contains(is_special) || domain.contains(is_special) || !domain.contains('.') {
            return Err(NoMailAddress);
        }
        let domain = idna::domain_to_ascii(domain).map_err(|_| NoMailAddress)?;
        let address = Address::new(local, domain).map_err(|_| NoMailAddress)?;
        Ok(Self(address.to_string()))
    }
}

impl TryFrom<String> for MailAddress {
    type Error = NoMailAddress;

    fn try_from(text: String) -> Result<Self, NoMailAddress> {
        text.parse()
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.0
    }
}

// Debug output ends up in logs, which hold no addresses.
impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{MailAddress, NoMailAddress};

    #[test]
    fn only_plain_addresses_get_mail() {
        for (text, address) in [
            ("ada@example.org", Some("ada@example.org")),
            (" ada+x@sub.example.org ", Some("ada+x@sub.example.org")),
            ("ada@m\u{fc}ller.example", Some("ada@xn--mller-kva.example")),
            ("\u{e4}da@example.org", Some("\u{e4}da@example.org")),
            ("o'brien@example.org", Some("o'brien@example.org")),
            ("ada", None),
            ("ada@", None),
            ("@example.org", None),
            ("ada@localhost", None),
            ("ada@[127.0.0.1]", None),
            ("ada@example..org", None),
            ("a..da@example.org", None),
            ("\"a b\"@example.org", None),
            ("ada@example.org>", None),
            ("ada@example.org, eve@example.org", None),
            ("ada@example.org\r\nBcc: eve@example.org", None),
            ("ada\r\nDATA@example.org", None),
            ("ada\u{0}@example.org", None),
            ("ada\u{2028}@example.org", None),
            ("ada@evil.org@example.org", None),
            ("<ada@example.org", None),
            (&format!("{}@example.org", "a".repeat(65)), None),
        ] {
            let read: Result<MailAddress, NoMailAddress> = text.parse();
            assert_eq!(read.as_ref().ok().map(MailAddress::as_str), address, "{text:?}");
            if let Ok(read) = read {
                assert!(read.to_lettre().is_ok() && !format!("{read:?}").contains("example"), "{text:?}");
            }
        }
    }
}
