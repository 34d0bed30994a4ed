//! A connection that a snapshot is read from: the driver's parser would hold all of it in memory.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use redis::{ConnectionAddr, ConnectionInfo};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long a server may take to accept a connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long Redis may be silent: while it writes the snapshot it sends a newline each second.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The authorities that the driver trusts with the feature `tls-rustls-webpki-roots`.
pub fn public_authorities() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

trait Connected: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connected for T {}

/// A connection to one server, after its login.
pub(super) struct Stream(BufReader<Box<dyn Connected>>);

impl Stream {
    /// Connects and logs in.
    pub(super) async fn open(info: &ConnectionInfo, authorities: &RootCertStore) -> io::Result<Self> {
        let connecting = timeout(CONNECTION_TIMEOUT, connect(info.addr(), authorities));
        let connected = connecting.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let mut stream = Self(BufReader::new(connected));
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

    /// The next line that is not empty.
    async fn line(&mut self) -> io::Result<String> {
        loop {
            let mut line = String::new();
            let read = timeout(SILENCE_TIMEOUT, self.0.read_line(&mut line)).await;
            if read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let text = line.trim();
            if !text.is_empty() {
                return Ok(text.to_owned());
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

async fn connect(address: &ConnectionAddr, authorities: &RootCertStore) -> io::Result<Box<dyn Connected>> {
    Ok(match address {
        ConnectionAddr::Tcp(host, port) => Box::new(TcpStream::connect((host.as_str(), *port)).await?),
        ConnectionAddr::TcpTls { host, port, insecure: false, .. } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            let config = ClientConfig::builder().with_root_certificates(authorities.clone());
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
            "the certificate of {host} is not trusted ({why}). It has to be of a public authority, valid, and of that name"
        )),
        _ => error,
    }
}
