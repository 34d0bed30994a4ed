//! An authenticator in software: makes passkeys and answers challenges, rightly or as a test wants it wrong
//! ([Web Authentication, section 6](https://www.w3.org/TR/webauthn-3/#sctn-authenticator-model)).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

/// The flags of authenticator data: the user is present, verified; a key is attested.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const ATTESTED: u8 = 64;

/// One passkey in its authenticator, behind its browser. A test changes what an answer should have wrong.
#[derive(Clone)]
pub struct Authenticator {
    /// In PKCS #8.
    key: Vec<u8>,
    pub id: Vec<u8>,
    pub origin: String,
    pub rp_id: String,
    pub counter: u32,
    pub verifies_user: bool,
    pub cross_origin: bool,
    /// By what it knows its owner.
    pub user_handle: Vec<u8>,
    /// The type of an answer to a sign-in.
    pub kind: &'static str,
}

impl Authenticator {
    /// One with a new key, for pages of `origin`.
    pub fn new(origin: &str, rp_id: &str) -> Self {
        let key = new_key();
        let id = digest(&SHA256, &key).as_ref().to_vec();
        Self {
            key,
            id,
            origin: origin.to_owned(),
            rp_id: rp_id.to_owned(),
            counter: 0,
            verifies_user: true,
            cross_origin: false,
            user_handle: Vec::new(),
            kind: "webauthn.get",
        }
    }

    /// Replaces the key, as a thief without it would.
    pub fn forge(&mut self) {
        self.key = new_key();
    }

    /// The answer to what `navigator.credentials.create` is asked for.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user_handle = decoded(text(&options["user"]["id"]));
        let client_data = self.client_data("webauthn.create", text(&options["challenge"]));
        let key = self.key_pair();
        let point = key.public_key().as_ref();
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("a short id").to_be_bytes());
        data.extend(&self.id);
        // A COSE key in CBOR (RFC 9053, section 7.1): kind EC2, ES256, P-256, x, y.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).expect("short data"));
        object.extend(data);
        self.credential(json!({
            "clientDataJSON": encoded(client_data.as_bytes()),
            "attestationObject": encoded(&object),
            "transports": ["internal"],
        }))
    }

    /// The answer to what `navigator.credentials.get` is asked for.
    pub fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client_data = self.client_data(self.kind, text(&options["challenge"]));
        let data = self.data(0);
        let signed = [&data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.key_pair().sign(&SystemRandom::new(), &signed).expect("a signature");
        self.credential(json!({
            "clientDataJSON": encoded(client_data.as_bytes()),
            "authenticatorData": encoded(&data),
            "signature": encoded(signature.as_ref()),
            "userHandle": encoded(&self.user_handle),
        }))
    }

    fn key_pair(&self) -> EcdsaKeyPair {
        let random = SystemRandom::new();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.key, &random).expect("a key")
    }

    fn client_data(&self, kind: &str, challenge: &str) -> String {
        json!({
            "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross_origin,
        })
        .to_string()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies_user { VERIFIED } else { 0 };
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn credential(&self, response: Value) -> Value {
        let id = encoded(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": response,
        })
    }
}

fn new_key() -> Vec<u8> {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
    key.expect("a key").as_ref().to_vec()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}
