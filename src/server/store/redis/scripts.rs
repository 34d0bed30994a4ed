//! How Lua files become scripts.

use redis::Script;

/// What every script begins with: whole numbers, the clock, the announcement.
const PRELUDE: &str = include_str!("prelude.lua");

/// Shared by the scripts that erase entries of a stream.
pub const REWRITE_STREAM: &str = include_str!("rewrite_stream.lua");

/// The first line of a script that also runs when Redis has reached its limit of memory
/// ([script flags](https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags)).
const ALLOW_FULL_MEMORY: &str = "#!lua flags=allow-oom";

/// Joins Lua files to one script: the prelude, the files that several scripts share, the script's own file.
///
/// A file names the positions of its KEYS and ARGV as locals at its head and nowhere else. On the Rust side one
/// function per script builds the call, in the same order.
#[derive(Clone, Copy)]
pub struct ScriptLoader(&'static [&'static str]);

impl ScriptLoader {
    /// A loader for scripts that share these files, which stand in this order behind the prelude.
    pub const fn sharing(files: &'static [&'static str]) -> Self {
        Self(files)
    }

    /// The script whose own file is `file`. Its hash is computed here, once.
    pub fn script(self, file: &str) -> Script {
        Script::new(&[&[PRELUDE], self.0, &[file]].concat().join("\n"))
    }

    /// The same for a script that also runs when Redis' memory is full. For those that write over what is there, or end
    /// something: none may add records without a bound.
    ///
    /// The others are refused then, unless their first write frees memory.
    pub fn script_for_full_memory(self, file: &str) -> Script {
        Script::new(&[&[ALLOW_FULL_MEMORY, PRELUDE], self.0, &[file]].concat().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    /// Every Lua file of the server, and its text.
    fn lua_files() -> Vec<(PathBuf, String)> {
        let (mut found, mut folders) =
            (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "lua") {
                    let text = fs::read_to_string(&path).expect("a text");
                    found.push((path, text));
                }
            }
        }
        assert!(found.len() > 20, "{found:?}");
        found
    }

    fn is_head(line: &str) -> bool {
        let is_declaration = line.starts_with("local ") && !line.starts_with("local function");
        line.is_empty() || line.starts_with("--") || (is_declaration && !line.contains("redis."))
    }

    #[test]
    fn positions_are_named_at_the_head_only() {
        for (path, text) in lua_files() {
            let rest: Vec<&str> = text.lines().skip_while(|line| is_head(line)).collect();
            for line in rest {
                let line = line.replace("'HKEYS'", "");
                assert!(!line.contains("KEYS") && !line.contains("ARGV"), "{}: {line}", path.display());
            }
        }
    }

    #[test]
    fn prelude_alone_has_clock_and_announcement() {
        for (path, text) in lua_files().into_iter().filter(|(path, _)| !path.ends_with("prelude.lua")) {
            for word in ["TIME'", "SPUBLISH", "%.0f"] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}
