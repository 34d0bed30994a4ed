//! A server for a while, which a copied snapshot is loaded into.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::{
        fs::{DirBuilderExt, OpenOptionsExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use super::{ManagedRedis, ServerDir};
use crate::server::start_error::StartError;

/// More databases than a server has that others share: one with more could not be loaded.
const DATABASES: &[&str] = &["--databases", "10000"];

impl ManagedRedis {
    /// Starts a server on the snapshot that [`snapshot_to_load`] placed in `data_dir`.
    pub async fn start_scratch(data_dir: &Path) -> Result<Self, StartError> {
        let server_dir = ServerDir { settings: DATABASES, ..ServerDir::prepare(data_dir)? };
        let lock = server_dir.lock(data_dir)?;
        Self::start_in(server_dir, lock).await
    }
}

/// Where a server that is started in `data_dir` finds a snapshot, which is to be written there: as the first part of its
/// append-only file ([its manifest](https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/)).
pub fn snapshot_to_load(data_dir: &Path) -> io::Result<PathBuf> {
    let appended = data_dir.join("redis/appendonlydir");
    DirBuilder::new().recursive(true).mode(0o700).create(&appended)?;
    let manifest = appended.join("appendonly.aof.manifest");
    let mut manifest = OpenOptions::new().write(true).create_new(true).mode(0o600).open(manifest)?;
    manifest.write_all(b"file appendonly.aof.1.base.rdb seq 1 type b\n")?;
    manifest.sync_all()?;
    Ok(appended.join("appendonly.aof.1.base.rdb"))
}

/// Stops the server that runs in `data_dir`, if one does, without its data: a killed process left it.
pub fn end_left(data_dir: &Path) {
    if let Ok(mut left) = UnixStream::connect(data_dir.join("redis/redis.sock")) {
        // It is gone when it ends by itself.
        let _ = left.write_all(b"SHUTDOWN NOSAVE\r\n");
    }
}
