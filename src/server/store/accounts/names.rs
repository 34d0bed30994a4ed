//! The names of the accounts' keys in Redis.
//!
//! Every name carries `{accounts}`: that is the hash tag of Redis Cluster, so all of them live in one slot
//! and one script may touch several.

use crate::model::OwnerId;

/// The channel on which lost access is announced: a session ended, a password changed, a key was revoked, an owner
/// was removed. A message is the owner's id.
pub const CHANGED: &str = "send:accounts-changed:{accounts}";

/// Hash: owner id to record.
pub const OWNERS: &str = "send:owners:{accounts}";
/// Hash: e-mail address in small letters to owner id.
pub const EMAILS: &str = "send:owner-emails:{accounts}";
/// Hash: digest of an API key to owner id.
pub const API_KEYS: &str = "send:api-keys:{accounts}";
/// Sorted set: digest of a first start's token to when it was offered. There is none once there is an owner.
pub const SETUP: &str = "send:setup:{accounts}";

/// String, for as long as the session lasts: owner id and epoch.
pub fn session(digest: &str) -> String {
    format!("send:session:{{accounts}}:{digest}")
}

/// Hash: id of an API key to its record, for one owner.
pub fn keys_of(owner: &OwnerId) -> String {
    format!("send:api-keys-of:{{accounts}}:{owner}")
}
