//! A real redis-server for tests, on a Unix socket in a folder of its own, where it also persists its data.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use redis::{Client, Connection, FromRedisValue};
use tempfile::TempDir;

/// Starts redis-server, and kills it when standard input closes: when the test drops its [`RedisServer`], or when
/// the tests are killed.
const KEEPER: &str =
    r#"redis-server "$@" & server=$!; exec >&-; cat >/dev/null; kill -KILL $server; wait $server"#;

/// The server of tests that neither stop nor configure it. Each test has a link of its own, so tests do not
/// affect one another.
static SHARED: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());

/// A redis-server, killed on drop.
pub struct RedisServer {
    folder: TempDir,
    running: Mutex<Option<Running>>,
}

/// A redis-server process, killed on drop.
pub struct Running {
    keeper: Child,
    /// Kept open, since the server goes on writing its log.
    _log: BufReader<ChildStdout>,
}

/// Whether the server under test is built with TLS. The system's is; one of SIGHTLINE_TEST_REDIS may lack it, and what needs
/// it is then not tested.
pub fn speaks_tls() -> bool {
    if std::env::var_os("SIGHTLINE_TEST_REDIS").is_none() {
        return true;
    }
    let asked = Command::new("redis-server").args(["--port", "0", "--tls-port", "1"]).output();
    // It asks for a certificate, if it has a use for one.
    let speaks = String::from_utf8_lossy(&asked.expect("redis-server runs").stdout).contains("tls-cert-file");
    if !speaks {
        eprintln!("not tested: this server is built without TLS");
    }
    speaks
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
            // The shell reports the killed process here.
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
        self.keeper.wait().expect("the keeper exits");
    }
}

impl RedisServer {
    /// Starts a server for one test alone.
    pub fn start() -> Arc<Self> {
        let folder = tempfile::tempdir().expect("a folder for redis-server");
        let server = Self { folder, running: Mutex::default() };
        server.launch();
        Arc::new(server)
    }

    /// The shared server, started for the first test that needs it.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Self::start();
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// Launches the process: at first, and again after [`RedisServer::stop`], with its data but without its scripts,
    /// at the same address.
    pub fn launch(&self) {
        let socket = self.socket();
        let socket = socket.to_str().expect("a plain path");
        // Writes survive a killed process without fsync; only a machine crash would lose them.
        let kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "no"];
        let settings = ["--port", "0", "--maxmemory-policy", "noeviction", "--unixsocket", socket];
        let arguments = [&kept[..], &settings].concat();
        *self.running() = Some(Running::start(self.folder.path(), &arguments, "ready to accept connections"));
        assert_eq!(self.query::<String>("PING"), "PONG");
    }

    /// Kills the server; returns once it has ended.
    pub fn stop(&self) {
        drop(self.running().take());
    }

    /// Suspends the server (`STOP`) or resumes it (`CONT`).
    pub fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).expect("`note_pid` ran before");
        let done = Command::new("kill").arg(format!("-{signal}")).arg(pid).status();
        assert!(done.expect("kill runs").success());
    }

    /// Writes down the process id for [`RedisServer::signal`]; a suspended server cannot be asked.
    pub fn note_pid(&self) {
        let info: String = self.query("INFO server");
        let pid = info.lines().find_map(|line| line.strip_prefix("process_id:")).expect("a process id");
        std::fs::write(self.folder.path().join("pid"), pid.trim()).expect("the pid is written");
    }

    /// The path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// The address for the app.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// A connection for the test itself.
    pub fn connect(&self) -> Connection {
        Client::open(self.url()).and_then(|client| client.get_connection()).expect("redis-server answers")
    }

    /// Runs a command; spaces separate its words.
    pub fn query<T: FromRedisValue>(&self, command: &str) -> T {
        self.command(&command.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs a command of these words, which may hold blanks.
    pub fn command<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut asked = redis::cmd(words[0]);
        asked.arg(&words[1..]);
        asked.query(&mut self.connect()).unwrap_or_else(|error| panic!("{words:?}: {error}"))
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
