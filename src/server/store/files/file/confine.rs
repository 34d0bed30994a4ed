//! Takes from the process that reads a hostile file what it does not need: memory and time without end, other files,
//! the network, other programs.
//!
//! The file is its standard input and the result its standard output, so that it opens nothing but fonts.

#[cfg(target_os = "linux")]
mod linux;

use rlimit::Resource;

use super::Limits;

/// How a line of the standard error begins that names what the system lacks.
pub(in crate::server::store::files) const UNCONFINED: &str = "unconfined: ";
/// How many files may be open: the standard ones, folders of fonts and a font.
const MAX_OPEN_FILES: u64 = 32;

/// Limits this process by setrlimit(2), so it may die; then confines it as far as the system can. Returns the names of
/// what the system lacks.
pub(super) fn confine(limits: Limits, memory: u64) -> Result<Vec<&'static str>, String> {
    // The standard output is a pipe, which has no size.
    let most = [
        (Resource::AS, memory, memory),
        // Past the first, SIGXCPU tells why; past the second the process is killed.
        (Resource::CPU, limits.seconds, limits.seconds + 1),
        (Resource::FSIZE, 0, 0),
        (Resource::CORE, 0, 0),
        (Resource::NOFILE, MAX_OPEN_FILES, MAX_OPEN_FILES),
        // No further process or thread; root is not bound by it.
        (Resource::NPROC, 0, 0),
    ];
    for (resource, soft, hard) in most {
        resource.set(soft, hard).map_err(|error| format!("{}: {error}", resource.as_name()))?;
    }
    Ok(restrict())
}

#[cfg(target_os = "linux")]
fn restrict() -> Vec<&'static str> {
    let is_first = linux::be_killed_first();
    let mut missing = linux::restrict_thread();
    missing.extend((!is_first).then_some("oom_score_adj"));
    missing
}

/// Landlock and seccomp are Linux's.
#[cfg(not(target_os = "linux"))]
fn restrict() -> Vec<&'static str> {
    vec!["Landlock", "seccomp"]
}
