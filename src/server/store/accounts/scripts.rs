//! The scripts of the accounts and their calls: the positions of keys and arguments, as each Lua file's head
//! names them.

use redis::{Script, ScriptInvocation};

use super::{
    ScriptLoader,
    names::{self, API_KEYS, CHANGED, EMAILS, OWNERS, SETUP},
};
use crate::model::{KeyId, OwnerId};

/// Every script, hashed once. `…_call` builds the call of each.
pub(super) struct Scripts {
    owner_add: Script,
    owner_find: Script,
    owner_remove: Script,
    owner_renew: Script,
    setup_offer: Script,
    session_open: Script,
    session_use: Script,
    session_close: Script,
    key_new: Script,
    key_use: Script,
    key_revoke: Script,
}

impl Scripts {
    /// Joins each script's files.
    pub fn new() -> Self {
        let accounts = ScriptLoader::sharing(&[include_str!("owner.lua")]);
        Self {
            owner_add: accounts.script(include_str!("owner_add.lua")),
            owner_find: accounts.script(include_str!("owner_find.lua")),
            owner_remove: accounts.script(include_str!("owner_remove.lua")),
            owner_renew: accounts.script_for_full_memory(include_str!("owner_renew.lua")),
            setup_offer: accounts.script(include_str!("setup_offer.lua")),
            session_open: accounts.script(include_str!("session_open.lua")),
            session_use: accounts.script(include_str!("session_use.lua")),
            session_close: accounts.script(include_str!("session_close.lua")),
            key_new: accounts.script(include_str!("key_new.lua")),
            key_use: accounts.script(include_str!("key_use.lua")),
            key_revoke: accounts.script(include_str!("key_revoke.lua")),
        }
    }

    /// Every script, to load at start.
    pub fn all(&self) -> [&Script; 11] {
        [
            &self.owner_add,
            &self.owner_find,
            &self.owner_remove,
            &self.owner_renew,
            &self.setup_offer,
            &self.session_open,
            &self.session_use,
            &self.session_close,
            &self.key_new,
            &self.key_use,
            &self.key_revoke,
        ]
    }

    /// Creates an owner. `setup_token` is a digest, or empty where none is needed.
    pub fn owner_add_call(
        &self,
        owner: &OwnerId,
        email: &str,
        lowercase_email: &str,
        hash: &str,
        setup_token: &str,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.owner_add);
        call.key(EMAILS).key(SETUP);
        call.arg(owner.as_str()).arg(email).arg(lowercase_email).arg(hash).arg(setup_token);
        call
    }

    /// Finds an owner by e-mail address.
    pub fn owner_find_call(&self, lowercase_email: &str) -> ScriptInvocation<'_> {
        let mut call = call(&self.owner_find);
        call.key(EMAILS).arg(lowercase_email);
        call
    }

    /// Removes an owner with their API keys.
    pub fn owner_remove_call(&self, owner: &OwnerId) -> ScriptInvocation<'_> {
        let mut call = call(&self.owner_remove);
        call.key(EMAILS).key(API_KEYS).key(names::keys_of(owner));
        call.arg(owner.as_str());
        call
    }

    /// Ends all sessions of an owner whose password hash is `expected_hash`, or any if that is empty; sets
    /// `new_hash` unless that is empty.
    pub fn owner_renew_call(
        &self,
        owner: &OwnerId,
        expected_hash: &str,
        new_hash: &str,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.owner_renew);
        call.arg(owner.as_str()).arg(expected_hash).arg(new_hash);
        call
    }

    /// Offers a setup token.
    pub fn setup_offer_call(&self, digest: &str) -> ScriptInvocation<'_> {
        let mut call = call(&self.setup_offer);
        call.key(SETUP).arg(digest);
        call
    }

    /// Begins a session of an owner whose password hash is `expected_hash`, or any if that is empty.
    pub fn session_open_call(
        &self,
        digest: &str,
        owner: &OwnerId,
        expected_hash: &str,
        life_seconds: u64,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.session_open);
        call.key(names::session(digest));
        call.arg(owner.as_str()).arg(expected_hash).arg(life_seconds);
        call
    }

    /// Finds an owner by session, and prolongs the session.
    pub fn session_use_call(&self, digest: &str, life_seconds: u64) -> ScriptInvocation<'_> {
        let mut call = call(&self.session_use);
        call.key(names::session(digest)).arg(life_seconds);
        call
    }

    /// Ends a session.
    pub fn session_close_call(&self, digest: &str) -> ScriptInvocation<'_> {
        let mut call = call(&self.session_close);
        call.key(names::session(digest));
        call
    }

    /// Creates an API key.
    pub fn key_new_call(
        &self,
        owner: &OwnerId,
        key_id: &str,
        digest: &str,
        hint: &str,
        label: &str,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.key_new);
        call.key(API_KEYS).key(names::keys_of(owner));
        call.arg(owner.as_str()).arg(key_id).arg(digest).arg(hint).arg(label);
        call
    }

    /// Finds an owner by API key.
    pub fn key_use_call(&self, digest: &str) -> ScriptInvocation<'_> {
        let mut call = call(&self.key_use);
        call.key(API_KEYS).arg(digest);
        call
    }

    /// Revokes an API key.
    pub fn key_revoke_call(&self, owner: &OwnerId, key: &KeyId) -> ScriptInvocation<'_> {
        let mut call = call(&self.key_revoke);
        call.key(API_KEYS).key(names::keys_of(owner)).arg(owner.as_str()).arg(key.as_str());
        call
    }
}

/// A call with the keys of `owner.lua`.
fn call(script: &Script) -> ScriptInvocation<'_> {
    let mut call = script.prepare_invoke();
    call.key(OWNERS).key(CHANGED);
    call
}
