//! A real redis-server for tests: on a Unix socket in a folder of its own, where it keeps what it holds.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use redis::{Client, Connection, FromRedisValue};
use tempfile::TempDir;

/// Starts redis-server, and ends it when standard input closes: that happens when the test drops its
/// [`RedisServer`], and also when the tests themselves are killed.
const KEEPER: &str =
    r#"redis-server "$@" & server=$!; exec >&-; cat >/dev/null; kill -KILL $server; wait $server"#;

/// The server that tests share when they neither stop nor configure it. Each test has its own link, so they
/// do not see one another.
static SHARED: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());

/// A redis-server. It ends with this value.
pub struct RedisServer {
    folder: TempDir,
    running: Mutex<Option<Running>>,
}

/// A redis-server process. It is killed with this value.
pub struct Running {
    keeper: Child,
    /// Held open: the server goes on writing its log there.
    _log: BufReader<ChildStdout>,
}

impl Running {
    /// Starts redis-server in a folder and waits until its log says that it is `ready`.
    pub fn start(folder: &Path, arguments: &[&str], ready: &str) -> Self {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .args(arguments)
            .arg("--dir")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Where the shell tells that a process was killed.
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        let mut log = BufReader::new(keeper.stdout.take().expect("piped"));
        let mut line = String::new();
        while !line.to_lowercase().contains(ready) {
            line.clear();
            assert_ne!(log.read_line(&mut line).expect("the log of redis-server"), 0, "redis-server ended");
        }
        Self { keeper, _log: log }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().expect("the keeper ends");
    }
}

impl RedisServer {
    /// A server that nobody else uses, running.
    pub fn start() -> Arc<Self> {
        let folder = tempfile::tempdir().expect("a folder for redis-server");
        let server = Self { folder, running: Mutex::default() };
        server.launch();
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

    /// Starts the server again after [`RedisServer::stop`], with what it held but without our scripts, at the
    /// same address.
    pub fn launch(&self) {
        let socket = self.socket();
        let socket = socket.to_str().expect("a plain path");
        // What was written survives the process, if not the machine, which no test takes down.
        let kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "no"];
        let settings = ["--port", "0", "--maxmemory-policy", "noeviction", "--unixsocket", socket];
        let arguments = [&kept[..], &settings].concat();
        *self.running() = Some(Running::start(self.folder.path(), &arguments, "ready to accept connections"));
        assert_eq!(self.query::<String>("PING"), "PONG");
    }

    /// Ends the server the hard way; returns when it is gone.
    pub fn stop(&self) {
        drop(self.running().take());
    }

    /// Makes the server hang (`STOP`) or go on (`CONT`).
    pub fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).expect("noted by `note_pid`");
        let done = Command::new("kill").arg(format!("-{signal}")).arg(pid).status();
        assert!(done.expect("kill runs").success());
    }

    /// Writes down who the server is, for [`RedisServer::signal`]; a hanging one can not be asked.
    pub fn note_pid(&self) {
        let info: String = self.query("INFO server");
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
    pub fn query<T: FromRedisValue>(&self, command: &str) -> T {
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
