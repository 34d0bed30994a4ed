//! Connections to Redis: shared, re-established by themselves, with a time limit on every request.

mod address;
mod announcements;
mod copy;
mod managed;
mod masters;
mod nodes;
mod refusals;
mod scripts;
mod shared_connection;
mod slots;
mod snapshot;

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use redis::{
    ErrorKind, FromRedisValue, RedisError, Script, ScriptInvocation,
    cluster_routing::{MultipleNodeRoutingInfo, ResponsePolicy, RoutingInfo},
};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument;

pub use self::{
    address::Address,
    announcements::{Announcements, Subscription},
    copy::copy_keys,
    managed::{ManagedRedis, end_left, snapshot_to_load},
    nodes::concerns,
    scripts::{REWRITE_STREAM, ScriptLoader},
    slots::Slots,
    snapshot::{Copied, copy_snapshots},
};
use self::{
    address::{COMMAND_TIMEOUT, Connection},
    refusals::log_failure,
    shared_connection::SharedConnection,
};
use crate::{
    error::AppError,
    server::instruments::{Instruments, ScriptLabel},
};

/// How often a connection that works is tried while there are no requests.
const PING_INTERVAL: Duration = Duration::from_secs(2);
/// How often a broken connection is tried.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);
/// How many commands of [`Redis::query_many`] are under way at once.
const GROUP_SIZE: usize = 100;

/// A shared connection. The driver pipelines concurrent requests, so there is no pool to size.
#[derive(Clone)]
pub struct Redis {
    shared: SharedConnection,
    timeout: Duration,
    /// The server's name, for the operator.
    name: Arc<str>,
    instruments: Instruments,
}

