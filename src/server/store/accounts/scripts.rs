//! One Lua script per operation. A script is what all share, then its own file.

use redis::Script;

/// All scripts of the accounts, each with its hash worked out once.
pub struct Scripts {
    /// Makes an owner.
    pub owner_add: Script,
    /// Finds an owner by e-mail address.
    pub owner_find: Script,
    /// Removes an owner and all that is theirs here.
    pub owner_remove: Script,
    /// Ends all sessions of an owner, and may set a new password.
    pub owner_renew: Script,
    /// Offers a token to make the first owner with.
    pub setup_offer: Script,
    /// Begins a session.
    pub session_open: Script,
    /// Finds an owner by session, and keeps the session alive.
    pub session_use: Script,
    /// Ends a session.
    pub session_close: Script,
    /// Makes an API key.
    pub key_new: Script,
    /// Finds an owner by API key.
    pub key_use: Script,
    /// Revokes an API key.
    pub key_revoke: Script,
}

impl Scripts {
    /// Puts the scripts together.
    pub fn new() -> Self {
        let script = |own: &str| Script::new(&[include_str!("owner.lua"), own].join("\n"));
        Self {
            owner_add: script(include_str!("owner_add.lua")),
            owner_find: script(include_str!("owner_find.lua")),
            owner_remove: script(include_str!("owner_remove.lua")),
            owner_renew: script(include_str!("owner_renew.lua")),
            setup_offer: script(include_str!("setup_offer.lua")),
            session_open: script(include_str!("session_open.lua")),
            session_use: script(include_str!("session_use.lua")),
            session_close: script(include_str!("session_close.lua")),
            key_new: script(include_str!("key_new.lua")),
            key_use: script(include_str!("key_use.lua")),
            key_revoke: script(include_str!("key_revoke.lua")),
        }
    }

    /// Every script, to be loaded into a server before the first call needs it.
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
}
