//! The real program as a process, spoken to over a real socket.

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

use super::{
    PROGRAM,
    events::Events,
    pdf::Pdf,
    reply::{Reply, retry_slow},
    test_app::is_owner_only,
};

/// Only against tests that would hang for ever; no rule of the program.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

/// A data folder. A managed redis-server that was left behind in it ends with it.
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

    /// Makes an owner, whose API key is in the file [`KEY`] then.
    pub async fn add_owner(&self, redis_url: Option<&str>) {
        let password = self.path().join("password");
        std::fs::write(&password, "correct horse battery\n").expect("a file");
        let mut add = self.command(&["owner", "add", "owner@example.com"], redis_url);
        run_ok(add.stdin(std::fs::File::open(password).expect("a file"))).await;
        let key = run_ok(&mut self.command(&["key", "new", "owner@example.com"], redis_url)).await;
        std::fs::write(self.path().join(KEY), key.trim()).expect("a file");
    }

    /// The program on this folder, with the managed Redis or another.
    pub fn command(&self, arguments: &[&str], redis_url: Option<&str>) -> Command {
        let mut command = sightline(arguments, self.path());
        command.envs(redis_url.map(|url| ("SIGHTLINE_REDIS_URL", url)));
        command
    }

    /// Asks the managed redis-server with one line; `None` when there is none.
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

/// The program, with nothing of ours in its environment.
pub fn sightline(arguments: &[&str], data_dir: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SIGHTLINE_"))
    {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("SIGHTLINE_ADDR", "127.0.0.1:0")
        .env("SIGHTLINE_DATA_DIR", data_dir)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs the program until it ends.
pub async fn run(command: &mut Command) -> Output {
    let ended = timeout(TEST_TIMEOUT, command.output()).await;
    ended.expect("the program ends by itself").expect("the program starts")
}

/// A data folder with an owner, whose API key is in the file [`KEY`], and one small document at the link `doc`.
pub async fn data_with_document() -> Arc<DataDir> {
    data_with_document_on(None).await
}

/// The same with what is not a file in a Redis of the test's own.
pub async fn data_with_document_on(redis_url: Option<&str>) -> Arc<DataDir> {
    let data = DataDir::new();
    data.add_owner(redis_url).await;
    let file = data.path().join("small.pdf");
    std::fs::write(&file, Pdf::with_box("[0 0 10 10]").bytes()).expect("a file");
    let share = ["share", file.to_str().expect("a plain path"), "--id", "doc"];
    run_ok(&mut data.command(&share, redis_url)).await;
    data
}

/// Where [`data_with_document`] puts the owner's API key, below the data folder.
const KEY: &str = "api-key";

/// Runs the program, which must end well, and returns what it printed.
pub async fn run_ok(command: &mut Command) -> String {
    let output = run(command).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Writes a shell script. Another process does it: a file that we hold open for writing while a test beside
/// us starts a process can not be started itself.
pub async fn write_script(path: &Path, lines: &str) {
    let write = r#"printf '#!/bin/sh\n%s\n' "$1" >"$0" && chmod +x "$0""#;
    let written = Command::new("sh").arg("-c").arg(write).arg(path).arg(lines).status().await;
    assert!(written.expect("sh runs").success());
}

/// `sightline serve`, killed when this is dropped.
pub struct Server {
    child: Child,
    addr: SocketAddr,
    /// What it said at its start.
    pub startup_output: String,
    /// The owner's API key; empty where there is none.
    api_key: String,
    log: watch::Receiver<String>,
}

impl Server {
    /// Starts it and waits until it says where it listens.
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
            let line = timeout(TEST_TIMEOUT, lines.next_line()).await.expect("it starts").expect("text");
            let Some(line) = line else { panic!("it ended: {}", *log.borrow()) };
            startup_output += &format!("{line}\n");
            if let Some(url) = line.trim().strip_prefix("Documents") {
                break url.trim().trim_start_matches("http://").trim_end_matches('/').parse();
            }
        };
        Self { child, addr: addr.expect("an address"), startup_output, api_key: key, log }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub async fn signal(&self, signal: &str) {
        kill(signal, &self.id()).await;
    }

    pub fn id(&self) -> String {
        self.child.id().expect("it runs").to_string()
    }

    /// Waits for its end; the exit code, and all that it said in its log.
    pub async fn wait_for_exit(mut self) -> (Option<i32>, String) {
        let status = timeout(TEST_TIMEOUT, self.child.wait()).await.expect("it ends").expect("its status");
        // All of its log has come when nothing can come any more.
        while self.log.changed().await.is_ok() {}
        let log = self.log.borrow().clone();
        (status.code(), log)
    }

    /// Waits until its log contains a text.
    pub async fn wait_for_log(&self, text: &str) {
        let mut log = self.log.clone();
        let said = log.wait_for(|log| log.contains(text));
        timeout(TEST_TIMEOUT, said).await.expect("it says so").expect("it runs");
    }

    /// Waits until Redis answers through it.
    pub async fn wait_until_ready(&self) {
        let ready = async {
            while self.get("/readyz").await.status != 200 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(TEST_TIMEOUT, ready).await.expect("Redis answers again");
    }

    /// `act`, which must succeed; again where the machine was too busy for an answer in time.
    pub async fn act_ok(&self, link: &str, action: &str, session: &str) {
        retry_slow(async || self.act(link, action, session).await).await.ok();
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
        retry_slow(async || self.get(&path).await).await.ok().json()["metrics"].take()
    }

    pub async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.try_send(method, path, body).await.expect("the server answers")
    }

    /// One request on a connection of its own.
    pub async fn try_send(&self, method: &str, path: &str, body: &str) -> std::io::Result<Reply> {
        let mut connection = self.open(method, path, body).await?;
        let mut answer = Vec::new();
        timeout(TEST_TIMEOUT, connection.read_to_end(&mut answer)).await??;
        parse(&answer).ok_or_else(|| std::io::Error::other("no whole answer"))
    }

    /// Opens a dashboard on a link.
    pub async fn events(&self, link: &str) -> Events {
        let path = format!("/api/send/realtime/{link}/events");
        Events::read(self.open("GET", &path, "").await.expect("it listens"))
    }

    /// Sends a request over a connection that takes in next to nothing until it is read.
    pub async fn open_slow(&self, path: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4 * 1024).expect("a small buffer");
        let mut connection = socket.connect(self.addr).await.expect("it listens");
        let key = &self.api_key;
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {key}\r\n\r\n", self.addr);
        connection.write_all(head.as_bytes()).await.expect("it reads");
        connection
    }

    /// The bytes of memory that it holds.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// Sends a request and leaves the answer to be read.
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

/// Sends a signal to a process.
pub async fn kill(signal: &str, pid: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), pid]).status().await;
    assert!(status.expect("kill runs").success(), "kill -{signal} {pid}");
}

/// Reads an answer that the end of the connection ends.
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
