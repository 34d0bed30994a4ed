//! The connection to Redis: one, shared, that comes back by itself and never keeps a request waiting.

mod announcements;
mod managed;

use std::time::Duration;

use redis::{
    Client, ConnectionInfo, FromRedisValue, InfoDict, IntoConnectionInfo, ProtocolVersion, RedisError,
    Script, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};

pub use self::{announcements::Announcements, managed::ManagedRedis};
use crate::error::AppError;

/// No request waits longer than this for Redis.
pub const PATIENCE: Duration = Duration::from_millis(300);
/// When the driver gives up on an answer; a little later than we do.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);
/// How often the connection is tried while nobody asks for anything.
const PULSE: Duration = Duration::from_millis(500);
/// The oldest Redis that has all the commands in use (SPUBLISH).
const OLDEST: (u32, u32) = (7, 0);

/// A shared connection. Concurrent requests travel together; there is no pool to size.
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
}

impl Redis {
    /// Prepares a connection to `url` (`redis://`, `rediss://`, `redis+unix://`); the first use makes it.
    ///
    /// Fails only when the address itself cannot be read.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(RESPONSE_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            // The driver's own retries would keep every request that waits for them waiting. One try each:
            // `keep_trying` is who tries again.
            .set_number_of_retries(0)
            .set_pipeline_buffer_size(1024);
        let connection = ConnectionManager::new_lazy_with_config(Client::open(address(url)?)?, config)?;
        Ok(Self { connection })
    }

    /// Runs a script: by its hash, and in full where the server does not know it yet.
    pub async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, AppError> {
        let mut connection = self.connection.clone();
        in_time(call.invoke_async(&mut connection)).await
    }

    /// Makes a script known to the server.
    pub async fn load(&self, script: &Script) -> Result<(), AppError> {
        let mut connection = self.connection.clone();
        in_time(script.load_async(&mut connection)).await.map(|_hash| ())
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<(), AppError> {
        self.ask(&redis::cmd("PING")).await
    }

    /// Keeps the connection alive: a broken one is found and mended here, not by a visitor's request.
    /// Never returns.
    pub async fn keep_trying(self) {
        let mut connection = self.connection;
        loop {
            tokio::time::sleep(PULSE).await;
            // What is wrong is logged by the requests that suffer from it.
            let _ = tokio::time::timeout(PATIENCE, redis::cmd("PING").exec_async(&mut connection)).await;
        }
    }

    /// What would not work with this server, in plain words; empty when all is well.
    pub async fn concerns(&self) -> Result<Vec<String>, AppError> {
        let info: InfoDict = self.ask(redis::cmd("INFO").arg("server").arg("memory")).await?;
        Ok(concerns(
            &info.get::<String>("redis_version").unwrap_or_default(),
            &info.get::<String>("maxmemory_policy").unwrap_or_default(),
        ))
    }

    async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, AppError> {
        let mut connection = self.connection.clone();
        in_time(command.query_async(&mut connection)).await
    }
}

/// How both connections speak: RESP3, in which announcements come beside answers, and without waiting for
/// more to send.
fn address(url: &str) -> Result<ConnectionInfo, RedisError> {
    let address = url.into_connection_info()?;
    let settings = address.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(address.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// Bounds an operation, and turns the driver's error into ours; the only place that logs it.
async fn in_time<T>(operation: impl Future<Output = Result<T, RedisError>>) -> Result<T, AppError> {
    match tokio::time::timeout(PATIENCE, operation).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            tracing::warn!(%error, "Redis refused or failed");
            Err(AppError::Unavailable)
        }
        Err(_) => {
            tracing::warn!("Redis did not answer within {} ms", PATIENCE.as_millis());
            Err(AppError::Unavailable)
        }
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
