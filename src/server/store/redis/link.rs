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
pub enum Link {
    /// The driver's own manager of one server's connection.
    Managed(ConnectionManager),
    /// A cluster, or a master who may be another one next time.
    Sought(Arc<Sought>),
}

/// A connection that has to be looked for.
pub struct Sought {
    address: Address,
    state: watch::Sender<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Unknown,
    Seeking,
    Found(Connection),
    Failed,
}

impl Link {
    /// Connects to nothing yet. Fails only when the address itself can not be used. `patience` is how long its
    /// user waits for an answer.
    pub fn new(address: Address, patience: Duration) -> Result<Self, RedisError> {
        let Address::One(info) = address else {
            return Ok(Self::Sought(Arc::new(Sought { address, state: watch::Sender::default() })));
        };
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(RESPONSE_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT.max(patience)))
            // The driver's own retries would keep every request that waits for them waiting. One try each:
            // `keep_trying` is who tries again.
            .set_number_of_retries(0)
            .set_pipeline_buffer_size(1024);
        Ok(Self::Managed(ConnectionManager::new_lazy_with_config(Client::open(info)?, config)?))
    }

    /// The connection, or that there is none for now.
    pub async fn connection(&self) -> Result<Connection, RedisError> {
        let sought = match self {
            Self::Managed(manager) => return Ok(Connection::Managed(manager.clone())),
            Self::Sought(sought) => sought,
        };
        let mut state = sought.state.subscribe();
        sought.clone().seek();
        let ended = state.wait_for(|state| matches!(state, State::Found(_) | State::Failed)).await;
        match ended.as_deref() {
            Ok(State::Found(connection)) => Ok(connection.clone()),
            _ => Err((ErrorKind::Io, "no server could be found").into()),
        }
    }

    /// Takes note of what came of a command, so that a connection to a server that is gone, or no longer the
    /// master, is not used again. A cluster's connection finds its way by itself.
    pub fn note<T>(&self, outcome: &Result<T, RedisError>) {
        if let Err(error) = outcome
            && (error.is_connection_dropped()
                || error.is_io_error()
                || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly))
        {
            self.give_up();
        }
    }

    /// The server does not answer: the next who asks looks for it again.
    pub fn give_up(&self) {
        if let Self::Sought(sought) = self {
            sought.state.send_if_modified(|state| {
                let gives_up = matches!(state, State::Found(Connection::Server(_)));
                if gives_up {
                    *state = State::Unknown;
                }
                gives_up
            });
        }
    }
}

impl Sought {
    /// Begins to connect, unless that is under way or done. In a task of its own: whoever asked first may give
    /// up, and others count on it by then.
    fn seek(self: Arc<Self>) {
        let begins = self.state.send_if_modified(|state| {
            let begins = matches!(state, State::Unknown | State::Failed);
            if begins {
                *state = State::Seeking;
            }
            begins
        });
        if begins {
            tokio::spawn(async move {
                let found = self.address.connect(None).await;
                self.state.send_replace(found.map_or(State::Failed, State::Found));
            });
        }
    }
}
