//! Has the append-only file written anew once a day, so that what was deleted for good leaves the disk too.
//!
//! Redis itself rewrites it only when it has grown. The age of its base file is the time since the last rewrite, at whatever
//! request, and survives restarts.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokio::{task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;

use super::send_command;

/// How often it is looked whether a rewrite is due.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// The age at which it is: with the interval, what is deleted is gone within a day.
const DUE_AFTER: Duration = Duration::from_secs(23 * 60 * 60);
/// The folder and the names of the parts of an append-only file, since Redis 7.
const FOLDER: &str = "appendonlydir";
const BASE: [&str; 2] = [".base.rdb", ".base.aof"];
const CHANGES: &str = ".incr.aof";

/// Looks once an hour until the server stops.
pub(super) async fn keep(directory: PathBuf, socket: PathBuf, stopping: CancellationToken) {
    loop {
        if let Err(error) = rewrite_if_due(&directory, &socket).await {
            tracing::warn!(%error, "the append-only file is not written anew; what was deleted is still in it");
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = sleep(INTERVAL) => {}
        }
    }
}

async fn rewrite_if_due(directory: &Path, socket: &Path) -> io::Result<()> {
    let folder = directory.join(FOLDER);
    let is_due =
        spawn_blocking(move || is_due(&folder, SystemTime::now())).await.map_err(io::Error::other)??;
    if is_due {
        send_command(socket, "BGREWRITEAOF").await?;
        tracing::info!("the append-only file is written anew: what was deleted leaves it");
    }
    Ok(())
}

/// Whether there were changes since a rewrite, and that is long ago. Blocks.
fn is_due(folder: &Path, now: SystemTime) -> io::Result<bool> {
    let (mut rewritten, mut is_changed) = (None, false);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let metadata = match entry.metadata() {
            // A rewrite that has just ended removes the old files.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        if BASE.iter().any(|base| name.ends_with(base)) {
            rewritten = rewritten.max(Some(metadata.modified()?));
        }
        is_changed |= name.ends_with(CHANGES) && metadata.len() > 0;
    }
    // Of a clock that was set back nothing is known.
    let age = rewritten.map(|rewritten| now.duration_since(rewritten).unwrap_or(DUE_AFTER));
    Ok(is_changed && age.is_none_or(|age| age >= DUE_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewrite_is_due_after_changes_of_a_day() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).expect("a file");
        let now = SystemTime::now();
        let after =
            |hours: u64| is_due(folder.path(), now + Duration::from_secs(hours * 3_600)).expect("a folder");
        write("appendonly.aof.1.base.rdb", "x");
        write("appendonly.aof.1.incr.aof", "");
        write("appendonly.aof.manifest", "x");
        assert!(!after(48), "nothing has changed");
        write("appendonly.aof.1.incr.aof", "x");
        assert_eq!([after(1), after(22), after(24)], [false, false, true]);
        write("appendonly.aof.2.incr.aof", "x");
        fs::remove_file(folder.path().join("appendonly.aof.1.base.rdb")).expect("a file");
        assert!(after(0), "never rewritten");
    }
}
