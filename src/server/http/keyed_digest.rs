//! Digests made with the server's key: who lacks it can neither make one nor try what it was made of.

use sha2::{Digest, Sha256};

use super::AppState;

/// SHA-256 with the key before the text, and once more with the key before that.
#[derive(Clone)]
pub struct KeyedDigest(Sha256);

impl KeyedDigest {
    /// Begins with what it is for, so that one digest cannot stand in for another.
    pub fn of(state: &AppState, purpose: &str) -> Self {
        let mut hash = Sha256::new_with_prefix(state.cookie_key.signing());
        hash.update(purpose);
        hash.update("\n");
        Self(hash)
    }

    /// Adds text.
    pub fn update(&mut self, text: impl AsRef<[u8]>) {
        self.0.update(text);
    }

    /// In hexadecimal, 64 characters.
    pub fn end(self, state: &AppState) -> String {
        let outer = Sha256::new_with_prefix(state.cookie_key.signing()).chain_update(self.0.finalize());
        outer.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
