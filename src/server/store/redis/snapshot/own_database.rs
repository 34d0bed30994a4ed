//! One database of a snapshot of several: the others belong to other programs.

use std::path::Path;

use redis::{IntoConnectionInfo, RedisError, cmd};

use super::{databases, databases_of, failed, receive};
use crate::server::{
    start_error::StartError,
    store::redis::{
        ManagedRedis,
        address::{Address, COMMAND_TIMEOUT},
    },
};

/// Writes the database `own` of the snapshot in `place` to the file `snapshot`, as database 0 and alone.
pub(super) async fn extract(own: i64, place: &Path, snapshot: &Path) -> Result<(), StartError> {
    let scratch = ManagedRedis::start_scratch(place).await?;
    let extracted = async {
        let info = scratch.url().as_str().into_connection_info().map_err(failed)?;
        keep_one(&Address::One(info.clone()), own).await.map_err(failed)?;
        receive(&info, snapshot).await.map_err(failed)?;
        databases_of(&info).await.map_err(failed)
    }
    .await;
    scratch.stop().await;
    match extracted?[..] {
        [] | [0] => Ok(()),
        _ => Err(failed("other programs' databases could not be left out")),
    }
}

/// Moves the database `own` to 0, and empties all others.
async fn keep_one(address: &Address, own: i64) -> Result<(), RedisError> {
    let mut connection = address.connect(COMMAND_TIMEOUT, None).await?;
    let keyspace: String = cmd("INFO").arg("keyspace").query_async(&mut connection).await?;
    let filled = databases(&keyspace);
    let mut changes = redis::pipe();
    if own != 0 {
        changes.cmd("SWAPDB").arg(0).arg(own).ignore();
    }
    for database in filled.into_iter().chain([own]).filter(|database| *database != 0) {
        changes.cmd("SELECT").arg(database).ignore().cmd("FLUSHDB").arg("ASYNC").ignore();
    }
    changes.query_async(&mut connection).await
}
