//! One Lua script per operation. A script is what it shares with others, then its own file.

use redis::Script;

/// All scripts of the module, each with its hash worked out once.
pub struct Scripts {
    /// Somebody opened the document.
    pub join: Script,
    /// Somebody is still there.
    pub heartbeat: Script,
    /// Somebody closed the document.
    pub leave: Script,
    /// One picture of a link.
    pub snapshot: Script,
    /// Ends the visits of those who stopped beating.
    pub sweep: Script,
    /// Counts a visit that is none.
    pub filter: Script,
}

const VIEWER: &str = include_str!("viewer.lua");
const VISIT: &str = include_str!("visit.lua");
const VIEW: &str = include_str!("view.lua");

impl Scripts {
    /// Puts the scripts together.
    pub fn new() -> Self {
        let script = |parts: &[&str]| Script::new(&parts.join("\n"));
        Self {
            join: script(&[VIEWER, VISIT, VIEW, include_str!("join.lua")]),
            heartbeat: script(&[VIEWER, include_str!("heartbeat.lua")]),
            leave: script(&[VIEWER, VISIT, include_str!("leave.lua")]),
            snapshot: script(&[VIEWER, VISIT, VIEW, include_str!("snapshot.lua")]),
            sweep: script(&[VIEWER, VISIT, include_str!("sweep.lua")]),
            filter: script(&[include_str!("filter.lua")]),
        }
    }

    /// Every script, to be loaded into a server before the first call needs it.
    pub fn all(&self) -> [&Script; 6] {
        [&self.join, &self.heartbeat, &self.leave, &self.snapshot, &self.sweep, &self.filter]
    }
}
