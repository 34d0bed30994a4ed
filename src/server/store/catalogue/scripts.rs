//! The scripts of the catalogue and their calls. Each works on one record, a hash.

use redis::{Script, ScriptInvocation};

use crate::server::store::redis::ScriptLoader;

/// Every script, hashed once. `…_call` builds the call of each; each answers whether it changed the record.
pub(super) struct Scripts {
    create: Script,
    change: Script,
    swap: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let loader = ScriptLoader::sharing(&[]);
        Self {
            create: loader.script(include_str!("create.lua")),
            change: loader.script(include_str!("change.lua")),
            swap: loader.script(include_str!("swap.lua")),
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

    /// Changes a record, if one field still has the expected value.
    pub(super) fn swap_call(
        &self,
        record: &str,
        expected: (&str, String),
        fields: &[(&str, String)],
    ) -> ScriptInvocation<'_> {
        let mut call = self.swap.prepare_invoke();
        call.key(record).arg(expected.0).arg(expected.1).arg(fields);
        call
    }
}
