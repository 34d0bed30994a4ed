//! The stores: data in Redis and in files.
//!
//! Belongs here: keys, Lua scripts, records and files, and the connections to Redis. Each module owns its keys and
//! imports no other; all of them use [`redis`], `batcher`, [`objects`], [`clock`], [`random`], [`passwords`], [`encryption`],
//! [`stored_file`], [`link_keys`] and [`time_index`]. May import `model`, `error` and `StartError`. Never `live`, services or HTTP.

pub mod accounts;
pub mod analytics;
pub mod badges;
mod batcher;
pub mod catalogue;
pub mod channels;
pub mod clock;
pub mod corrections;
pub mod encryption;
pub mod files;
pub mod gate_codes;
pub mod history;
pub mod link_keys;
pub mod made_once;
pub mod mail;
pub mod objects;
pub mod outbox;
pub mod passwords;
pub mod random;
pub mod redis;
pub mod schema;
pub mod secret;
pub mod stored_file;
pub mod time_index;
