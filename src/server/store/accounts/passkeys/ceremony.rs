//! The two ceremonies of passkeys: registration and sign-in
//! ([Web Authentication](https://www.w3.org/TR/webauthn-3/)), checked by the crate `webauthn_rp`.
//!
//! User verification is required in both, so a passkey is something that its owner has, and knows or is: it counts as two
//! factors. Attestation, which says of what make an authenticator is, is not asked for.

use std::net::IpAddr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::{Host, Url};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
    PublicKeyCredentialCreationOptions, Registration, RegistrationServerState,
    bin::{Decode, Encode},
    request::{
        AsciiDomain, ExtensionInfo, PublicKeyCredentialDescriptor, RpId, TimedCeremony,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions,
            UserHandle, Username,
        },
    },
    response::{AuthTransports, CredentialId, auth::DiscoverableAuthentication, register::DynamicState},
};

use super::super::{corrupt_record, digest};
use crate::{error::AppError, model::OwnerId};

/// Bytes by which an authenticator knows an owner.
const HANDLE_LENGTH: usize = 32;
/// What a passkey is listed as for the browser, where the e-mail address is no name by RFC 8265.
const FALLBACK_NAME: &str = "owner";

/// Where passkeys are used: they belong to one host, and open on one origin.
pub struct Site {
    rp_id: RpId,
    /// As browsers write it.
    origin: String,
}

impl Site {
    /// The site of the address through which a client reached the server. [`AppError::Forbidden`] for an IP address, with
    /// which browsers make no passkeys.
    pub fn of(origin: &str) -> Result<Self, AppError> {
        let no_name =
            || AppError::Forbidden("Passkeys need a server with a name, not an IP address.".to_owned());
        let url = Url::parse(origin).map_err(|_| no_name())?;
        let Some(Host::Domain(host)) = url.host() else { return Err(no_name()) };
        if host.parse::<IpAddr>().is_ok() {
            return Err(no_name());
        }
        let domain = AsciiDomain::try_from(host.to_owned()).map_err(|_| no_name())?;
        Ok(Self { rp_id: RpId::Domain(domain), origin: url.origin().ascii_serialization() })
    }
}

/// A ceremony that has begun.
pub(super) struct Begun {
    /// What the browser is asked for, in JSON of the standard.
    pub options: Value,
    /// The challenge, in hexadecimal.
    pub challenge: String,
    /// What the server has to keep, in base64url.
    pub state: String,
}

/// What is stored of a passkey. Fields of a newer version are kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    pub name: String,
    /// Unix milliseconds.
    pub created_at: i64,
    pub used_at: Option<i64>,
    /// The credential's id, in base64url like the two below.
    id: String,
    /// The public key.
    key: String,
    /// What changes with its use: the counter, whether it is backed up.
    state: String,
    #[serde(flatten)]
    newer: Map<String, Value>,
}

impl Record {
    pub(super) fn read(text: &str) -> Result<Self, AppError> {
        serde_json::from_str(text).map_err(|_| corrupt_record("a passkey"))
    }

    pub(super) fn as_text(&self) -> Result<String, AppError> {
        serde_json::to_string(self).map_err(|_| corrupt_record("a passkey"))
    }

    /// The name of the record: a digest of the credential's id.
    pub(super) fn digest(&self) -> String {
        digest(&self.id)
    }
}

/// Begins a registration. `known` are the owner's passkeys: an authenticator makes no second one beside them.
pub(super) fn begin_registration(
    site: &Site,
    owner: &OwnerId,
    email: &str,
    known: &[Record],
) -> Result<Begun, AppError> {
    let handle = handle_of(owner);
    let excluded = known.iter().map(|record| {
        let id = CredentialId::decode(decoded(&record.id)?).map_err(|_| corrupt_record("a passkey's id"))?;
        // By whichever way the browser reaches it.
        let transports = AuthTransports::decode(0).map_err(failed)?;
        Ok(PublicKeyCredentialDescriptor { id, transports })
    });
    let user = PublicKeyCredentialUserEntity {
        name: Username::try_from(email).or_else(|_| Username::try_from(FALLBACK_NAME)).map_err(failed)?,
        id: &handle,
        display_name: Nickname::try_from(email).ok(),
    };
    let excluded = excluded.collect::<Result<_, AppError>>()?;
    let mut options = PublicKeyCredentialCreationOptions::passkey(&site.rp_id, user, excluded);
    // Not enforced: authenticators that lack the extension, as those of phones do, verify the user all the same.
    options.extensions.cred_protect =
        CredProtect::UserVerificationRequired(ExtensionInfo::AllowDontEnforceValue);
    let (server, client) = options.start_ceremony().map_err(failed)?;
    begun(&client, &server, server.encode().map_err(failed)?)
}

/// Ends a registration: the record of the new passkey. `state` is what [`begin_registration`] gave.
pub(super) fn registered(
    site: &Site,
    state: &str,
    credential: &str,
    name: String,
    now: i64,
) -> Result<Record, AppError> {
    let state = RegistrationServerState::<HANDLE_LENGTH>::decode(&decoded(state)?).map_err(failed)?;
    let registration = Registration::from_json_relaxed(credential.as_bytes()).map_err(refused)?;
    let options = RegistrationVerificationOptions::<&str, &str> {
        allowed_origins: &[site.origin.as_str()],
        error_on_unsolicited_extensions: false,
        ..RegistrationVerificationOptions::default()
    };
    let new = state.verify(&site.rp_id, &registration, &options).map_err(refused)?;
    Ok(Record {
        name,
        created_at: now,
        used_at: None,
        id: encoded(new.id().as_ref()),
        key: encoded(&new.static_state().encode().map_err(failed)?),
        state: encoded(&new.dynamic_state().encode().map_err(failed)?),
        newer: Map::new(),
    })
}

