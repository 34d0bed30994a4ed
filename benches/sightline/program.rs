//! The program as owners run it: `sightline owner add` and `sightline share`, then `sightline serve`.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
};

use sightline::model::LinkId;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::Outcome;

/// The running server, killed on drop.
pub struct Program {
    /// The address it listens on.
    pub address: SocketAddr,
    /// An API key of the owner.
    pub key: String,
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts the server on any free port.
    pub async fn start(data_dir: &Path, redis_url: &str) -> Outcome<Self> {
        Self::start_at("127.0.0.1:0", data_dir, redis_url).await
    }

    /// Starts the server at an address.
    pub async fn start_at(address: &str, data_dir: &Path, redis_url: &str) -> Outcome<Self> {
        let key = new_key(data_dir, redis_url).await?;
        Self::start_as(command(data_dir, redis_url), address, key).await
    }

    /// The same as [`Program::start`], but it does not time its requests.
    pub async fn start_untimed(data_dir: &Path, redis_url: &str) -> Outcome<Self> {
        let mut command = command(data_dir, redis_url);
        command.env("SIGHTLINE_NO_TIMES", "true");
        let key = new_key(data_dir, redis_url).await?;
        Self::start_as(command, "127.0.0.1:0", key).await
    }

    /// The same as [`Program::start`], with the limits of production. Clients name their addresses, as a proxy does.
    pub async fn start_limited(data_dir: &Path, redis_url: &str) -> Outcome<Self> {
        let mut command = command(data_dir, redis_url);
        command.env_remove("SIGHTLINE_NO_LIMITS").env("SIGHTLINE_TRUSTED_PROXIES", "127.0.0.1/32");
        let key = new_key(data_dir, redis_url).await?;
        Self::start_as(command, "127.0.0.1:0", key).await
    }

    /// The same as [`Program::start`], with its metrics at an address, for [`OPERATOR_TOKEN`].
    pub async fn start_observed(data_dir: &Path, redis_url: &str, metrics: &str) -> Outcome<Self> {
        let mut command = command(data_dir, redis_url);
        command.env("SIGHTLINE_ADMIN_ADDR", metrics).env("SIGHTLINE_ADMIN_TOKEN", OPERATOR_TOKEN);
        let key = new_key(data_dir, redis_url).await?;
        Self::start_as(command, "127.0.0.1:0", key).await
    }

    async fn start_as(mut command: Command, address: &str, key: String) -> Outcome<Self> {
        let mut child = command.args(["serve", "--addr", address]).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut output = BufReader::new(output).lines();
        while let Some(line) = output.next_line().await? {
            if let Some((_, address)) = line.split_once("Documents      http://") {
                let address = address.trim_end_matches('/').parse()?;
                return Ok(Self { address, key, child, _output: output });
            }
        }
        Err("the server printed no address".into())
    }
}

impl Program {
    /// Kills it, as a crash would.
    pub async fn kill(mut self) -> Outcome<()> {
        Ok(self.child.kill().await?)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}

/// What the metrics are asked with.
pub const OPERATOR_TOKEN: &str = "operators-token-with-forty-characters-00";

/// The owner of all documents, but for those of [`share_as`].
const OWNER: &str = "bench@example.com";

/// A free address with a port that the system gives to no client: one that connects while nothing listens there could
/// otherwise be given the port that it connects to, and reach itself.
pub fn free_address() -> Outcome<String> {
    let mut addresses = (20_000..30_000).map(|port| format!("127.0.0.1:{port}"));
    addresses.find(|address| TcpListener::bind(address).is_ok()).ok_or_else(|| "no free port".into())
}

/// Adds an owner, unless they exist.
async fn add_owner(data_dir: &Path, redis_url: &str, owner: &str) -> Outcome<()> {
    let known = command(data_dir, redis_url).args(["owner", "list"]).output().await?;
    if !String::from_utf8(known.stdout)?.lines().any(|known| known == owner) {
        let mut adding = command(data_dir, redis_url)
            .args(["owner", "add", owner])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut password = adding.stdin.take().ok_or("the program has no input")?;
        password.write_all(b"correct horse battery\n").await?;
        drop(password);
        adding.wait().await?;
    }
    Ok(())
}

async fn new_key(data_dir: &Path, redis_url: &str) -> Outcome<String> {
    add_owner(data_dir, redis_url, OWNER).await?;
    let made = command(data_dir, redis_url).args(["key", "new", OWNER]).output().await?;
    if made.status.success() {
        Ok(String::from_utf8(made.stdout)?.trim().to_owned())
    } else {
        Err("no API key was made".into())
    }
}

/// Shares a PDF at `link`.
pub async fn share(data_dir: &Path, redis_url: &str, link: &LinkId, pdf: &[u8]) -> Outcome<()> {
    share_as(OWNER, data_dir, redis_url, link, pdf).await
}

/// The same for another owner.
pub async fn share_as(
    owner: &str,
    data_dir: &Path,
    redis_url: &str,
    link: &LinkId,
    pdf: &[u8],
) -> Outcome<()> {
    add_owner(data_dir, redis_url, owner).await?;
    let file = data_dir.join("shared.pdf");
    tokio::fs::write(&file, pdf).await?;
    let status = command(data_dir, redis_url)
        .args(["share", "--owner", owner, "--id", link.as_str()])
        .arg(file)
        .stdout(Stdio::null())
        .status()
        .await?;
    if status.success() { Ok(()) } else { Err("the document was not shared".into()) }
}

/// The program without the outer environment, so that every run measures the same.
fn command(data_dir: &Path, redis_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sightline"));
    command
        .env_clear()
        .env("RUST_LOG", "warn")
        .env("SIGHTLINE_MAX_STREAMS_PER_ADDRESS", "10000")
        .env("SIGHTLINE_MAX_STREAMS_PER_OWNER", "10000")
        .env("SIGHTLINE_MAX_CONNECTIONS_PER_ADDRESS", "10000")
        // All requests come from one address.
        .env("SIGHTLINE_NO_LIMITS", "true")
        .env("SIGHTLINE_MAX_VIEWERS", "1000000")
        // Webhooks are received by this program.
        .env("SIGHTLINE_WEBHOOK_ALLOW", "127.0.0.0/8")
        .arg("--data-dir")
        .arg(data_dir)
        .args(["--redis-url", redis_url])
        .kill_on_drop(true);
    command
}
