//! Text encrypted and authenticated by a key that is made of the server's secret, for what the server has to read
//! again and Redis must not show.
//!
//! AES-256-GCM with a random nonce, the key by HKDF ([RFC 5869](https://www.rfc-editor.org/rfc/rfc5869)). Text is bound to
//! what it is about: moved to another record, it cannot be decrypted.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, Salt},
};

use super::random;
use crate::error::AppError;

/// How every encrypted text begins. No plain text that is stored has a dot there.
const PREFIX: &str = "sealed1.";

/// A key that encrypts texts. Cheap to clone; `Debug` hides it.
#[derive(Clone)]
pub struct EncryptionKey(Arc<LessSafeKey>);

impl EncryptionKey {
    /// The key of `secret` for one purpose, such as `second factor`. `None` only where the crypto provider fails.
    pub fn of(secret: &[u8], purpose: &str) -> Option<Self> {
        let root = Salt::new(HKDF_SHA256, b"sightline").extract(secret);
        let key = UnboundKey::from(root.expand(&[purpose.as_bytes()], &AES_256_GCM).ok()?);
        Some(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// Encrypts a text that is about `about`, such as an owner's id. The result has no blanks.
    pub fn encrypt(&self, text: &str, about: &str) -> Result<String, AppError> {
        let nonce: [u8; NONCE_LEN] = random::bytes()?;
        let mut encrypted = text.as_bytes().to_vec();
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(nonce_used, Aad::from(about), &mut encrypted).map_err(failed)?;
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([&nonce[..], &encrypted].concat())))
    }

    /// The text that was encrypted. `None` where another secret encrypted it, for something else, or it was changed.
    pub fn decrypt(&self, encrypted: &str, about: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(encrypted.strip_prefix(PREFIX)?).ok()?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let text = self.0.open_in_place(nonce, Aad::from(about), &mut text).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(..)")
    }
}

/// Whether a stored text is encrypted; if not, an earlier version wrote it.
pub fn is_encrypted(text: &str) -> bool {
    text.starts_with(PREFIX)
}

fn failed(_: Unspecified) -> AppError {
    tracing::error!("a text cannot be encrypted");
    AppError::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: u8, purpose: &str) -> EncryptionKey {
        EncryptionKey::of(&[secret; 64], purpose).expect("a key")
    }

    #[test]
    fn sealed_text_opens_for_its_own_record_only() {
        let encrypted = key(1, "p").encrypt("JBSWY3DPEHPK3PXP", "o1").expect("encrypted");
        assert!(
            is_encrypted(&encrypted) && !encrypted.contains("JBSWY3DP") && !encrypted.contains(' '),
            "{encrypted}"
        );
        assert_eq!(key(1, "p").decrypt(&encrypted, "o1").as_deref(), Some("JBSWY3DPEHPK3PXP"));
        for (key, about, what) in [
            (key(1, "p"), "o2", "another owner"),
            (key(1, "q"), "o1", "another purpose"),
            (key(2, "p"), "o1", "another secret"),
        ] {
            assert_eq!(key.decrypt(&encrypted, about), None, "{what}");
        }
    }

    #[test]
    fn changed_encrypted_text_cannot_be_decrypted() {
        let key = key(1, "p");
        let encrypted = key.encrypt("text", "o1").expect("encrypted");
        for at in PREFIX.len()..encrypted.len() {
            let mut changed = encrypted.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            // Only the unused bits of the last letter may differ, and the decoder refuses those.
            assert_eq!(key.decrypt(&changed, "o1"), None, "{at}");
        }
        for bad in ["", "text", PREFIX, "sealed1.AAAA", &encrypted[..encrypted.len() - 4]] {
            assert_eq!(key.decrypt(bad, "o1"), None, "{bad:?}");
        }
    }

    #[test]
    fn same_text_is_encrypted_anew_each_time() {
        let key = key(1, "p");
        assert_ne!(key.encrypt("text", "o1"), key.encrypt("text", "o1"));
        assert_eq!(format!("{key:?}"), "EncryptionKey(..)");
    }
}