/// Begins a sign-in with whichever passkey the browser has for this site.
pub(super) fn begin_sign_in(site: &Site) -> Result<Begun, AppError> {
    let options = DiscoverableCredentialRequestOptions::passkey(&site.rp_id);
    let (server, client) = options.start_ceremony().map_err(failed)?;
    begun(&client, &server, server.encode().map_err(failed)?)
}

/// The answer of an authenticator to a sign-in, before it is checked.
pub(super) struct Assertion(DiscoverableAuthentication<HANDLE_LENGTH>);

impl Assertion {
    /// Parses what a browser sends. [`AppError::Invalid`].
    pub(super) fn read(credential: &str) -> Result<Self, AppError> {
        DiscoverableAuthentication::from_json_relaxed(credential.as_bytes()).map(Self).map_err(refused)
    }

    /// The challenge that it claims to answer, in hexadecimal.
    pub(super) fn challenge(&self) -> Result<String, AppError> {
        self.0.challenge_relaxed().map(|challenge| format!("{:032x}", challenge.0)).map_err(refused)
    }

    /// The name of the record of the passkey that it claims to be of.
    pub(super) fn digest(&self) -> String {
        digest(&encoded(self.0.raw_id().as_ref()))
    }

    /// Checks it against the passkey of an owner, and notes its use. [`AppError::Invalid`].
    pub(super) fn check(
        &self,
        site: &Site,
        state: &str,
        owner: &OwnerId,
        record: &mut Record,
        now: i64,
    ) -> Result<(), AppError> {
        let unreadable = || corrupt_record("a passkey");
        let state = DiscoverableAuthenticationServerState::decode(&decoded(state)?[..]).map_err(failed)?;
        let (id, key, dynamic) = (decoded(&record.id)?, decoded(&record.key)?, decoded(&record.state)?);
        let dynamic = <[u8; 7]>::try_from(dynamic).map_err(|_| unreadable())?;
        let handle = handle_of(owner);
        let mut passkey = AuthenticatedCredential::new(
            CredentialId::<&[u8]>::decode(&id[..]).map_err(|_| unreadable())?,
            &handle,
            Decode::decode(&key[..]).map_err(|_| unreadable())?,
            DynamicState::decode(dynamic).map_err(|_| unreadable())?,
        )
        .map_err(|_| unreadable())?;
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &[site.origin.as_str()],
            error_on_unsolicited_extensions: false,
            ..AuthenticationVerificationOptions::default()
        };
        state.verify(&site.rp_id, &self.0, &mut passkey, &options).map_err(refused)?;
        record.state = encoded(&passkey.dynamic_state().encode().map_err(failed)?);
        record.used_at = Some(now);
        Ok(())
    }
}

/// By what an authenticator knows an owner: it tells nothing of them.
fn handle_of(owner: &OwnerId) -> UserHandle<HANDLE_LENGTH> {
    let bytes: [u8; HANDLE_LENGTH] = Sha256::digest(format!("passkeys of {owner}")).into();
    match UserHandle::decode(bytes) {
        Ok(handle) => handle,
        Err(never) => match never {},
    }
}

fn begun(client: &impl Serialize, server: &impl TimedCeremony, state: Vec<u8>) -> Result<Begun, AppError> {
    Ok(Begun {
        options: serde_json::to_value(client).map_err(failed)?,
        challenge: format!("{:032x}", server.sent_challenge().0),
        state: encoded(&state),
    })
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &str) -> Result<Vec<u8>, AppError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| corrupt_record("a passkey"))
}

/// What an authenticator or a browser has answered wrong. The reason is for the log: the person can only try again.
fn refused(error: impl std::fmt::Display) -> AppError {
    tracing::info!(%error, "a passkey is refused");
    wrong_passkey()
}

/// The error of a passkey that is not accepted, for whatever reason.
pub(super) fn wrong_passkey() -> AppError {
    let reason = "was not accepted. Try again".to_owned();
    AppError::Invalid { field: "passkey".to_owned(), reason }
}

fn failed(error: impl std::fmt::Display) -> AppError {
    tracing::error!(%error, "a passkey's ceremony failed");
    AppError::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn site_has_a_name_and_an_origin() {
        for (address, origin, host) in [
            ("https://read.example.org", "https://read.example.org", "read.example.org"),
            ("https://Read.Example.org:443/", "https://read.example.org", "read.example.org"),
            ("http://localhost:3000", "http://localhost:3000", "localhost"),
        ] {
            let site = Site::of(address).expect(address);
            assert_eq!((site.origin.as_str(), site.rp_id.as_ref()), (origin, host));
        }
        for nameless in ["http://127.0.0.1:3000", "https://[::1]", "nothing", ""] {
            assert!(matches!(Site::of(nameless), Err(AppError::Forbidden(_))), "{nameless}");
        }
    }

    #[test]
    fn record_keeps_fields_of_a_newer_version() {
        let text =
            r#"{"name":"Phone","created_at":1,"used_at":null,"id":"AQ","key":"","state":"","more":[1]}"#;
        let record = Record::read(text).expect("a record");
        assert!(record.as_text().expect("a text").contains(r#""more":[1]"#));
        assert_eq!(Record::read("{}").err(), Some(AppError::Internal));
    }
}
