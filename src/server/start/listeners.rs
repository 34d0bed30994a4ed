//! The addresses that the server listens on, taken before anything else is started.

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Application;
use crate::server::{
    config::Config,
    http::{
        admin::{self, AdminToken},
        connections::{self, ConnectionLimits},
    },
    print_line,
    start_error::StartError,
};

/// How many connections the operator's listener may have.
const MAX_ADMIN_CONNECTIONS: usize = 32;

/// What the server listens on.
pub struct Listeners {
    /// For everyone.
    pub public: TcpListener,
    /// For the operator.
    pub admin: Option<AdminListener>,
}

/// The operator's listener and its token.
pub struct AdminListener {
    listener: TcpListener,
    token: AdminToken,
}

impl Listeners {
    /// Listens. [`StartError`] where an address is taken, and for an operator's listener without a token.
    pub fn open(config: &Config) -> Result<Self, StartError> {
        Ok(Self { public: listen(config.addr)?, admin: AdminListener::open(config)? })
    }
}

impl AdminListener {
    fn open(config: &Config) -> Result<Option<Self>, StartError> {
        let Some(addr) = config.admin_addr else { return Ok(None) };
        let token = config.admin_token.as_deref().ok_or_else(|| {
            StartError::new(
                "SIGHTLINE_ADMIN_ADDR needs SIGHTLINE_ADMIN_TOKEN, such as of: openssl rand -hex 32"
                    .to_owned(),
            )
        })?;
        if !addr.ip().is_loopback() {
            tracing::warn!(
                %addr, "other machines may reach the operator's listener, and its token crosses the network unencrypted"
            );
        }
        Ok(Some(Self { token: token.parse()?, listener: listen(addr)? }))
    }

    /// Prints where the metrics are.
    pub fn announce(&self) {
        if let Ok(addr) = self.listener.local_addr() {
            print_line(&format!("  Metrics        http://{addr}/metrics"));
        }
    }

    /// Serves until `stopping` is cancelled.
    pub async fn serve(self, app: Application, stopping: CancellationToken) {
        let limits = ConnectionLimits {
            in_all: MAX_ADMIN_CONNECTIONS,
            per_address: MAX_ADMIN_CONNECTIONS,
            trusted_proxies: Vec::new(),
        };
        let router = admin::router(app.services.monitoring.clone(), self.token);
        connections::serve(self.listener, router, limits, stopping).await;
    }
}

fn listen(addr: std::net::SocketAddr) -> Result<TcpListener, StartError> {
    connections::listen(addr)
        .map_err(|error| StartError::new(format!("{addr} cannot be listened on: {error}")))
}
