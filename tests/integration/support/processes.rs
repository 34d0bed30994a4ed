//! The processes that draw pages, as Linux tells of them.

use std::{fs, path::PathBuf};

/// The ids of the processes of a server that read a file for a page. The tests' own server has many at once, so they are
/// told apart by a word of their command line.
pub fn drawing(server: u32, word: &str) -> Vec<u32> {
    let is_drawing = |pid: &u32| {
        let arguments = fs::read(proc(*pid, "cmdline")).unwrap_or_default();
        let arguments: Vec<&[u8]> = arguments.split(|byte| *byte == 0).collect();
        parent(*pid) == Some(server)
            && arguments.contains(&b"picture".as_slice())
            && arguments.contains(&word.as_bytes())
    };
    let entries = fs::read_dir("/proc").expect("processes").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(is_drawing).collect()
}

/// A file that Linux has about a process.
pub fn proc(pid: u32, name: &str) -> PathBuf {
    format!("/proc/{pid}/{name}").into()
}

/// The value of a line in such a file, after its name.
pub fn value(pid: u32, file: &str, name: &str) -> Option<String> {
    let lines = fs::read_to_string(proc(pid, file)).ok()?;
    let line = lines.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches(':').trim().to_owned())
}

/// A process that has ended has a parent until that has noticed; it draws nothing.
fn parent(pid: u32) -> Option<u32> {
    let is_over = value(pid, "status", "State")?.starts_with('Z');
    if is_over { None } else { value(pid, "status", "PPid")?.parse().ok() }
}
