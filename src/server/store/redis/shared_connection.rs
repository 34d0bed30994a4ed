//! The connection for commands: made when it is first needed, and made anew when it broke.

use std::{sync::Arc, time::Duration};

use redis::{
    Client, ErrorKind, RedisError, ServerErrorKind,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::sync::watch;

use super::address::{Address, Connection};

/// When the driver gives up on an answer; a little later than we do.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);

/// One connection for everybody. Cheap to clone.
#[derive(Clone)]
pub enum SharedConnection {
    /// The driver's own manager of one server's connection.
    Managed(ConnectionManager),
    /// A cluster, or a master who may be another one next time.
    Discovered(Arc<Discovery>),
}

/// A connection that has to be looked for.
pub struct Discovery {
    address: Address,
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
    /// Connects to nothing yet. Fails only when the address itself can not be used. `patience` is how long its
    /// user waits for an answer.
    pub fn new(address: Address, timeout: Duration) -> Result<Self, RedisError> {
        let Address::One(info) = address else {
            return Ok(Self::Discovered(Arc::new(Discovery { address, state: watch::Sender::default() })));
        };
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(RESPONSE_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT.max(timeout)))
            // The driver's own retries would keep every request that waits for them waiting. One try each:
            // `keep_trying` is who tries again.
            .set_number_of_retries(0)
            .set_pipeline_buffer_size(1024);
        Ok(Self::Managed(ConnectionManager::new_lazy_with_config(Client::open(info)?, config)?))
    }

    /// The connection, or that there is none for now.
    pub async fn connection(&self) -> Result<Connection, RedisError> {
        let discovery = match self {
            Self::Managed(manager) => return Ok(Connection::Managed(manager.clone())),
            Self::Discovered(discovery) => discovery,
        };
        let mut state = discovery.state.subscribe();
        discovery.clone().start_connecting();
        let ended = state.wait_for(|state| matches!(state, State::Connected(_) | State::Failed)).await;
        match ended.as_deref() {
            Ok(State::Connected(connection)) => Ok(connection.clone()),
            _ => Err((ErrorKind::Io, "no server could be found").into()),
        }
    }

    /// Takes note of what came of a command, so that a connection to a server that is gone, or no longer the
    /// master, is not used again. A cluster's connection finds its way by itself.
    pub fn record<T>(&self, outcome: &Result<T, RedisError>) {
        if let Err(error) = outcome
            && (error.is_connection_dropped()
                || error.is_io_error()
                || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly))
        {
            self.discard();
        }
    }

    /// The server does not answer: the next who asks looks for it again.
    pub fn discard(&self) {
        if let Self::Discovered(discovery) = self {
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
    /// Begins to connect, unless that is under way or done. In a task of its own: whoever asked first may give
    /// up, and others count on it by then.
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
                let found = self.address.connect(None).await;
                self.state.send_replace(found.map_or(State::Failed, State::Connected));
            });
        }
    }
}
