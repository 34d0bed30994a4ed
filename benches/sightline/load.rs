//! Clients that send one request after the other, each over a connection of its own.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{Outcome, http::Connection};

/// How many clients send at once.
pub const CONNECTIONS: u64 = 64;
/// The length of a round: short, so that other load on the machine reaches all alternatives alike.
const ROUND: Duration = Duration::from_millis(300);

/// The requests of one client, sent in a circle.
pub type Requests = Arc<Vec<Vec<u8>>>;

/// The open connections.
pub struct Clients(Vec<Client>);

struct Client {
    number: u64,
    connection: Connection,
    sent: usize,
}

impl Clients {
    /// Connects them all.
    pub async fn connect(address: SocketAddr) -> Outcome<Self> {
        let mut clients = Vec::new();
        for number in 0..CONNECTIONS {
            clients.push(Client { number, connection: Connection::open(address).await?, sent: 0 });
        }
        Ok(Self(clients))
    }

    /// How many requests they have sent in all.
    pub fn sent(&self) -> u64 {
        self.0.iter().map(|client| client.sent as u64).sum()
    }

    /// Sends for the length of a round what `requests` gives each client, by its number. Returns requests per second.
    pub async fn rate(&mut self, requests: impl Fn(u64) -> Requests) -> Outcome<f64> {
        let began = Instant::now();
        let mut running = JoinSet::new();
        for mut client in self.0.drain(..) {
            let requests = requests(client.number);
            running.spawn(async move {
                let mut count = 0_u32;
                while began.elapsed() < ROUND {
                    client.connection.exchange(&requests[client.sent % requests.len()]).await?;
                    client.sent += 1;
                    count += 1;
                }
                Outcome::Ok((client, count))
            });
        }
        let mut total = 0.0;
        while let Some(ended) = running.join_next().await {
            let (client, count) = ended??;
            self.0.push(client);
            total += f64::from(count);
        }
        Ok(total / began.elapsed().as_secs_f64())
    }
}
