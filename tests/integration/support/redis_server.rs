//! A real redis-server for tests: on a Unix socket in a folder of its own, with nothing kept on disk.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use redis::{Client, Connection, FromRedisValue};
use tempfile::TempDir;

/// Starts redis-server, and ends it when standard input closes: that happens when the test drops its
/// [`RedisServer`], and also when the tests themselves are killed.
const KEEPER: &str = r#"redis-server "$@" & server=$!; cat >/dev/null; kill -KILL $server; wait $server"#;

/// The server that tests share when they neither stop nor configure it. Each test has its own link, so they
/// do not see one another.
static SHARED: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());

/// A redis-server. It ends with this value.
pub struct RedisServer {
    folder: TempDir,
    running: Mutex<Option<Running>>,
}

struct Running {
    keeper: Child,
    /// Held open: the server goes on writing its log there.
    _log: BufReader<ChildStdout>,
}

impl RedisServer {
    /// A server that nobody else uses, running.
    pub fn start() -> Arc<Self> {
        let folder = tempfile::tempdir().expect("a folder for redis-server");
        let server = Self { folder, running: Mutex::default() };
        server.run();
        Arc::new(server)
    }

    /// The server that all tests use who only need one.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Self::start();
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// Starts the server again after [`RedisServer::stop`], empty, at the same address.
    pub fn run(&self) {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper", "--port", "0", "--save", "", "--appendonly", "no"])
            .args(["--maxmemory-policy", "noeviction", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Where the shell tells that a process was killed.
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        let mut log = BufReader::new(keeper.stdout.take().expect("piped"));
        let mut line = String::new();
        while !line.contains("ready to accept connections") {
            line.clear();
            assert_ne!(log.read_line(&mut line).expect("the log of redis-server"), 0, "redis-server ended");
        }
        *self.running() = Some(Running { keeper, _log: log });
        assert_eq!(self.ask::<String>("PING"), "PONG");
    }

    /// Ends the server the hard way; returns when it is gone.
    pub fn stop(&self) {
        if let Some(mut running) = self.running().take() {
            drop(running.keeper.stdin.take());
            running.keeper.wait().expect("the keeper ends");
        }
    }

    /// Makes the server hang (`STOP`) or go on (`CONT`).
    pub fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).expect("noted by `note_pid`");
        let done = Command::new("kill").arg(format!("-{signal}")).arg(pid).status();
        assert!(done.expect("kill runs").success());
    }

    /// Writes down who the server is, for [`RedisServer::signal`]; a hanging one can not be asked.
    pub fn note_pid(&self) {
        let info: String = self.ask("INFO server");
        let pid = info.lines().find_map(|line| line.strip_prefix("process_id:")).expect("a process id");
        std::fs::write(self.folder.path().join("pid"), pid.trim()).expect("the pid is noted");
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Its address, as the app takes it.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// A connection for the test itself.
    pub fn connect(&self) -> Connection {
        Client::open(self.url()).and_then(|client| client.get_connection()).expect("redis-server answers")
    }

    /// Runs a command, its words divided by blanks.
    pub fn ask<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split_whitespace();
        let mut asked = redis::cmd(words.next().expect("a command"));
        words.for_each(|word| {
            asked.arg(word);
        });
        asked.query(&mut self.connect()).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
