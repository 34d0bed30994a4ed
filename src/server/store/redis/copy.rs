//! Copies all keys of one Redis to another, which may be a cluster.

use redis::{Cmd, Value, cmd};

use super::Redis;
use crate::error::AppError;

/// How many keys are copied at once.
const BATCH: usize = 100;

impl Redis {
    /// How many keys there are; in a cluster, on all masters.
    pub async fn count_keys(&self) -> Result<u64, AppError> {
        self.query(&cmd("DBSIZE")).await
    }
}

/// Copies every key with its life. `from` must not change meanwhile, and `to` must be empty: a key that is there already
/// is an error. Returns their number.
pub async fn copy_keys(from: &Redis, to: &Redis) -> Result<u64, AppError> {
    let (mut cursor, mut count) = (0_u64, 0);
    loop {
        let (next, keys): (u64, Vec<Vec<u8>>) =
            from.query(cmd("SCAN").arg(cursor).arg("COUNT").arg(BATCH)).await?;
        let asked: Vec<Cmd> = keys.iter().flat_map(|key| [one("DUMP", key), one("PTTL", key)]).collect();
        let answers: Vec<Value> = from.query_many(&asked).await.into_iter().collect::<Result<_, _>>()?;
        let mut restored = Vec::new();
        for (key, answer) in keys.iter().zip(answers.chunks(2)) {
            let [Value::BulkString(dump), Value::Int(life)] = answer else {
                // It expired since it was listed.
                continue;
            };
            let mut restore = cmd("RESTORE");
            restore.arg(key).arg((*life).max(0)).arg(&dump[..]);
            restored.push(restore);
        }
        count += restored.len() as u64;
        to.query_many::<()>(&restored).await.into_iter().collect::<Result<Vec<()>, _>>()?;
        if next == 0 {
            return Ok(count);
        }
        cursor = next;
    }
}

fn one(name: &str, key: &[u8]) -> Cmd {
    let mut command = cmd(name);
    command.arg(key);
    command
}
