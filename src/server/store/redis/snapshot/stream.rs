//! A connection that a snapshot is read from: the driver's parser would hold all of it in memory.

use std::{io, sync::Arc, time::Duration};

use redis::{ConnectionAddr, ConnectionInfo};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long a server may take to accept a connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long Redis may be silent: while it writes the snapshot it sends a newline each second.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// How much is read at a time, in bytes.
const READ_AT_ONCE: usize = 64 << 10;

trait Connected: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connected for T {}

/// A connection to one server, after its login.
pub(super) struct Stream(BufReader<Box<dyn Connected>>);

impl Stream {
    /// Connects and logs in.
    pub(super) async fn open(info: &ConnectionInfo) -> io::Result<Self> {
        let connected = within(CONNECTION_TIMEOUT, connect(info.addr())).await?;
        let mut stream = Self(BufReader::with_capacity(READ_AT_ONCE, connected));
        if let Some(password) = info.redis_settings().password() {
            match info.redis_settings().username() {
                Some(user) => stream.send(&["AUTH", user, password]).await?,
                None => stream.send(&["AUTH", password]).await?,
            }
            let answer = stream.line().await?;
            if answer != "+OK" {
                return Err(io::Error::other(answer));
            }
        }
        Ok(stream)
    }

    /// Sends a command.
    pub(super) async fn send(&mut self, words: &[&str]) -> io::Result<()> {
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text += &format!("${}\r\n{word}\r\n", word.len());
        }
        self.0.write_all(text.as_bytes()).await?;
        self.0.flush().await
    }

    /// The size of the answer that follows, in bytes. An error of Redis is an error.
    pub(super) async fn size(&mut self) -> io::Result<u64> {
        let answer = self.line().await?;
        answer.strip_prefix('$').and_then(|size| size.parse().ok()).ok_or_else(|| io::Error::other(answer))
    }

    /// Writes the next `size` bytes to `out`.
    pub(super) async fn read(&mut self, size: u64, out: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let mut left = size;
        while left > 0 {
            let part = within(SILENCE_TIMEOUT, self.0.fill_buf()).await?;
            if part.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let count = usize::try_from(left).map_or(part.len(), |left| left.min(part.len()));
            out.write_all(&part[..count]).await?;
            self.0.consume(count);
            left -= count as u64;
        }
        Ok(())
    }

    /// The next line that is not empty.
    async fn line(&mut self) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if within(SILENCE_TIMEOUT, self.0.read_line(&mut line)).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let text = line.trim();
            if !text.is_empty() {
                return Ok(text.to_owned());
            }
        }
    }
}

async fn within<T>(limit: Duration, wait: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, wait).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The authorities that this machine trusts, as the driver reads them.
fn authorities() -> io::Result<RootCertStore> {
    let mut found = rustls_native_certs::load_native_certs();
    if let Some(error) = found.errors.pop() {
        return Err(io::Error::other(error));
    }
    let mut trusted = RootCertStore::empty();
    for certificate in found.certs {
        trusted.add(certificate).map_err(io::Error::other)?;
    }
    Ok(trusted)
}

async fn connect(address: &ConnectionAddr) -> io::Result<Box<dyn Connected>> {
    Ok(match address {
        ConnectionAddr::Tcp(host, port) => Box::new(TcpStream::connect((host.as_str(), *port)).await?),
        ConnectionAddr::TcpTls { host, port, insecure: false, .. } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            let config = ClientConfig::builder().with_root_certificates(authorities()?);
            let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
            let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
            Box::new(connector.connect(name, stream).await.map_err(|error| untrusted(host, error))?)
        }
        ConnectionAddr::Unix(path) => Box::new(UnixStream::connect(path).await?),
        // As the driver has it.
        _ => {
            return Err(io::Error::other(
                "a certificate has to be checked: leave #insecure out of the address",
            ));
        }
    })
}

/// The same error; where a certificate is refused, in the words of an operator.
fn untrusted(host: &str, error: io::Error) -> io::Error {
    let source = error.get_ref().and_then(|source| source.downcast_ref::<rustls::Error>());
    match source {
        Some(rustls::Error::InvalidCertificate(why)) => io::Error::other(format!(
            "the certificate of {host} is not trusted ({why}). It has to be of an authority that this machine trusts, valid, and of that name"
        )),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silent_server_is_given_up() {
        let (mut server, client) = tokio::io::duplex(64);
        let mut stream = Stream(BufReader::new(Box::new(client)));
        server.write_all(b"\n$8\r\nREDIS").await.expect("room");
        assert_eq!(stream.size().await.expect("a size"), 8);
        let mut received = Vec::new();
        let error = stream.read(8, &mut received).await.expect_err("three bytes are missing");
        assert_eq!((error.kind(), &received[..]), (io::ErrorKind::TimedOut, &b"REDIS"[..]));
        drop(server);
        let error = stream.read(3, &mut received).await.expect_err("it is gone");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
