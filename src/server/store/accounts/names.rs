//! The names of the accounts' keys in Redis.
//!
//! Every name holds `{accounts}`, a [hash tag] of Redis Cluster: all keys are in one slot, and one script may touch
//! several.
//!
//! [hash tag]: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags

use crate::model::OwnerId;

/// The channel that announces every loss of a right: a session ended, a password changed, an API key revoked, an
/// owner removed. A message is the owner's id.
pub const CHANGED: &str = "send:accounts-changed:{accounts}";

/// Hash: owner id to record.
pub const OWNERS: &str = "send:owners:{accounts}";
/// Hash: e-mail address in lower case to owner id.
pub const EMAILS: &str = "send:owner-emails:{accounts}";
/// Hash: digest of an API key to owner id, scope, expiry and last use.
pub const API_KEYS: &str = "send:api-keys:{accounts}";
/// Hash: owner id to the name of their time zone.
pub const ZONES: &str = "send:zones:{accounts}";
/// Hash: owner id to the record of their two-factor sign-in.
pub const SECOND_FACTORS: &str = "send:second-factors:{accounts}";
/// Hash: digest of a passkey's id to owner id.
pub const PASSKEYS: &str = "send:passkeys:{accounts}";
/// Sorted set: digest of a setup token to when it was offered. Gone once there is an owner.
pub const SETUP: &str = "send:setup:{accounts}";

/// String that expires with the session: its record.
pub fn session(digest: &str) -> String {
    format!("send:session:{{accounts}}:{digest}")
}

/// Set: digests of the sessions of this owner, some of which may have ended.
pub fn sessions_of(owner: &OwnerId) -> String {
    format!("send:sessions-of:{{accounts}}:{owner}")
}

/// String that expires: the secret and the recovery codes of a two-factor sign-in that is being set up.
pub fn second_factor_offer(owner: &OwnerId) -> String {
    format!("send:second-factor-offer:{{accounts}}:{owner}")
}

/// String that expires: whose password a token of this digest sets.
pub fn reset(digest: &str) -> String {
    format!("send:reset:{{accounts}}:{digest}")
}

/// Hash: digest of a passkey's id to its record, of this owner.
pub fn passkeys_of(owner: &OwnerId) -> String {
    format!("send:passkeys-of:{{accounts}}:{owner}")
}

/// String that expires: a passkey of this owner that is being registered.
pub fn passkey_offer(owner: &OwnerId) -> String {
    format!("send:passkey-offer:{{accounts}}:{owner}")
}

/// String that expires: a sign-in by passkey that has begun.
pub fn passkey_challenge(challenge: &str) -> String {
    format!("send:passkey-challenge:{{accounts}}:{challenge}")
}

/// Stream: what happened in this owner's account.
pub fn events_of(owner: &OwnerId) -> String {
    format!("send:account-events:{{accounts}}:{owner}")
}

/// Hash: id of an API key of this owner to its record.
pub fn keys_of(owner: &OwnerId) -> String {
    format!("send:api-keys-of:{{accounts}}:{owner}")
}
