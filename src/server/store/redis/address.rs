//! The address of Redis (one server, a cluster, or the master that Sentinel names) and how to connect to it.

use std::{str::FromStr, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo,
    ProtocolVersion, PushInfo, RedisConnectionInfo, RedisError, TlsMode,
    aio::{ConnectionLike, ConnectionManager, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    io::tcp::TcpSettings,
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};
use tokio::sync::mpsc::UnboundedSender;

/// Sentinel's default port. The driver knows that of Redis.
const SENTINEL_PORT: u16 = 26_379;
/// How long connecting to a server may take at least, and each of its answers.
pub const SERVER_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a terminal command waits for Redis at least: a busy machine can stall it for seconds, and a failure means to
/// begin again.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// The value of `SIGHTLINE_REDIS_URL`.
///
/// ```text
/// redis://[user:password@]host[:port][/db]    one server; rediss:// with TLS, redis+unix:///path for a socket
/// redis-cluster://host[:port],host[:port]     some servers of a cluster, which name the others
/// redis://host[:port],redis://host[:port]     the same
/// redis-sentinel://host[:port],…/service[/db] the master of the service, as Sentinel names it
/// ```
///
/// `rediss-cluster` and `rediss-sentinel` are the same with TLS, to Sentinel and to the server that it names.
#[derive(Clone, Debug)]
pub enum Address {
    /// One server.
    One(ConnectionInfo),
    /// Some servers of a cluster.
    Cluster(Vec<ConnectionInfo>),
    /// A master that Sentinel names.
    Sentinel {
        /// The Sentinel servers. With TLS to them there is TLS to the master.
        sentinels: Vec<ConnectionAddr>,
        /// The name of the master's service.
        service: String,
        /// The master's user, password and database.
        settings: RedisConnectionInfo,
    },
}

impl FromStr for Address {
    type Err = RedisError;

    fn from_str(text: &str) -> Result<Self, RedisError> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(invalid_address("an address begins with redis://", text));
        };
        match scheme {
            "redis-cluster" => cluster("redis", rest),
            "rediss-cluster" => cluster("rediss", rest),
            "redis-sentinel" => sentinel("redis", rest),
            "rediss-sentinel" => sentinel("rediss", rest),
            "redis" | "rediss" if rest.contains(',') => cluster(scheme, rest),
            _ => Ok(Self::One(with_resp3(text.into_connection_info()?))),
        }
    }
}

fn cluster(scheme: &str, rest: &str) -> Result<Address, RedisError> {
    // User and password are given once, for all servers.
    let (login, hosts) = rest.rsplit_once('@').map_or(("", rest), |(login, hosts)| (login, hosts));
    let login = login.rsplit("://").next().unwrap_or_default();
    let nodes = hosts.split(',').map(|host| {
        let host = host.trim().rsplit("://").next().unwrap_or_default().trim_end_matches('/');
        if host.is_empty() {
            return Err(invalid_address("a cluster is host:port,host:port", rest));
        }
        let at = if login.is_empty() { "" } else { "@" };
        Ok(with_resp3(format!("{scheme}://{login}{at}{host}").into_connection_info()?))
    });
    Ok(Address::Cluster(nodes.collect::<Result<_, _>>()?))
}

fn sentinel(scheme: &str, rest: &str) -> Result<Address, RedisError> {
    let (login, rest) = rest.rsplit_once('@').map_or(("", rest), |(login, rest)| (login, rest));
    let mut parts = rest.split('/');
    let (hosts, service) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if service.is_empty() {
        return Err(invalid_address("Sentinel's address ends with the name of a service, /mymaster", rest));
    }
    // The driver parses user, password and database; this host is never connected to.
    let at = if login.is_empty() { "" } else { "@" };
    let database = parts.next().unwrap_or_default();
    let settings = with_resp3(format!("redis://{login}{at}localhost/{database}").into_connection_info()?);
    let sentinels = hosts.split(',').map(|host| {
        let has_port =
            host.rsplit_once(':').is_some_and(|(name, _)| !name.starts_with('[') || name.ends_with(']'));
        let port = if has_port { String::new() } else { format!(":{SENTINEL_PORT}") };
        Ok(format!("{scheme}://{host}{port}").into_connection_info()?.addr().clone())
    });
    Ok(Address::Sentinel {
        sentinels: sentinels.collect::<Result<_, RedisError>>()?,
        service: service.to_owned(),
        settings: settings.redis_settings().clone(),
    })
}

