//! What is kept, in Redis and in files.
//!
//! Belongs here: keys, Lua scripts, records and files, and the connections that reach them. Each module owns its
//! own keys and imports no other; [`redis`], [`clock`], [`random`], [`passwords`], [`stored_file`] and
//! [`time_index`] serve them all.
//! May import `model`, `error` and `StartError`. Never anything above: no service, no HTTP.

pub mod accounts;
pub mod analytics;
pub mod catalogue;
pub mod clock;
pub mod files;
pub mod passwords;
pub mod random;
pub mod redis;
pub mod secret;
pub mod stored_file;
pub mod time_index;
