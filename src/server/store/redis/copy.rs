//! Copies all keys of one Redis to another, which may be a cluster.

use redis::{Cmd, Value, cmd};

use super::{Redis, slots::Slots};
use crate::error::AppError;

/// How many keys are copied at once.
const BATCH: usize = 100;

impl Redis {
    /// How many keys there are; in a cluster, on all masters.
    pub async fn count_keys(&self) -> Result<u64, AppError> {
        self.query(&cmd("DBSIZE")).await
    }
}

/// Copies every key with its life, or those in `slots` alone. `from` must not change meanwhile, and `to` must have no
/// keys of others: one of the same name is replaced. Returns their number.
pub async fn copy_keys(from: &Redis, to: &Redis, slots: Option<&Slots>) -> Result<u64, AppError> {
    let (mut cursor, mut count) = (0_u64, 0);
    loop {
        let (next, mut keys): (u64, Vec<Vec<u8>>) =
            from.query(cmd("SCAN").arg(cursor).arg("COUNT").arg(BATCH)).await?;
        keys.retain(|key| slots.is_none_or(|slots| slots.has(key)));
        let asked: Vec<Cmd> = keys.iter().flat_map(|key| [one("DUMP", key), one("PTTL", key)]).collect();
        let answers: Vec<Value> = from.query_many(&asked).await.into_iter().collect::<Result<_, _>>()?;
        let mut restored = Vec::new();
        for (key, answer) in keys.iter().zip(answers.chunks(2)) {
            let [Value::BulkString(dump), Value::Int(life)] = answer else {
                // It expired since it was listed.
                continue;
            };
            // -1: it has no end. 0 and -2: it has come, and a life of 0 would be one without an end.
            let life = match *life {
                -1 => 0,
                life @ 1.. => life,
                _ => continue,
            };
            let mut restore = cmd("RESTORE");
            // A listing may name a key twice, and the driver sends again what a cluster left without an answer.
            restore.arg(key).arg(life).arg(&dump[..]).arg("REPLACE");
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