impl Redis {
    /// Prepares a connection to `url`, which is any [`Address`]; the first request connects. Each request waits for
    /// an answer as long as `timeout`.
    ///
    /// Fails only when the address is invalid.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, RedisError> {
        let address: Address = url.parse()?;
        let name = nodes::name(&address).into();
        let instruments = Instruments::default();
        Ok(Self { shared: SharedConnection::new(address, timeout)?, timeout, name, instruments })
    }

    /// The same for a terminal command, which waits 10 seconds at least.
    pub fn for_command(url: &str, timeout: Duration) -> Result<Self, RedisError> {
        Self::new(url, timeout.max(COMMAND_TIMEOUT))
    }

    /// The same connection, measured by these instruments.
    pub fn measured_by(self, instruments: &Instruments) -> Self {
        Self { instruments: instruments.clone(), ..self }
    }

    /// The same connection for a caller who waits since `since`: time limits count from there.
    pub fn waiting_since(&self, since: Instant) -> Self {
        Self { timeout: self.timeout.saturating_sub(since.elapsed()), ..self.clone() }
    }

    /// Runs a script by its hash, or in full where the server does not know it yet.
    pub async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, AppError> {
        self.run_as("other", call).await
    }

    /// The same; how long it takes is noted under this name, the one of the script's file.
    pub async fn run_as<T: FromRedisValue>(
        &self,
        script: &'static str,
        call: &ScriptInvocation<'_>,
    ) -> Result<T, AppError> {
        let began = Instant::now();
        let span = tracing::debug_span!("script", script);
        let answer = self.with_deadline(self.invoke(call)).instrument(span).await;
        self.instruments.scripts.get_or_create(&ScriptLabel { script }).observe(began.elapsed());
        answer
    }

    /// Runs many commands, 100 at a time, and answers in their order. The commands of a group share one
    /// pipeline and one time limit; the next group waits for them, so that other requests come in between. Works in
    /// a cluster.
    ///
    /// [`AppError::Unavailable`] where Redis gave no answer, [`AppError::Internal`] where it holds something else
    /// than a `T`. After a group without any answer the rest is not asked.
    pub async fn query_many<T: FromRedisValue>(&self, commands: &[redis::Cmd]) -> Vec<Result<T, AppError>> {
        self.in_groups(commands.iter().map(|command| self.send(command))).await
    }

    /// Runs many scripts as [`Redis::query_many`] does commands.
    pub async fn run_many<T: FromRedisValue>(
        &self,
        calls: &[ScriptInvocation<'_>],
    ) -> Vec<Result<T, AppError>> {
        self.in_groups(calls.iter().map(|call| self.invoke(call))).await
    }

    async fn in_groups<T>(
        &self,
        mut operations: impl ExactSizeIterator<Item = impl Future<Output = Result<T, RedisError>>>,
    ) -> Vec<Result<T, AppError>> {
        let mut answers = Vec::with_capacity(operations.len());
        while operations.len() > 0 {
            let deadline = Instant::now() + self.timeout;
            let group: Vec<_> = operations.by_ref().take(GROUP_SIZE).collect();
            let group = join_all(
                group.into_iter().map(|operation| timeout_at(deadline, self.shared.at_home(operation))),
            )
            .await;
            let (mut unanswered, size) = (0, group.len() as u64);
            for answer in group {
                let answer = match answer {
                    Ok(Ok(answer)) => Ok(answer),
                    Ok(Err(error)) if is_of_another_type(&error) => Err(AppError::Internal),
                    Ok(Err(error)) => {
                        if unanswered == 0 {
                            log_failure(&error);
                        }
                        Err(AppError::Unavailable)
                    }
                    Err(_) => Err(AppError::Unavailable),
                };
                unanswered += u64::from(answer.as_ref().err() == Some(&AppError::Unavailable));
                answers.push(answer);
            }
            if unanswered > 0 {
                self.instruments.redis_failures.inc_by(unanswered);
                tracing::warn!("Redis left {unanswered} of {size} commands without an answer");
            }
            if unanswered == size {
                answers.extend(operations.by_ref().map(|_| Err(AppError::Unavailable)));
            }
        }
        answers
    }

    /// Runs one command.
    pub async fn query<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, AppError> {
        self.with_deadline(async { self.send(command).await }).await
    }

    /// Loads scripts into the server, or into every master of a cluster.
    pub async fn load(&self, scripts: &[&Script]) -> Result<(), AppError> {
        for script in scripts {
            self.with_deadline(async {
                let mut connection = self.shared.connection().await?;
                script.load_async(&mut connection).await.map(|_hash| ())
            })
            .await?;
        }
        Ok(())
    }

    /// Whether Redis, or every master of a cluster, would take a write. [`AppError::Unavailable`] where one does not
    /// answer.
    pub async fn check_writes(&self) -> Result<Writes, AppError> {
        self.with_deadline(async {
            let mut connection = self.shared.connection().await?;
            // A script that may write is refused where a write would be, and this one writes nothing.
            let mut probe = redis::cmd("EVAL");
            probe.arg("#!lua\nreturn 1").arg(0);
            let answer: Result<redis::Value, RedisError> = match &mut connection {
                Connection::Cluster(cluster) => {
                    let masters = MultipleNodeRoutingInfo::AllMasters;
                    let routing = RoutingInfo::MultiNode((masters, Some(ResponsePolicy::AllSucceeded)));
                    cluster.route_command(probe, routing).await
                }
                connection => probe.query_async(connection).await,
            };
            self.shared.record(&answer);
            match answer {
                Ok(_) => Ok(Writes::Taken),
                Err(error) => refusals::advice(&error).map(Writes::Refused).ok_or(error),
            }
        })
        .await
    }

    /// Pings, so that a broken connection is found and replaced before a visitor's request needs it. Never
    /// returns.
    pub async fn keep_alive(self) {
        let mut wait = RETRY_INTERVAL;
        loop {
            tokio::time::sleep(wait).await;
            let ping = redis::cmd("PING");
            // An error is not logged: the requests that fail with it log it.
            let answer = timeout(self.timeout, self.send::<()>(&ping)).await;
            if answer.is_err() {
                self.shared.discard();
            }
            wait = if matches!(answer, Ok(Ok(()))) { PING_INTERVAL } else { RETRY_INTERVAL };
        }
    }

    /// Bounds an operation's time and turns the driver's error into [`AppError::Unavailable`]. The only place
    /// that logs it.
    async fn with_deadline<T>(
        &self,
        operation: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, AppError> {
        match timeout(self.timeout, self.shared.at_home(operation)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                self.instruments.redis_failures.inc();
                log_failure(&error);
                Err(AppError::Unavailable)
            }
            Err(_) => {
                self.instruments.redis_failures.inc();
                tracing::warn!("Redis did not answer within {} ms", self.timeout.as_millis());
                Err(AppError::Unavailable)
            }
        }
    }

    async fn invoke<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, RedisError> {
        let mut connection = self.shared.connection().await?;
        let mut answer = call.invoke_async(&mut connection).await;
        if answer.is_err() && matches!(connection, Connection::Cluster(_)) {
            // A script that one master does not know is loaded into all of them, of which another may be
            // dead: that is an error, but the script is there now.
            answer = call.invoke_async(&mut connection).await;
        }
        self.shared.record(&answer);
        answer
    }

    async fn send<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, RedisError> {
        let mut connection = self.shared.connection().await?;
        let answer = command.query_async(&mut connection).await;
        self.shared.record(&answer);
        answer
    }
}

/// Whether Redis takes writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// It does.
    Taken,
    /// It reads only: why, and what its operator can do.
    Refused(&'static str),
}

/// Whether a key holds something else than was asked for: Redis answers, and will answer the same again.
fn is_of_another_type(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Parse | ErrorKind::UnexpectedReturnType)
        || error.code() == Some("WRONGTYPE")
}
