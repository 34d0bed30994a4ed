//! Redis, wherever it is: connections that are shared, come back by themselves, and keep no request waiting.

mod address;
mod announcements;
mod link;
mod managed;

use std::{collections::HashMap, time::Duration};

use redis::{FromRedisValue, InfoDict, RedisError, Script, ScriptInvocation};

pub use self::{
    address::Address,
    announcements::{Announcements, Ear},
    managed::ManagedRedis,
};
use self::{address::Connection, link::Link};
use crate::error::AppError;

/// No request waits longer than this for Redis.
pub const PATIENCE: Duration = Duration::from_millis(300);
/// A command waits longer: a busy disk can hold Redis up for more than a moment.
const PATIENCE_OF_A_COMMAND: Duration = Duration::from_secs(10);
/// How often the connection is tried while nobody asks for anything.
const PULSE: Duration = Duration::from_millis(500);
/// The oldest Redis that has all the commands in use (SPUBLISH).
const OLDEST: (u32, u32) = (7, 0);

/// A shared connection. Concurrent requests travel together; there is no pool to size.
#[derive(Clone)]
pub struct Redis {
    link: Link,
    patience: Duration,
}

impl Redis {
    /// Prepares a connection to `url`, which may be any [`Address`]; the first use makes it.
    ///
    /// Fails only when the address itself cannot be read.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        Self::waiting(url, PATIENCE)
    }

    /// The same for a command in a terminal, where nobody minds a wait and a failure means to begin again.
    pub fn patient(url: &str) -> Result<Self, RedisError> {
        Self::waiting(url, PATIENCE_OF_A_COMMAND)
    }

    fn waiting(url: &str, patience: Duration) -> Result<Self, RedisError> {
        Ok(Self { link: Link::new(url.parse()?, patience)?, patience })
    }

    /// Runs a script: by its hash, and in full where the server does not know it yet.
    pub async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, AppError> {
        self.in_time(async {
            let mut connection = self.link.connection().await?;
            let mut answer = call.invoke_async(&mut connection).await;
            if answer.is_err() && matches!(connection, Connection::Cluster(_)) {
                // A script that one master does not know is loaded into all of them, of which another may be
                // dead: that is an error, but the script is there now.
                answer = call.invoke_async(&mut connection).await;
            }
            self.link.note(&answer);
            answer
        })
        .await
    }

    /// Runs one command.
    pub async fn query<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, AppError> {
        self.in_time(async { self.ask(command).await }).await
    }

    /// Makes a script known to the server, or to every master of a cluster.
    pub async fn load(&self, script: &Script) -> Result<(), AppError> {
        self.in_time(async {
            let mut connection = self.link.connection().await?;
            script.load_async(&mut connection).await.map(|_hash| ())
        })
        .await
    }

    /// Whether Redis answers; of a cluster, whether every master does.
    pub async fn ping(&self) -> Result<(), AppError> {
        self.in_time(async { self.ask(&redis::cmd("PING")).await }).await
    }

    /// Keeps the connection alive: a broken one is found and mended here, not by a visitor's request.
    /// Never returns.
    pub async fn keep_trying(self) {
        loop {
            tokio::time::sleep(PULSE).await;
            let ping = redis::cmd("PING");
            // What is wrong is logged by the requests that suffer from it.
            if tokio::time::timeout(PATIENCE, self.ask::<()>(&ping)).await.is_err() {
                self.link.give_up();
            }
        }
    }

    /// What would not work with this server, or with the worst of a cluster's, in plain words; empty when all is
    /// well.
    pub async fn concerns(&self) -> Result<Vec<String>, AppError> {
        let mut command = redis::cmd("INFO");
        command.arg("server").arg("memory");
        let servers = self
            .in_time(async {
                let mut connection = self.link.connection().await?;
                if matches!(connection, Connection::Cluster(_)) {
                    let servers: HashMap<String, InfoDict> = command.query_async(&mut connection).await?;
                    Ok(servers.into_values().collect())
                } else {
                    Ok(vec![command.query_async(&mut connection).await?])
                }
            })
            .await?;
        let text = |server: &InfoDict, field| server.get::<String>(field).unwrap_or_default();
        let mut found: Vec<String> = servers
            .iter()
            .flat_map(|server| concerns(&text(server, "redis_version"), &text(server, "maxmemory_policy")))
            .collect();
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Bounds an operation, and turns the driver's error into ours; the only place that logs it.
    async fn in_time<T>(
        &self,
        operation: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, AppError> {
        match tokio::time::timeout(self.patience, operation).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::warn!(%error, "Redis refused or failed");
                Err(AppError::Unavailable)
            }
            Err(_) => {
                tracing::warn!("Redis did not answer within {} ms", self.patience.as_millis());
                Err(AppError::Unavailable)
            }
        }
    }

    async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, RedisError> {
        let mut connection = self.link.connection().await?;
        let answer = command.query_async(&mut connection).await;
        self.link.note(&answer);
        answer
    }
}

fn concerns(version: &str, policy: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if (major, minor) < OLDEST {
        found.push(format!("Redis {version} is too old: 7.0 or newer is needed. Upgrade it."));
    }
    if policy != "noeviction" {
        found.push(format!(
            "Redis may throw numbers away when its memory is full (maxmemory-policy is {policy}). \
             Run: redis-cli CONFIG SET maxmemory-policy noeviction"
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::concerns;

    #[test]
    fn an_old_redis_and_one_that_evicts_are_reported() {
        assert!(concerns("7.0.15", "noeviction").is_empty());
        assert!(concerns("8.2.1", "noeviction").is_empty());
        assert!(concerns("6.2.14", "noeviction")[0].contains("6.2.14 is too old"));
        assert!(concerns("7.0.15", "allkeys-lru")[0].contains("allkeys-lru"));
        assert_eq!(concerns("", "").len(), 2);
    }
}
