//! The connection for commands: established when first needed, and again after it broke.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;
use redis::{
    Client, ErrorKind, RedisError, ServerErrorKind,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::{runtime::Handle, sync::watch};

use super::address::{Address, Connection, SERVER_TIMEOUT};

/// One connection, shared by all requests. Cheap to clone.
#[derive(Clone)]
pub struct SharedConnection {
    kind: Kind,
    /// The threads that it was opened on, where its tasks run too.
    home: Option<Handle>,
}

#[derive(Clone)]
enum Kind {
    /// To one server, through the driver's connection manager.
    Managed(ConnectionManager),
    /// To a cluster, or to a master that may be another server next time.
    Discovered(Arc<Discovery>),
}

/// A connection whose server has to be discovered first.
struct Discovery {
    address: Address,
    response_timeout: Duration,
    state: watch::Sender<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Disconnected,
    Connecting,
    Connected(Connection),
    Failed,
}

impl SharedConnection {
    /// Does not connect yet. Fails only when the address is invalid. `timeout` is how long the caller waits for an
    /// answer, and for a connection.
    pub fn new(address: Address, timeout: Duration) -> Result<Self, RedisError> {
        // The driver gives up on an answer later than the caller does.
        let response_timeout = SERVER_TIMEOUT.max(timeout);
        let home = Handle::try_current().ok();
        let Address::One(info) = address else {
            let state = watch::Sender::default();
            let discovery = Discovery { address, response_timeout, state };
            return Ok(Self { kind: Kind::Discovered(Arc::new(discovery)), home });
        };
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(response_timeout))
            .set_response_timeout(Some(response_timeout))
            // No retries by the driver, for which requests would wait. `Redis::keep_alive` tries again.
            .set_number_of_retries(0)
            .set_pipeline_buffer_size(1024);
        let manager = ConnectionManager::new_lazy_with_config(Client::open(info)?, config)?;
        Ok(Self { kind: Kind::Managed(manager), home })
    }

    /// Runs what uses the connection. A connection that it opens anew belongs to the same threads as the first one, whichever
    /// thread asks: those that serve heartbeats then never wait for another.
    pub fn at_home<T>(&self, command: impl Future<Output = T>) -> impl Future<Output = T> {
        AtHome { home: self.home.clone(), command }
    }

    /// The connection; an error if no server can be found now.
    pub async fn connection(&self) -> Result<Connection, RedisError> {
        let discovery = match &self.kind {
            Kind::Managed(manager) => return Ok(Connection::Managed(manager.clone())),
            Kind::Discovered(discovery) => discovery,
        };
        let mut state = discovery.state.subscribe();
        discovery.clone().start_connecting();
        let ended = state.wait_for(|state| matches!(state, State::Connected(_) | State::Failed)).await;
        match ended.as_deref() {
            Ok(State::Connected(connection)) => Ok(connection.clone()),
            _ => Err((ErrorKind::Io, "no server could be found").into()),
        }
    }

    /// Records the outcome of a command: a connection to a server that is gone, or no longer the master, is not
    /// used again. A cluster's connection recovers by itself.
    pub fn record<T>(&self, outcome: &Result<T, RedisError>) {
        if let Err(error) = outcome
            && (error.is_connection_dropped()
                || error.is_io_error()
                || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly))
        {
            self.discard();
        }
    }

    /// Discards a connection whose server does not answer: the next caller discovers the server again.
    pub fn discard(&self) {
        if let Kind::Discovered(discovery) = &self.kind {
            discovery.state.send_if_modified(|state| {
                let discards = matches!(state, State::Connected(Connection::Server(_)));
                if discards {
                    *state = State::Disconnected;
                }
                discards
            });
        }
    }
}

impl Discovery {
    /// Begins to connect, unless that is under way or done. In its own task: the first caller may give up while
    /// others wait for it.
    fn start_connecting(self: Arc<Self>) {
        let begins = self.state.send_if_modified(|state| {
            let begins = matches!(state, State::Disconnected | State::Failed);
            if begins {
                *state = State::Connecting;
            }
            begins
        });
        if begins {
            tokio::spawn(async move {
                let found = self.address.connect(self.response_timeout, None).await;
                self.state.send_replace(found.map_or(State::Failed, State::Connected));
            });
        }
    }
}

pin_project! {
    /// A future that is polled as if on threads of `home`.
    struct AtHome<F> {
        home: Option<Handle>,
        #[pin]
        command: F,
    }
}

impl<F: Future> Future for AtHome<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.home.as_ref().map(Handle::enter);
        this.command.poll(cx)
    }
}
