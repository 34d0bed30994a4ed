//! Records that are made once, and changed only while they are there.

use redis::Script;

/// Each on one key; its fields and values are the arguments.
pub(super) struct Scripts {
    /// 1 when the record is new; an old one stays as it was.
    pub(super) create: Script,
    /// 1 when there was a record to change: what was deleted meanwhile does not come back in parts.
    pub(super) change: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let when = |exists: u8| {
            Script::new(&format!(
                "if redis.call('EXISTS', KEYS[1]) ~= {exists} then return 0 end
                 redis.call('HSET', KEYS[1], unpack(ARGV))
                 return 1"
            ))
        };
        Self { create: when(0), change: when(1) }
    }
}
