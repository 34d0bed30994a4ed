//! The real program as a process, reached over a real socket.

mod export;
mod memory;
mod visitor;

use std::{
    io::{Read, Write},
    net::SocketAddr,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::Arc,
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    process::{Child, Command},
    sync::watch,
    time::timeout,
};

pub use self::visitor::Visitor;
use super::{
    PROGRAM, events::Events, pdf::Pdf, reply::Reply, smtp::authority, storage::REDIS_TIMEOUT,
    test_app::is_owner_only,
};

/// Ends a test that hangs; no limit of the program.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

/// A data folder. Dropping it also stops a managed redis-server that was left running in it.
pub struct DataDir(TempDir);

impl DataDir {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(tempfile::tempdir().expect("a data folder")))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where the managed redis-server listens.
    pub fn socket(&self) -> PathBuf {
        self.path().join("redis/redis.sock")
    }

    /// Adds an owner, and writes their API key to the file [`KEY`].
    pub async fn add_owner(&self, redis_url: Option<&str>) {
        let password = self.path().join("password");
        std::fs::write(&password, "correct horse battery\n").expect("a file");
        let mut add = self.command(&["owner", "add", "owner@example.com"], redis_url);
        run_ok(add.stdin(std::fs::File::open(password).expect("a file"))).await;
        let key = run_ok(&mut self.command(&["key", "new", "owner@example.com"], redis_url)).await;
        self.keep_key(key.trim());
    }

    /// Has servers on this folder be asked with this API key.
    pub fn keep_key(&self, key: &str) {
        std::fs::write(self.path().join(KEY), key).expect("a file");
    }

    /// The API key of [`DataDir::keep_key`]; empty without one.
    pub fn key(&self) -> String {
        std::fs::read_to_string(self.path().join(KEY)).unwrap_or_default()
    }

    /// The program on this folder; its Redis is managed unless `redis_url` names another. For one with TLS, its machine
    /// trusts the authority of the tests.
    pub fn command(&self, arguments: &[&str], redis_url: Option<&str>) -> Command {
        let mut command = sightline(arguments, self.path());
        command.envs(redis_url.map(|url| ("SIGHTLINE_REDIS_URL", url)));
        if redis_url.is_some_and(|url| url.starts_with("rediss")) {
            command.env("SSL_CERT_FILE", authority());
        }
        command
    }

    /// Sends one command to the managed redis-server; `None` when it does not run.
    pub fn redis_command(&self, line: &str) -> Option<String> {
        let mut connection = UnixStream::connect(self.socket()).ok()?;
        connection.write_all(format!("{line}\r\n").as_bytes()).ok()?;
        connection.shutdown(std::net::Shutdown::Write).ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// The process id of the managed redis-server.
    pub fn redis_pid(&self) -> Option<String> {
        let info = self.redis_command("INFO server")?;
        Some(info.lines().find_map(|line| line.strip_prefix("process_id:"))?.trim().to_owned())
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        self.redis_command("SHUTDOWN NOSAVE");
    }
}

