//! All data of a Redis at one moment, as a replica gets it: a file in the
//! [format of its snapshots](https://rdb.fnordig.de/file_format.html).

use std::{io, time::Duration};

use redis::ConnectionAddr;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, copy},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use super::address::Address;
use crate::server::start_error::StartError;

/// How long Redis may be silent: while it writes the snapshot it sends a newline each second.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Copies the snapshot of the Redis at `url` to `out`, and returns its size in bytes. Redis forks for it, and goes on.
///
/// [`StartError`] for a cluster, Sentinel, TLS, and a database other than 0, which other programs may share: those are
/// copied with their own tools.
pub async fn copy_snapshot(url: &str, out: &mut (impl AsyncWrite + Unpin)) -> Result<u64, StartError> {
    let address: Address =
        url.parse().map_err(|error| StartError::new(format!("SIGHTLINE_REDIS_URL: {error}")))?;
    let unsupported = |what: &str| {
        StartError::new(format!(
            "A backup cannot copy {what}. Copy that Redis with its own tools, and the data folder beside it."
        ))
    };
    let info = match &address {
        Address::One(info) if info.redis_settings().db() == 0 => info,
        Address::One(_) => {
            return Err(unsupported("a database other than 0, which other programs may share"));
        }
        Address::Cluster(_) => return Err(unsupported("a cluster of Redis")),
        Address::Sentinel { .. } => return Err(unsupported("a Redis that Sentinel names")),
    };
    let failed = |error: io::Error| StartError::new(format!("Redis cannot be copied: {error}"));
    let stream: Box<dyn Stream> = match info.addr() {
        ConnectionAddr::Tcp(host, port) => {
            Box::new(TcpStream::connect((host.as_str(), *port)).await.map_err(failed)?)
        }
        ConnectionAddr::Unix(path) => Box::new(UnixStream::connect(path).await.map_err(failed)?),
        _ => return Err(unsupported("a Redis over TLS")),
    };
    let mut stream = BufReader::new(stream);
    if let Some(password) = info.redis_settings().password() {
        let login = match info.redis_settings().username() {
            Some(user) => vec!["AUTH", user, password],
            None => vec!["AUTH", password],
        };
        send(&mut stream, &login).await.map_err(failed)?;
        let answer = line(&mut stream).await.map_err(failed)?;
        if answer != "+OK" {
            return Err(failed(io::Error::other(answer)));
        }
    }
    send(&mut stream, &["SYNC"]).await.map_err(failed)?;
    let answer = line(&mut stream).await.map_err(failed)?;
    let size: u64 = match answer.strip_prefix('$').and_then(|size| size.parse().ok()) {
        Some(size) => size,
        None => return Err(failed(io::Error::other(answer))),
    };
    // The changes after the snapshot follow; they are not read.
    let copied = copy(&mut stream.take(size), out).await.map_err(failed)?;
    if copied == size { Ok(size) } else { Err(failed(io::ErrorKind::UnexpectedEof.into())) }
}

async fn send(stream: &mut BufReader<Box<dyn Stream>>, words: &[&str]) -> io::Result<()> {
    let mut command = format!("*{}\r\n", words.len());
    for word in words {
        command += &format!("${}\r\n{word}\r\n", word.len());
    }
    stream.write_all(command.as_bytes()).await
}

/// The next line that is not empty.
async fn line(stream: &mut BufReader<Box<dyn Stream>>) -> io::Result<String> {
    loop {
        let mut line = String::new();
        let read = timeout(SILENCE_TIMEOUT, stream.read_line(&mut line)).await;
        if read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim();
        if !text.is_empty() {
            return Ok(text.to_owned());
        }
    }
}
