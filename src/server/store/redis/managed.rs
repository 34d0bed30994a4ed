//! The managed Redis, for when no address is configured: `redis-server` (or `valkey-server`) as a child process.
//!
//! It listens on a Unix socket only, in a directory that only its user may enter, and writes every change to an
//! append-only file. It survives a crash of the app: the next start finds it and uses it again.

mod program;
mod rewriting;
mod scratch;

use std::{
    fs::{DirBuilder, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    process::{Child, Command},
    task::{JoinHandle, spawn_blocking},
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use self::program::find_program;
pub use self::scratch::{end_left, snapshot_to_load};
use crate::server::start_error::StartError;

/// The longest path of a Unix socket, in bytes: `sun_path` has 108 with its null byte (unix(7)).
const MAX_SOCKET_PATH: usize = 107;
/// How long a start waits for the lock of an app that was killed, or of a command that is about to end.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a server may take to answer after its start: it loads its append-only file first.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server may take to write its last changes and exit.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// The shortest and the longest wait between attempts to start a server.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The running server. [`ManagedRedis::stop`] stops it; dropping this does not.
pub struct ManagedRedis {
    socket: PathBuf,
    stopping: CancellationToken,
    supervisor: JoinHandle<()>,
    /// Held until this is dropped: two servers in one directory would write one append-only file.
    _lock: File,
}

impl ManagedRedis {
    /// Starts a server with its data in `data_dir/redis`, or takes over the one that runs there. A server that
    /// dies is started again.
    pub async fn start(data_dir: &Path) -> Result<Self, StartError> {
        let server_dir = ServerDir::prepare(data_dir)?;
        let deadline = Instant::now() + LOCK_TIMEOUT;
        let lock = loop {
            match server_dir.lock(data_dir) {
                Err(_) if Instant::now() < deadline => sleep(Duration::from_millis(20)).await,
                locked => break locked?,
            }
        };
        let directory = server_dir.directory.clone();
        let started = Self::start_in(server_dir, lock).await?;
        tokio::spawn(rewriting::keep(directory, started.socket.clone(), started.stopping.clone()));
        Ok(started)
    }

    async fn start_in(server_dir: ServerDir, lock: File) -> Result<Self, StartError> {
        let socket = server_dir.socket.clone();
        let child = match send_command(&socket, "PING").await {
            Ok(_) => None,
            Err(_) => Some(server_dir.launch().await?),
        };
        let stopping = CancellationToken::new();
        let supervisor = tokio::spawn(supervise(server_dir, child, stopping.clone()));
        Ok(Self { socket, stopping, supervisor, _lock: lock })
    }

    /// The address to connect to.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    /// Stops the server; it writes all changes first.
    pub async fn stop(self) {
        self.stopping.cancel();
        if let Err(error) = self.supervisor.await {
            tracing::error!(%error, "the supervisor of redis-server failed");
        }
    }
}

/// The server of a data folder, for a command that runs whether or not the app is running.
pub struct BorrowedRedis {
    socket: PathBuf,
    own: Option<ManagedRedis>,
    /// Locked, shared, by every borrower: the one who started the server stops it after the last.
    users: File,
}

impl ManagedRedis {
    /// The server that runs in `data_dir`; if none does, one that is started and runs while it is borrowed.
    pub async fn borrow_from(data_dir: &Path) -> Result<BorrowedRedis, StartError> {
        let server_dir = ServerDir::prepare(data_dir)?;
        let path = server_dir.directory.join("users");
        let failed = |error| StartError::new(format!("{} cannot be locked: {error}", path.display()));
        let users = File::create(&path).map_err(failed)?;
        users.lock_shared().map_err(failed)?;
        let socket = server_dir.socket.clone();
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let locked = match server_dir.lock(data_dir) {
                Ok(lock) => {
                    let own = Self::start_in(server_dir, lock).await?;
                    return Ok(BorrowedRedis { socket, own: Some(own), users });
                }
                Err(locked) => locked,
            };
            if send_command(&socket, "PING").await.is_ok() {
                return Ok(BorrowedRedis { socket, own: None, users });
            }
            // Another process holds the lock; its server is starting or stopping.
            if Instant::now() > deadline {
                return Err(locked);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl BorrowedRedis {
    /// The address to connect to.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }

    /// Stops the server if this borrower started it, once no other borrows it.
    pub async fn give_back(self) {
        let Self { own, users, .. } = self;
        let Some(own) = own else { return };
        // The exclusive lock below waits for all shared ones, this borrower's too.
        let _ = users.unlock();
        let _ = spawn_blocking(move || users.lock()).await;
        own.stop().await;
    }
}

/// The server's directory and socket.
struct ServerDir {
    directory: PathBuf,
    socket: PathBuf,
    /// Settings beside the usual ones.
    settings: &'static [&'static str],
}

impl ServerDir {
    fn prepare(data_dir: &Path) -> Result<Self, StartError> {
        let directory = data_dir.join("redis");
        let failed = |error| StartError::new(format!("{} cannot be created: {error}", directory.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(failed)?;
        let directory = directory.canonicalize().map_err(failed)?;
        let socket = directory.join("redis.sock");
        if socket.as_os_str().len() > MAX_SOCKET_PATH {
            return Err(StartError::new(format!(
                "The path {} is too long for a socket ({MAX_SOCKET_PATH} bytes at most). \
                 Set SIGHTLINE_DATA_DIR to a shorter one, or SIGHTLINE_REDIS_URL to a Redis of your own.",
                socket.display()
            )));
        }
        Ok(Self { directory, socket, settings: &[] })
    }

    fn lock(&self, data_dir: &Path) -> Result<File, StartError> {
        let path = self.directory.join("lock");
        let failed = |error| StartError::new(format!("{} cannot be locked: {error}", path.display()));
        let lock = File::create(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(StartError::new(format!(
                "Another Sightline is running on {}. Stop it, or set SIGHTLINE_DATA_DIR to another folder.",
                data_dir.display()
            ))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Starts a server and returns once it answers.
    async fn launch(&self) -> Result<Child, StartError> {
        let written_by = self.directory.join("program");
        let program = find_program(std::fs::read_to_string(&written_by).ok().as_deref()).await?;
        let log = self.directory.join("redis.log");
        let logged_before = std::fs::metadata(&log).map_or(0, |log| log.len());
        let mut child = Command::new(program)
            .args(["--port", "0", "--daemonize", "no", "--save", "", "--logfile", "redis.log"])
            .args(["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"])
            .args(["--unixsocketperm", "700", "--unixsocket"])
            .arg(&self.socket)
            .arg("--dir")
            .arg(&self.directory)
            .args(self.settings)
            // Its own process group: Ctrl-C reaches the app alone, which stops the server after the last request.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| StartError::new(format!("{program} cannot be started: {error}")))?;
        let answers = async {
            while send_command(&self.socket, "PING").await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = answers => {
                // The next start takes the same program: one may not read what the other has written.
                std::fs::write(&written_by, program).map_err(|error| {
                    StartError::new(format!("{} cannot be written: {error}", written_by.display()))
                })?;
                Ok(child)
            }
            _ = child.wait() => Err(program::exited(program, &self.directory, &log, logged_before)),
            () = sleep(START_TIMEOUT) => Err(StartError::new(format!(
                "{program} did not answer within {} s; see {}", START_TIMEOUT.as_secs(), log.display()
            ))),
        }
    }
}

/// Starts the server again whenever it dies; stops it once `stopping` is cancelled.
async fn supervise(server_dir: ServerDir, mut child: Option<Child>, stopping: CancellationToken) {
    let mut wait = BACK_OFF.0;
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            () = wait_for_exit(&server_dir.socket) => {}
        }
        if let Some(mut dead) = child.take() {
            let status = timeout(STOP_TIMEOUT, dead.wait()).await;
            tracing::error!(?status, "redis-server exited; starting it again");
        }
        match server_dir.launch().await {
            Ok(started) => {
                tracing::info!("redis-server is running again");
                (child, wait) = (Some(started), BACK_OFF.0);
            }
            Err(error) => {
                tracing::error!(%error, "redis-server does not start; trying again in {wait:?}");
                tokio::select! {
                    () = stopping.cancelled() => break,
                    () = sleep(wait) => wait = (wait * 2).min(BACK_OFF.1),
                }
            }
        }
    }
    let end = async {
        // There is no answer: the server closes the connection once it has written everything.
        let _ = send_command(&server_dir.socket, "SHUTDOWN").await;
        match &mut child {
            Some(child) => drop(child.wait().await),
            None => wait_for_exit(&server_dir.socket).await,
        }
    };
    if timeout(STOP_TIMEOUT, end).await.is_err() {
        tracing::error!("redis-server did not exit within {} s", STOP_TIMEOUT.as_secs());
    }
}

/// Returns when the server has exited, also one that is no child of ours: its exit closes every connection.
async fn wait_for_exit(socket: &Path) {
    if let Ok(mut connection) = UnixStream::connect(socket).await {
        while matches!(connection.read(&mut [0; 64]).await, Ok(1..)) {}
    }
}

/// Sends a command of one word and returns the answer; an error unless that is a simple string.
async fn send_command(socket: &Path, command: &str) -> std::io::Result<String> {
    let mut connection = UnixStream::connect(socket).await?;
    connection.write_all(format!("{command}\r\n").as_bytes()).await?;
    let mut answer = [0; 64];
    let length = connection.read(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    if answer.starts_with('+') { Ok(answer) } else { Err(std::io::Error::other(answer)) }
}
