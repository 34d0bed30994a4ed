//! Browsers in which owners have signed in before.

use sha2::{Digest, Sha256};

use crate::{error::AppError, server::store::random};

/// Characters of an id, at five bits each.
const ID_LENGTH: usize = 20;
/// How many accounts a browser is known for: a shared one has a few.
const ACCOUNTS_KEPT: usize = 5;

/// A browser, known by a signed cookie, and the accounts to which someone has signed in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// A random id.
    pub id: String,
    /// Digests of the accounts' e-mail addresses, the latest last.
    pub accounts: Vec<String>,
}

impl Device {
    /// Whether someone has signed in to the account of `email` there.
    pub fn knows(&self, email: &str) -> bool {
        self.accounts.contains(&digest(email))
    }

    /// The browser `known`, or a new one, after a sign-in to the account of `email`.
    pub fn after_sign_in(known: Option<&Self>, email: &str) -> Result<Self, AppError> {
        let mut device = match known {
            Some(known) => known.clone(),
            None => Self { id: random::token(ID_LENGTH)?, accounts: Vec::new() },
        };
        let account = digest(email);
        device.accounts.retain(|known| *known != account);
        device.accounts.push(account);
        device.accounts.drain(..device.accounts.len().saturating_sub(ACCOUNTS_KEPT));
        Ok(device)
    }
}

/// 64 bits of an e-mail address: enough to tell a browser's few accounts apart.
fn digest(email: &str) -> String {
    let digest = Sha256::digest(email.trim().to_lowercase());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browser_is_known_for_its_latest_accounts() {
        let mut device = Device::after_sign_in(None, " Ada@example.org").expect("random bits");
        let id = device.id.clone();
        assert!(device.knows("ada@example.org") && !device.knows("bob@example.org"));
        for other in 0..ACCOUNTS_KEPT {
            device =
                Device::after_sign_in(Some(&device), &format!("{other}@example.org")).expect("no randomness");
        }
        assert_eq!((device.id.as_str(), device.accounts.len()), (id.as_str(), ACCOUNTS_KEPT));
        assert!(device.knows("0@example.org") && !device.knows("ada@example.org"));
    }
}
