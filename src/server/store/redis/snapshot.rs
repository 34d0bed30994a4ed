//! All data of a Redis at one moment, as a replica gets it: files in the
//! [format of its snapshots](https://rdb.fnordig.de/file_format.html).

mod own_database;
mod stream;

use std::{
    io,
    path::{Path, PathBuf},
};

use futures::future::try_join_all;
use redis::ConnectionInfo;
use tokio::{fs::File, io::AsyncWriteExt};

use self::stream::Stream;
use super::{
    address::Address,
    masters::{Master, unrest},
    slots::Slots,
};
use crate::server::start_error::StartError;

/// A snapshot of one server.
#[derive(Debug)]
pub struct Copied {
    /// The file.
    pub path: PathBuf,
    /// The slots whose keys it holds; `None`: it is all data.
    pub slots: Option<Slots>,
}

/// Copies the data of the Redis at `url`, which is any [`Address`], into new files in `folder`: one, or one of each
/// master of a cluster. Each server forks for its copy, and goes on. The copies begin at once: each has a moment of its
/// own, all within the seconds of the forks.
///
/// A server with keys in other databases than the one of `url` is
/// copied without them, which starts a redis-server in `folder` for a while.
///
/// [`StartError`] where a server cannot be copied, and for a cluster whose slots moved meanwhile.
pub async fn copy_snapshots(url: &str, folder: &Path) -> Result<Vec<Copied>, StartError> {
    let address: Address =
        url.parse().map_err(|error| StartError::new(format!("SIGHTLINE_REDIS_URL: {error}")))?;
    let masters = masters(&address).await?;
    let copies = masters.iter().enumerate().map(|(at, master)| {
        let place = folder.join(at.to_string());
        async move { copy_server(&master.info, &place).await }
    });
    let paths = try_join_all(copies).await?;
    if matches!(address, Address::Cluster(_)) && self::masters(&address).await? != masters {
        return Err(failed("the slots of the cluster moved meanwhile. Try again"));
    }
    let slots = masters.into_iter().map(|master| master.share.map(|share| share.slots));
    Ok(paths.into_iter().zip(slots).map(|(path, slots)| Copied { path, slots }).collect())
}

async fn masters(address: &Address) -> Result<Vec<Master>, StartError> {
    let masters = address.masters().await.map_err(failed)?;
    match unrest(&masters) {
        Some(why) => Err(failed(why)),
        None => Ok(masters),
    }
}

/// Copies one server. The file and whatever it takes to make it are in `place`.
async fn copy_server(info: &ConnectionInfo, place: &Path) -> Result<PathBuf, StartError> {
    let own = info.redis_settings().db();
    let to_load = super::snapshot_to_load(place).map_err(failed)?;
    // Another program may fill a database meanwhile.
    let before = databases_of(info).await.map_err(failed)?;
    receive(info, &to_load).await.map_err(failed)?;
    let after = databases_of(info).await.map_err(failed)?;
    let mut filled = before.iter().chain(&after).peekable();
    if filled.peek().is_none() || (own == 0 && filled.all(|database| *database == 0)) {
        return Ok(to_load);
    }
    let snapshot = place.join("own.rdb");
    own_database::extract(own, place, &snapshot).await?;
    Ok(snapshot)
}

/// Writes the snapshot of a server to a new file.
async fn receive(info: &ConnectionInfo, file: &Path) -> io::Result<()> {
    let mut out = File::create(file).await?;
    let mut stream = Stream::open(info).await?;
    stream.send(&["SYNC"]).await?;
    let size = stream.size().await?;
    // The changes after the snapshot follow; they are not read.
    stream.read(size, &mut out).await?;
    out.flush().await
}

/// The databases of a server that have keys.
async fn databases_of(info: &ConnectionInfo) -> io::Result<Vec<i64>> {
    let mut stream = Stream::open(info).await?;
    stream.send(&["INFO", "keyspace"]).await?;
    let size = stream.size().await?;
    let mut keyspace = Vec::new();
    stream.read(size, &mut keyspace).await?;
    Ok(databases(&String::from_utf8_lossy(&keyspace)))
}

/// The databases that have keys, as `INFO keyspace` lists them.
fn databases(keyspace: &str) -> Vec<i64> {
    let names = keyspace.lines().filter_map(|line| line.strip_prefix("db")?.split_once(':'));
    names.filter_map(|(number, _)| number.parse().ok()).collect()
}

fn failed(why: impl std::fmt::Display) -> StartError {
    StartError::new(format!("Redis cannot be copied: {why}"))
}
