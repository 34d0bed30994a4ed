//! The scripts of the catalogue and their calls. Each works on one record, a hash.

use redis::{Script, ScriptInvocation};

use crate::server::store::redis::ScriptLoader;

/// Every script, hashed once. `…_call` builds the call of each; each answers whether it changed the record.
pub(super) struct Scripts {
    create: Script,
    change: Script,
    replace_file: Script,
    forget_previous: Script,
    mark: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let loader = ScriptLoader::sharing(&[]);
        Self {
            create: loader.script(include_str!("create.lua")),
            change: loader.script_for_full_memory(include_str!("change.lua")),
            replace_file: loader.script(include_str!("replace_file.lua")),
            forget_previous: loader.script(include_str!("forget_previous.lua")),
            mark: loader.script_for_full_memory(include_str!("mark.lua")),
        }
    }

    /// Creates a record, unless it exists.
    pub(super) fn create_call(&self, record: &str, fields: &[(&str, String)]) -> ScriptInvocation<'_> {
        let mut call = self.create.prepare_invoke();
        call.key(record).arg(fields);
        call
    }

    /// Changes a record, if it exists.
    pub(super) fn change_call(&self, record: &str, fields: &[(&str, String)]) -> ScriptInvocation<'_> {
        let mut call = self.change.prepare_invoke();
        call.key(record).arg(fields);
        call
    }

    /// Puts a file in place of the one of version `expected`, which becomes the previous one.
    pub(super) fn replace_file_call(
        &self,
        record: &str,
        expected: &str,
        file: &str,
        replaced_at: i64,
    ) -> ScriptInvocation<'_> {
        let mut call = self.replace_file.prepare_invoke();
        call.key(record).arg(expected).arg(file).arg(replaced_at);
        call
    }

    /// Removes the previous file, if it is of version `expected`.
    pub(super) fn forget_previous_call(&self, record: &str, expected: &str) -> ScriptInvocation<'_> {
        let mut call = self.forget_previous.prepare_invoke();
        call.key(record).arg(expected);
        call
    }

    /// Says in a link's record which events are wanted, by their letters, as of a generation of its owner's channels.
    pub(super) fn mark_call(&self, record: &str, generation: u64, events: &str) -> ScriptInvocation<'_> {
        let mut call = self.mark.prepare_invoke();
        call.key(record).arg(generation).arg(events);
        call
    }
}
