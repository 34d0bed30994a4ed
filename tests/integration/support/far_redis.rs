//! A Redis that is far away: each byte takes 50 ms in either direction.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::redis_server::RedisServer;

const ONE_WAY: Duration = Duration::from_millis(50);

/// The way to a redis-server, and how often it was gone. Announcements, which go by a connection of their own, count not.
pub struct FarRedis {
    socket: PathBuf,
    trips: Arc<Trips>,
    _folder: TempDir,
}

#[derive(Default)]
struct Trips {
    count: AtomicU32,
    /// When the last one began.
    began: Mutex<Option<Instant>>,
}

impl Trips {
    /// Commands that are sent within one way belong to one trip: their sender has no answer yet.
    fn note(&self, sent: &[u8]) {
        let is_command =
            !sent.windows(4).any(|word| word == b"PING") && !sent.windows(9).any(|word| word == b"SUBSCRIBE");
        let now = Instant::now();
        let mut began = self.began.lock().expect("no panic");
        if is_command && began.is_none_or(|began| now - began > ONE_WAY) {
            *began = Some(now);
            self.count.fetch_add(1, Relaxed);
        }
    }
}

impl FarRedis {
    /// The way to `redis`.
    pub fn to(redis: &RedisServer) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (socket, trips) = (folder.path().join("far.sock"), Arc::<Trips>::default());
        let listener = UnixListener::bind(&socket).expect("a socket");
        let (server, noted) = (redis.socket(), trips.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = UnixStream::connect(&server).await else { continue };
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                let noted = noted.clone();
                tokio::spawn(carry(from_client, to_server, move |sent| noted.note(sent)));
                tokio::spawn(carry(from_server, to_client, |_| ()));
            }
        });
        Self { socket, trips, _folder: folder }
    }

    /// The address for the app.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    /// How many round trips `work` takes, one after the other.
    pub async fn trips<T>(&self, work: impl Future<Output = T>) -> (u32, T) {
        let before = self.trips.count.load(Relaxed);
        *self.trips.began.lock().expect("no panic") = None;
        let done = work.await;
        (self.trips.count.load(Relaxed) - before, done)
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin + Send + 'static,
    note: impl Fn(&[u8]),
) {
    let (sender, mut pieces) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, piece)) = pieces.recv().await {
            sleep_until(due).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        note(&buffer[..length]);
        if sender.send((Instant::now() + ONE_WAY, buffer[..length].to_vec())).is_err() {
            return;
        }
    }
}
