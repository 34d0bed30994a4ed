//! The scripts of the accounts and their calls: the positions of keys and arguments, as each Lua file's head
//! names them.

use redis::{Script, ScriptInvocation};

use super::{
    ScriptLoader,
    names::{self, API_KEYS, CHANGED, EMAILS, OWNERS, PASSKEYS, SECOND_FACTORS, SETUP, ZONES},
    sessions::{LONGEST_SESSION, SESSION_LIFE},
};
use crate::model::{KeyId, KeyRights, OwnerId, PasskeyId};

/// Every script, hashed once. `…_call` builds the call of each.
pub(super) struct Scripts {
    owner_add: Script,
    owner_find: Script,
    owner_remove: Script,
    owner_renew: Script,
    owner_readdress: Script,
    setup_offer: Script,
    session_open: Script,
    session_use: Script,
    session_close: Script,
    key_new: Script,
    key_use: Script,
    key_revoke: Script,
    passkey_add: Script,
    passkey_remove: Script,
    record_swap: Script,
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
            owner_readdress: accounts.script(include_str!("owner_readdress.lua")),
            setup_offer: accounts.script(include_str!("setup_offer.lua")),
            session_open: accounts.script(include_str!("session_open.lua")),
            session_use: accounts.script(include_str!("session_use.lua")),
            session_close: accounts.script(include_str!("session_close.lua")),
            key_new: accounts.script(include_str!("key_new.lua")),
            key_use: accounts.script(include_str!("key_use.lua")),
            key_revoke: accounts.script(include_str!("key_revoke.lua")),
            passkey_add: accounts.script(include_str!("passkey_add.lua")),
            passkey_remove: accounts.script(include_str!("passkey_remove.lua")),
            record_swap: accounts.script(include_str!("record_swap.lua")),
        }
    }

    /// Every script, to load at start.
    pub fn all(&self) -> [&Script; 15] {
        [
            &self.owner_add,
            &self.owner_find,
            &self.owner_remove,
            &self.owner_renew,
            &self.owner_readdress,
            &self.setup_offer,
            &self.session_open,
            &self.session_use,
            &self.session_close,
            &self.key_new,
            &self.key_use,
            &self.key_revoke,
            &self.passkey_add,
            &self.passkey_remove,
            &self.record_swap,
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
        call.key(EMAILS).key(API_KEYS).key(names::keys_of(owner)).key(names::sessions_of(owner));
        call.key(ZONES).key(SECOND_FACTORS).key(names::events_of(owner));
        call.key(PASSKEYS).key(names::passkeys_of(owner));
        call.arg(owner.as_str());
        call
    }

    /// Changes the e-mail address of an owner whose password hash is `expected_hash`.
    pub fn owner_readdress_call(
        &self,
        owner: &OwnerId,
        expected_hash: &str,
        email: &str,
        lowercase_email: &str,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.owner_readdress);
        call.key(EMAILS).arg(owner.as_str()).arg(expected_hash).arg(email).arg(lowercase_email);
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
        call.key(names::sessions_of(owner));
        call.arg(owner.as_str()).arg(expected_hash).arg(new_hash);
        call
    }

    /// Offers a setup token.
    pub fn setup_offer_call(&self, digest: &str) -> ScriptInvocation<'_> {
        let mut call = call(&self.setup_offer);
        call.key(SETUP).arg(digest);
        call
    }

    /// Begins a session of an owner whose password hash is `expected_hash`, or any if that is empty. `clock` is
    /// the clock's script argument, here and below.
    pub fn session_open_call(
        &self,
        digest: &str,
        owner: &OwnerId,
        expected_hash: &str,
        device: &str,
        clock: &str,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.session_open);
        call.key(names::session(digest)).key(names::sessions_of(owner));
        call.arg(owner.as_str()).arg(expected_hash).arg(digest).arg(device);
        call.arg(SESSION_LIFE.as_secs()).arg(LONGEST_SESSION.as_secs()).arg(clock);
        call
    }

    /// Finds an owner by session, and prolongs the session.
    pub fn session_use_call(&self, digest: &str, clock: &str) -> ScriptInvocation<'_> {
        let mut call = call(&self.session_use);
        call.key(names::session(digest));
        call.arg(SESSION_LIFE.as_secs()).arg(LONGEST_SESSION.as_secs()).arg(clock);
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
        rights: KeyRights,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.key_new);
        call.key(API_KEYS).key(names::keys_of(owner));
        call.arg(owner.as_str()).arg(key_id).arg(digest).arg(hint).arg(label);
        call.arg(rights.scope.as_str()).arg(rights.expires_at.unwrap_or(0));
        call
    }

    /// Finds an owner by API key.
    pub fn key_use_call(&self, digest: &str, clock: &str) -> ScriptInvocation<'_> {
        let mut call = call(&self.key_use);
        call.key(API_KEYS).arg(digest).arg(clock);
        call
    }

    /// Revokes an API key.
    pub fn key_revoke_call(&self, owner: &OwnerId, key: &KeyId) -> ScriptInvocation<'_> {
        let mut call = call(&self.key_revoke);
        call.key(API_KEYS).key(names::keys_of(owner)).arg(owner.as_str()).arg(key.as_str());
        call
    }

    /// Replaces the record of an owner's two-factor sign-in, which must be as `expected`.
    pub fn second_factor_swap_call(
        &self,
        owner: &OwnerId,
        expected: &str,
        new: &str,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.record_swap);
        call.key(SECOND_FACTORS).arg(owner.as_str()).arg(expected).arg(new);
        call
    }

    /// Adds a passkey, unless the owner has `most`.
    pub fn passkey_add_call(
        &self,
        owner: &OwnerId,
        passkey: &str,
        record: &str,
        most: u32,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.passkey_add);
        call.key(PASSKEYS).key(names::passkeys_of(owner));
        call.arg(owner.as_str()).arg(passkey).arg(record).arg(most);
        call
    }

    /// Removes a passkey.
    pub fn passkey_remove_call(&self, owner: &OwnerId, passkey: &PasskeyId) -> ScriptInvocation<'_> {
        let mut call = call(&self.passkey_remove);
        call.key(PASSKEYS).key(names::passkeys_of(owner)).arg(passkey.as_str());
        call
    }

    /// Replaces the record of a passkey, which must be as `expected`.
    pub fn passkey_swap_call(
        &self,
        owner: &OwnerId,
        passkey: &str,
        expected: &str,
        new: &str,
    ) -> ScriptInvocation<'_> {
        let mut call = call(&self.record_swap);
        call.key(names::passkeys_of(owner)).arg(passkey).arg(expected).arg(new);
        call
    }
}

/// A call with the keys of `owner.lua`.
fn call(script: &Script) -> ScriptInvocation<'_> {
    let mut call = script.prepare_invoke();
    call.key(OWNERS).key(CHANGED);
    call
}