/// The program, without the `SIGHTLINE_` variables of the tests' environment.
pub fn sightline(arguments: &[&str], data_dir: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SIGHTLINE_"))
    {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("SIGHTLINE_ADDR", "127.0.0.1:0")
        .env("SIGHTLINE_SNAPSHOTS_SHARED_MS", "0")
        .env("SIGHTLINE_REDIS_TIMEOUT_MS", REDIS_TIMEOUT.as_millis().to_string())
        .env("SIGHTLINE_DATA_DIR", data_dir)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// The program, started by a shell after these commands, in its place.
pub fn under_shell(commands: &str, program: Command) -> Command {
    let program = program.as_std();
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("{commands}; exec \"$0\" \"$@\""))
        .arg(program.get_program())
        .args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdin(Stdio::null()).kill_on_drop(true);
    shell
}

/// Runs the program until it exits.
pub async fn run(command: &mut Command) -> Output {
    let ended = timeout(TEST_TIMEOUT, command.output()).await;
    ended.expect("the program exits by itself").expect("the program starts")
}

/// A data folder with an owner, and one small document at the link `doc`.
pub async fn data_with_document() -> Arc<DataDir> {
    data_with_document_on(None).await
}

/// The same with the records in a Redis of the test's own.
pub async fn data_with_document_on(redis_url: Option<&str>) -> Arc<DataDir> {
    let data = DataDir::new();
    data.add_owner(redis_url).await;
    let file = data.path().join("small.pdf");
    std::fs::write(&file, Pdf::with_box("[0 0 10 10]").bytes()).expect("a file");
    let share = ["share", file.to_str().expect("a plain path"), "--id", "doc"];
    run_ok(&mut data.command(&share, redis_url)).await;
    data
}

/// The file in the data folder that holds the owner's API key.
const KEY: &str = "api-key";

/// Runs the program, which must succeed; returns its stdout.
pub async fn run_ok(command: &mut Command) -> String {
    let output = run(command).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Writes a shell script by another process: a file that this process holds open for writing while a parallel test
/// forks cannot be executed (ETXTBSY).
pub async fn write_script(path: &Path, lines: &str) {
    let write = r#"printf '#!/bin/sh\n%s\n' "$1" >"$0" && chmod +x "$0""#;
    let written = Command::new("sh").arg("-c").arg(write).arg(path).arg(lines).status().await;
    assert!(written.expect("sh runs").success());
}

/// `sightline serve`, killed on drop.
pub struct Server {
    child: Child,
    addr: SocketAddr,
    /// What it printed at startup.
    pub startup_output: String,
    /// The owner's API key; empty without an owner.
    api_key: String,
    log: watch::Receiver<String>,
}

impl Server {
    /// Starts it, and waits until it prints its address.
    pub async fn start(data_dir: &DataDir) -> Self {
        Self::start_as(sightline(&["serve"], data_dir.path())).await
    }

    pub async fn start_as(mut command: Command) -> Self {
        let data_dir = command.as_std().get_envs().find(|(name, _)| *name == "SIGHTLINE_DATA_DIR");
        let data_dir = PathBuf::from(data_dir.and_then(|(_, path)| path).expect("a data folder"));
        let key = std::fs::read_to_string(data_dir.join(KEY)).unwrap_or_default();
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the program starts");
        let (said, log) = watch::channel(String::new());
        let mut errors = BufReader::new(child.stderr.take().expect("piped")).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = errors.next_line().await {
                said.send_modify(|log| *log += &format!("{line}\n"));
            }
        });
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut startup_output = String::new();
        let addr = loop {
            let line =
                timeout(TEST_TIMEOUT, lines.next_line()).await.expect("the program starts").expect("text");
            let Some(line) = line else { panic!("the program exited: {}", *log.borrow()) };
            startup_output += &format!("{line}\n");
            if let Some(url) = line.trim().strip_prefix("Documents") {
                break url.trim().trim_start_matches("http://").trim_end_matches('/').parse();
            }
        };
        Self { child, addr: addr.expect("an address"), startup_output, api_key: key, log }
    }

    /// Sends this API key from now on.
    pub fn with_key(mut self, key: &str) -> Self {
        self.api_key = key.to_owned();
        self
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub async fn signal(&self, signal: &str) {
        kill(signal, &self.id()).await;
    }

    pub fn id(&self) -> String {
        self.child.id().expect("the program runs").to_string()
    }

    /// Waits for it to exit; returns the exit code and the whole log.
    pub async fn wait_for_exit(mut self) -> (Option<i32>, String) {
        let status =
            timeout(TEST_TIMEOUT, self.child.wait()).await.expect("the program exits").expect("its status");
        // The log is complete once its sender is dropped.
        while self.log.changed().await.is_ok() {}
        let log = self.log.borrow().clone();
        (status.code(), log)
    }

    /// The log so far.
    pub fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// Waits until the log contains a text.
    pub async fn wait_for_log(&self, text: &str) {
        let mut log = self.log.clone();
        let said = log.wait_for(|log| log.contains(text));
        timeout(TEST_TIMEOUT, said).await.expect("the log line comes").expect("the program runs");
    }

    /// Waits until `/readyz` answers 200.
    pub async fn wait_until_ready(&self) {
        let ready = async {
            while self.get("/readyz").await.status != 200 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(TEST_TIMEOUT, ready).await.expect("Redis answers again");
    }

    /// Sends an action that must succeed.
    pub async fn act_ok(&self, link: &str, action: &str, session: &str) {
        self.act(link, action, session).await.ok();
    }

    pub async fn act(&self, link: &str, action: &str, session: &str) -> Reply {
        let body = json!({ "action": action, "sessionId": session }).to_string();
        self.send("POST", &format!("/api/send/realtime/{link}"), &body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "").await
    }

    /// The seven numbers of a link.
    pub async fn metrics(&self, link: &str) -> Value {
        let path = format!("/api/send/realtime/{link}");
        self.get(&path).await.ok().json()["metrics"].take()
    }

    pub async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.try_send(method, path, body).await.expect("the server answers")
    }

    /// Sends one request on a new connection.
    pub async fn try_send(&self, method: &str, path: &str, body: &str) -> std::io::Result<Reply> {
        let mut connection = self.open(method, path, body).await?;
        let mut answer = Vec::new();
        timeout(TEST_TIMEOUT, connection.read_to_end(&mut answer)).await??;
        parse(&answer).ok_or_else(|| std::io::Error::other("no whole answer"))
    }

    /// Opens a dashboard on a link.
    pub async fn events(&self, link: &str) -> Events {
        let path = format!("/api/send/realtime/{link}/events");
        Events::read(self.open("GET", &path, "").await.expect("a connection"))
    }

    /// Sends a request on a connection with a tiny receive buffer.
    pub async fn open_slow(&self, path: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4 * 1024).expect("a small buffer");
        let mut connection = socket.connect(self.addr).await.expect("a connection");
        let key = &self.api_key;
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {key}\r\n\r\n", self.addr);
        connection.write_all(head.as_bytes()).await.expect("the request is sent");
        connection
    }

    /// Sends a request; the answer is still to be read.
    pub async fn open(&self, method: &str, path: &str, body: &str) -> std::io::Result<TcpStream> {
        let mut connection = TcpStream::connect(self.addr).await?;
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.addr);
        let key = if is_owner_only(method, path) {
            format!("authorization: Bearer {}\r\n", self.api_key)
        } else {
            String::new()
        };
        connection.write_all(format!("{head}{key}content-length: {length}\r\n\r\n{body}").as_bytes()).await?;
        Ok(connection)
    }
}

/// The answer of any server to a GET with these headers.
pub async fn request(address: &str, path: &str, headers: &[(&str, String)]) -> Reply {
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    connection.write_all(head.as_bytes()).await.expect("the request is sent");
    let mut answer = Vec::new();
    let read = timeout(TEST_TIMEOUT, connection.read_to_end(&mut answer)).await;
    read.expect("an answer comes").expect("a whole answer");
    parse(&answer).expect("an answer")
}

/// Sends a signal to a process.
pub async fn kill(signal: &str, pid: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), pid]).status().await;
    assert!(status.expect("kill runs").success(), "kill -{signal} {pid}");
}

/// Parses an answer that ends with its connection.
pub fn parse(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = StatusCode::from_bytes(lines.next()?.split(' ').nth(1)?.as_bytes()).ok()?;
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.parse::<HeaderName>().ok()?, value.parse().ok()?))
        })
        .collect::<Option<HeaderMap>>()?;
    Some(Reply::new(status, headers, answer[end + 4..].to_vec()))
}
