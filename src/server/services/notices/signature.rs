//! Signatures of webhooks by [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::model::WebhookId;

/// How every secret begins.
const PREFIX: &str = "whsec_";

/// The secret of a webhook: 32 bytes. `Debug` is left out, since it ends up in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret([u8; 32]);

impl WebhookSecret {
    /// The secret that belongs to the random `nonce` of a webhook on this server. Redis holds the nonce alone.
    pub fn derive(server_key: &[u8; 64], webhook: &WebhookId, nonce: &str) -> Self {
        Self(hmac(server_key, format!("sightline webhook secret 1 {webhook} {nonce}").as_bytes()))
    }

    /// As its owner copies it.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0))
    }

    /// The signature of a request: `v1,` and Base64. `timestamp` is in Unix seconds.
    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        format!("v1,{}", STANDARD.encode(hmac(&self.0, format!("{id}.{timestamp}.{body}").as_bytes())))
    }
}

/// The headers of a request, signed with each of the secrets. `now` is in Unix milliseconds.
pub fn headers(secrets: &[WebhookSecret], id: &str, now: i64, body: &str) -> [(&'static str, String); 3] {
    let timestamp = now.div_euclid(1_000);
    let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect();
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

/// HMAC-SHA256 of a text.
pub(super) fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104, section 2)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by the specification's library for Python: `Webhook("whsec_" + base64(bytes(range(32)))).sign(…)`.
    #[test]
    fn signature_is_that_of_the_reference_library() {
        let secret = WebhookSecret(std::array::from_fn(|place| place as u8));
        assert_eq!(secret.text(), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        let body = r#"{"type":"visit.started","timestamp":"2026-03-18T12:00:00Z","data":{"title":"Gr\u00fc\u00dfe"}}"#;
        let [id, timestamp, signature] = headers(&[secret], "msg_1", 1_773_835_200_999, body);
        assert_eq!((id.1.as_str(), timestamp.1.as_str()), ("msg_1", "1773835200"));
        assert_eq!(signature.1, "v1,/oJWo8Uo/b7wt5RPbxP1+pnzY9Bxzzs64nNiMebsNPg=");
    }

    #[test]
    fn secrets_differ_by_server_webhook_and_nonce() {
        let secret = |server: u8, webhook: &str, nonce: &str| {
            WebhookSecret::derive(&[server; 64], &webhook.parse().expect("an id"), nonce).text()
        };
        let all = [secret(1, "a", "x"), secret(2, "a", "x"), secret(1, "b", "x"), secret(1, "a", "y")];
        let different: std::collections::HashSet<&String> = all.iter().collect();
        assert_eq!(different.len(), 4);
        assert_eq!(secret(1, "a", "x"), all[0]);
    }

    #[test]
    fn both_secrets_sign_while_rotating() {
        let secrets = [WebhookSecret([1; 32]), WebhookSecret([2; 32])];
        let [.., (_, both)] = headers(&secrets, "msg_1", 0, "{}");
        let alone = |secret: &WebhookSecret| secret.sign("msg_1", 0, "{}");
        assert_eq!(both, format!("{} {}", alone(&secrets[0]), alone(&secrets[1])));
    }
}
