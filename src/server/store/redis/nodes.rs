//! What the servers of Redis say of themselves.

use std::collections::HashMap;

use redis::{ConnectionAddr, InfoDict};

use super::{
    Redis,
    address::{Address, Connection},
};
use crate::{error::AppError, server::instruments::RedisNode};

/// The oldest Redis with all the commands in use: `SPUBLISH` came with
/// [7.0](https://redis.io/docs/latest/commands/spublish/).
const MIN_VERSION: (u32, u32) = (7, 0);

impl Redis {
    /// The server, or all servers of a cluster, by name. [`AppError::Unavailable`] where one does not answer.
    pub async fn nodes(&self) -> Result<Vec<RedisNode>, AppError> {
        let mut command = redis::cmd("INFO");
        command.arg("server").arg("memory").arg("stats").arg("clients").arg("persistence");
        let mut nodes: Vec<RedisNode> = self
            .with_deadline(async {
                let mut connection = self.shared.connection().await?;
                if matches!(connection, Connection::Cluster(_)) {
                    let servers: HashMap<String, InfoDict> = command.query_async(&mut connection).await?;
                    Ok(servers.iter().map(|(name, info)| node(name, info)).collect())
                } else {
                    let info: InfoDict = command.query_async(&mut connection).await?;
                    Ok(vec![node(&self.name, &info)])
                }
            })
            .await?;
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(nodes)
    }

    /// What is wrong with the server's version or settings, in sentences for its operator; of all servers in a
    /// cluster. Empty when nothing is.
    pub async fn concerns(&self) -> Result<Vec<String>, AppError> {
        let mut found: Vec<String> = self.nodes().await?.iter().flat_map(concerns).collect();
        found.sort();
        found.dedup();
        Ok(found)
    }
}

impl Redis {
    /// The time of Redis, in Unix milliseconds.
    pub async fn now(&self) -> Result<i64, AppError> {
        let (seconds, us): (i64, i64) = self.query(&redis::cmd("TIME")).await?;
        Ok(seconds * 1_000 + us / 1_000)
    }
}

/// The name of the server of an address, without user and password.
pub(super) fn name(address: &Address) -> String {
    match address {
        Address::One(info) => match info.addr() {
            ConnectionAddr::Unix(_) => "socket".to_owned(),
            tcp => tcp.to_string(),
        },
        Address::Cluster(_) => "cluster".to_owned(),
        Address::Sentinel { service, .. } => service.clone(),
    }
}

fn node(name: &str, info: &InfoDict) -> RedisNode {
    let text = |field: &str| info.get::<String>(field).unwrap_or_default();
    let number = |field: &str| info.get::<u64>(field).unwrap_or_default();
    let maxmemory = number("maxmemory");
    RedisNode {
        name: name.to_owned(),
        version: text("redis_version"),
        memory: number("used_memory"),
        memory_limit: if maxmemory == 0 { number("total_system_memory") } else { maxmemory },
        policy: text("maxmemory_policy"),
        evicted: number("evicted_keys"),
        appends: number("aof_enabled") == 1,
        write_failed: ["aof_last_write_status", "rdb_last_bgsave_status"]
            .iter()
            .any(|status| !["", "ok"].contains(&text(status).as_str())),
        clients: number("connected_clients"),
    }
}

/// What is wrong with a server, in sentences for its operator.
pub fn concerns(RedisNode { version, policy, .. }: &RedisNode) -> Vec<String> {
    let mut found = Vec::new();
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if (major, minor) < MIN_VERSION {
        found.push(format!("Redis {version} is too old: 7.0 or newer is needed. Upgrade it."));
    }
    if policy != "noeviction" {
        found.push(format!(
            "Redis deletes data when its memory is full (maxmemory-policy is {policy}). \
             Run: redis-cli CONFIG SET maxmemory-policy noeviction"
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_or_evicting_redis_is_reported() {
        let of = |version: &str, policy: &str| {
            let info = InfoDict::new(&format!("redis_version:{version}\r\nmaxmemory_policy:{policy}\r\n"));
            concerns(&node("one", &info))
        };
        assert!(of("7.0.15", "noeviction").is_empty());
        assert!(of("8.2.1", "noeviction").is_empty());
        assert!(of("6.2.14", "noeviction")[0].contains("6.2.14 is too old"));
        assert!(of("7.0.15", "allkeys-lru")[0].contains("allkeys-lru"));
        assert_eq!(of("", "").len(), 2);
    }

    #[test]
    fn limit_is_maxmemory_else_the_machine() {
        for (maxmemory, limit) in [(0, 8_000), (2_000, 2_000)] {
            let info = InfoDict::new(&format!("maxmemory:{maxmemory}\r\ntotal_system_memory:8000\r\n"));
            assert_eq!(node("one", &info).memory_limit, limit);
        }
    }

    #[test]
    fn name_holds_no_password() {
        for (address, expected) in [
            ("redis://user:secret@10.0.0.1:6380/2", "10.0.0.1:6380"),
            ("redis+unix:///home/ada/data/redis.sock", "socket"),
            ("redis-sentinel://:secret@10.0.0.1/mymaster", "mymaster"),
        ] {
            assert_eq!(name(&address.parse().expect("an address")), expected);
        }
    }
}