fn invalid_address(what: &'static str, text: &str) -> RedisError {
    // Never the whole text: it may hold a password.
    let host = text.rsplit('@').next().unwrap_or_default();
    (ErrorKind::InvalidClientConfig, what, host.to_owned()).into()
}

/// Sets RESP3, which carries announcements and answers on one connection, and TCP without delay.
fn with_resp3(info: ConnectionInfo) -> ConnectionInfo {
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    info.set_redis_settings(settings).set_tcp_settings(tcp_settings())
}

fn tcp_settings() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

impl Address {
    /// Connects now. The driver gives up on an answer after `response_timeout`, and sooner on a connection: another of
    /// several servers may have to be tried. Push messages, which the server sends without a request, go to `pushes`.
    pub async fn connect(
        &self,
        response_timeout: Duration,
        pushes: Option<UnboundedSender<PushInfo>>,
    ) -> Result<Connection, RedisError> {
        let connection_timeout = SERVER_TIMEOUT.max(response_timeout / 5);
        let config = || {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(connection_timeout))
                .set_response_timeout(Some(response_timeout))
                .set_pipeline_buffer_size(1024);
            match &pushes {
                Some(pushes) => config.set_push_sender(pushes.clone()),
                None => config,
            }
        };
        match self {
            Self::One(info) => {
                let client = Client::open(info.clone())?;
                Ok(Connection::Server(client.get_multiplexed_async_connection_with_config(&config()).await?))
            }
            Self::Cluster(nodes) => {
                let client = ClusterClient::builder(nodes.clone())
                    .use_protocol(ProtocolVersion::RESP3)
                    .tcp_settings(tcp_settings())
                    .retries(3)
                    .min_retry_wait(20)
                    .max_retry_wait(200)
                    .connection_timeout(connection_timeout)
                    .response_timeout(response_timeout);
                let client = match pushes {
                    Some(pushes) => client.push_sender(pushes),
                    None => client,
                };
                Ok(Connection::Cluster(client.build()?.get_async_connection().await?))
            }
            Self::Sentinel { sentinels, service, settings } => {
                let mut client = sentinel_client(sentinels, service, settings)?;
                Ok(Connection::Server(client.get_async_connection_with_config(&config()).await?))
            }
        }
    }
}

/// Asks Sentinel for the master of a service, and connects to that with these settings.
pub(super) fn sentinel_client(
    sentinels: &[ConnectionAddr],
    service: &str,
    settings: &RedisConnectionInfo,
) -> Result<SentinelClient, RedisError> {
    let kind = SentinelServerType::Master;
    let mut client = SentinelClientBuilder::new(sentinels.to_owned(), service, kind)?
        .set_client_to_redis_protocol(ProtocolVersion::RESP3)
        .set_client_to_redis_tcp_settings(tcp_settings())
        .set_client_to_redis_db(settings.db());
    if sentinels.iter().any(|sentinel| matches!(sentinel, ConnectionAddr::TcpTls { .. })) {
        client = client.set_client_to_redis_tls_mode(TlsMode::Secure);
    }
    if let Some(name) = settings.username() {
        client = client.set_client_to_redis_username(name);
    }
    if let Some(password) = settings.password() {
        client = client.set_client_to_redis_password(password);
    }
    client.build()
}

/// A connection to what an [`Address`] names. Clones share it.
#[derive(Clone)]
pub enum Connection {
    /// To one server; the driver re-establishes it.
    Managed(ConnectionManager),
    /// To one server, until it breaks.
    Server(MultiplexedConnection),
    /// To all servers of a cluster; the driver follows the cluster's changes.
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a redis::Cmd) -> redis::RedisFuture<'a, redis::Value> {
        match self {
            Self::Managed(connection) => connection.req_packed_command(command),
            Self::Server(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a redis::Pipeline,
        offset: usize,
        count: usize,
    ) -> redis::RedisFuture<'a, Vec<redis::Value>> {
        match self {
            Self::Managed(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Server(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Managed(connection) => connection.get_db(),
            Self::Server(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

#[cfg(test)]
mod tests;
