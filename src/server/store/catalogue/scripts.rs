//! Records that are made once, and changed only while they are there.

use redis::Script;

/// Each on one key; its fields and values are the arguments.
pub(super) struct Scripts {
    /// 1 when the record is new; an old one stays as it was.
    pub(super) create: Script,
    /// 1 when there was a record to change: what was deleted meanwhile does not come back in parts.
    pub(super) change: Script,
    /// The same if a field is still what it was; that one and its old value come first.
    pub(super) swap: Script,
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
        let swap = "if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
                    redis.call('HSET', KEYS[1], unpack(ARGV, 3))
                    return 1";
        Self { create: when(0), change: when(1), swap: Script::new(swap) }
    }
}
