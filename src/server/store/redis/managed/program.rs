//! The program of the managed server: `redis-server` or `valkey-server`, and why it exits.

use std::{fs, path::Path};

use tokio::process::Command;

use crate::server::start_error::StartError;

const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

/// The first server program on PATH that is new enough; the one that wrote the folder's data, if it is there.
pub(super) async fn find_program(written_by: Option<&str>) -> Result<&'static str, StartError> {
    let mut programs = PROGRAMS;
    programs.sort_by_key(|program| written_by.is_none_or(|written_by| written_by.trim() != *program));
    let mut too_old = String::new();
    for program in programs {
        let Ok(output) = Command::new(program).arg("--version").output().await else { continue };
        let version = String::from_utf8_lossy(&output.stdout).into_owned();
        match major_version(&version) {
            Some(major) if major >= 7 => return Ok(program),
            _ => too_old = format!("{program} is too old ({}). ", version.trim()),
        }
    }
    Err(StartError::new(format!(
        "{too_old}Redis 7.0 or newer is needed. Install it (Debian, Ubuntu: apt-get install redis-server; \
         Fedora: dnf install valkey; Alpine: apk add redis; macOS: brew install redis), \
         or set SIGHTLINE_REDIS_URL to a server of your own."
    )))
}

/// Why a server has exited as it started, by its log from the byte `from` on, and what to do.
pub(super) fn exited(program: &str, directory: &Path, log: &Path, from: u64) -> StartError {
    let written = fs::read(log).unwrap_or_default();
    let written = written.get(usize::try_from(from).unwrap_or(usize::MAX)..).unwrap_or_default();
    let written = String::from_utf8_lossy(written);
    let line = |text: &str| written.lines().find(|line| line.contains(text)).map(str::trim);
    let damaged = line("Bad file format reading the append only file")
        .or_else(|| line("Unrecoverable error reading the append only file"))
        .or_else(|| line("AOF manifest"));
    let directory = directory.display();
    if let Some(line) = line("handle RDB format version") {
        return StartError::new(format!(
            "{program} cannot read the data in {directory}, which a newer version or another program has written: {line}\n\
             Install the program that wrote it (redis-server or valkey-server)."
        ));
    }
    if let Some(line) = damaged {
        let check = program.replace("server", "check-aof");
        return StartError::new(format!(
            "{program} refuses its append-only file, which is damaged: {line}\n\
             Copy the folder first. The repair then drops what stands behind the damage:\n\n  \
             cp -a {directory} {directory}.copy\n  \
             {check} --fix {directory}/appendonlydir/appendonly.aof.manifest\n\n\
             Then start again."
        ));
    }
    StartError::new(format!("{program} exited at once; see {}", log.display()))
}

/// Parses `Redis server v=7.0.15 sha=…` and `Valkey server v=8.0.1 sha=…`.
fn major_version(version: &str) -> Option<u32> {
    version.split("v=").nth(1)?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn version_of_redis_and_valkey_is_parsed() {
        assert_eq!(major_version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1"), Some(7));
        assert_eq!(major_version("Valkey server v=8.0.1 sha=00000000:0"), Some(8));
        assert_eq!(major_version("something else"), None);
    }
}
