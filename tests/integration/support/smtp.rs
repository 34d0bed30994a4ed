//! An SMTP server ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321)) that keeps what it is sent, and refuses what a
//! test tells it to.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::{Message, MessageParser};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

/// One mail as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The sender and the recipients of the envelope.
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body.
    pub data: Vec<u8>,
    /// User and password, where the client gave them.
    pub credentials: Option<(String, String)>,
}

impl Received {
    pub fn message(&self) -> Message<'_> {
        MessageParser::default().parse(&self.data).expect("a message")
    }

    pub fn subject(&self) -> String {
        self.message().subject().expect("a subject").to_owned()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        self.message().body_text(0).expect("a text").into_owned()
    }

    /// The first path of this server in the text that begins with `start`.
    pub fn path(&self, start: &str) -> String {
        let text = self.text();
        let at = text.find(start).unwrap_or_else(|| panic!("no {start} in {text}"));
        text[at..].split_whitespace().next().expect("a path").to_owned()
    }
}

/// The server. It ends with its test.
pub struct SmtpServer {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    arrived: Notify,
    /// Replies in place of the usual ones, each to the next command that begins with the word.
    replies: Mutex<VecDeque<(&'static str, &'static str)>>,
    /// Every command, without what it carries.
    commands: Mutex<Vec<String>>,
    read: Mutex<usize>,
    /// Encrypts a connection that asks for it.
    tls: Option<TlsAcceptor>,
}

/// A file about the certificate of the server that encrypts.
/// `authority.pem`, or the certificate and key that it vouches for: `localhost.pem`, `localhost.key`.
pub fn tls_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/support/tls").join(name)
}

/// The certificate of the authority that vouches for the server, which is `localhost`.
pub fn authority() -> PathBuf {
    tls_file("authority.pem")
}

/// Encrypts connections to `localhost`.
pub fn acceptor() -> TlsAcceptor {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_file(tls_file("localhost.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(tls_file("localhost.key")).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    TlsAcceptor::from(Arc::new(config.expect("they belong together")))
}

/// A line without its line feed; `None` at the end.
async fn next_line(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let read = stream.read_until(b'\n', &mut line).await.ok()?;
    line.pop_if(|last| *last == b'\n');
    (read > 0).then_some(line)
}

impl SmtpServer {
    /// A server that does not encrypt.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// A server that offers STARTTLS ([RFC 3207](https://www.rfc-editor.org/rfc/rfc3207)), and takes nothing before.
    pub async fn start_encrypting() -> Self {
        Self::start_with(Some(acceptor())).await
    }

    async fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared { tls, ..Shared::default() });
        let served = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                // A client that hangs up ends its connection alone.
                tokio::spawn(async move { served.accept(stream).await });
            }
        });
        Self { port, shared }
    }

    /// Its address for a client with these credentials, such as `ada:sesame@`, or with none.
    pub fn url(&self, credentials: &str) -> String {
        format!("smtp://{credentials}127.0.0.1:{}", self.port)
    }

    /// Its address by its name, where mail is encrypted or not sent.
    pub fn encrypted_url(&self, credentials: &str) -> String {
        format!("smtp://{credentials}localhost:{}?tls=required", self.port)
    }

    /// Answers the next command that begins with `command` by this reply.
    pub fn reply_once(&self, command: &'static str, reply: &'static str) {
        self.shared.replies.lock().expect("a lock").push_back((command, reply));
    }

    /// All mails so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("a lock").clone()
    }

    /// All commands so far, such as `MAIL`.
    pub fn commands(&self) -> Vec<String> {
        self.shared.commands.lock().expect("a lock").clone()
    }

    /// The next mail that was not returned before; waits for it.
    pub async fn next(&self) -> Received {
        loop {
            let arrived = self.shared.arrived.notified();
            let next = {
                let mut read = self.shared.read.lock().expect("a lock");
                let next = self.received().get(*read).cloned();
                *read += usize::from(next.is_some());
                next
            };
            match next {
                Some(received) => return received,
                None => arrived.await,
            }
        }
    }
}

impl Shared {
    fn reply_to(&self, command: &str) -> Option<&'static str> {
        let mut replies = self.replies.lock().expect("a lock");
        let at = replies.iter().position(|(word, _)| command.starts_with(word))?;
        replies.remove(at).map(|(_, reply)| reply)
    }

    async fn accept(&self, mut stream: TcpStream) -> Option<()> {
        let greeting = self.reply_to("CONNECT").unwrap_or("220 test ESMTP");
        stream.write_all(format!("{greeting}\r\n").as_bytes()).await.ok()?;
        let Some(tls) = &self.tls else { return self.serve(stream, "AUTH PLAIN").await.map(drop) };
        let stream = self.serve(stream, "STARTTLS").await?;
        self.serve(tls.accept(stream).await.ok()?, "AUTH PLAIN").await.map(drop)
    }

    /// Takes mails, or returns the stream when it is to be encrypted.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, extension: &str) -> Option<S> {
        let mut stream = BufReader::new(stream);
        let hello = format!("250-test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 {extension}");
        let must_encrypt = extension == "STARTTLS";
        let mut mail = Received { from: String::new(), to: Vec::new(), data: Vec::new(), credentials: None };
        while let Some(line) = next_line(&mut stream).await {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            self.commands.lock().expect("a lock").push(word.clone());
            let between = || {
                line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address)
            };
            let reply = self.reply_to(&word);
            if let Some(reply) = reply {
                stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
                continue;
            }
            let reply = match word.as_str() {
                "EHLO" => hello.as_str(),
                "STARTTLS" if must_encrypt => {
                    stream.write_all(b"220 go\r\n").await.ok()?;
                    return Some(stream.into_inner());
                }
                "AUTH" | "MAIL" | "RCPT" | "DATA" if must_encrypt => "530 encrypt first",
                "AUTH" => {
                    let given = STANDARD.decode(line.rsplit(' ').next()?).ok()?;
                    let given = String::from_utf8(given).ok()?;
                    let mut words = given.split('\0').skip(1).map(str::to_owned);
                    mail.credentials = Some((words.next()?, words.next()?));
                    "235 in"
                }
                "MAIL" => {
                    mail.from = between()?.to_owned();
                    "250 ok"
                }
                "RCPT" => {
                    mail.to.push(between()?.to_owned());
                    "250 ok"
                }
                "DATA" => {
                    stream.write_all(b"354 go\r\n").await.ok()?;
                    stream.flush().await.ok()?;
                    loop {
                        let line = next_line(&mut stream).await?;
                        if line == b".\r" {
                            break;
                        }
                        // Section 4.5.2: a dot at the beginning stands twice.
                        mail.data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                        mail.data.push(b'\n');
                    }
                    if let Some(reply) = self.reply_to("SENT") {
                        reply
                    } else {
                        self.received.lock().expect("a lock").push(mail.clone());
                        self.arrived.notify_waiters();
                        "250 taken"
                    }
                }
                "QUIT" => {
                    let _ = stream.write_all(b"221 bye\r\n").await;
                    return None;
                }
                "RSET" | "NOOP" => "250 ok",
                _ => "502 unknown",
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
            // Encrypted, it is only written to a buffer.
            stream.flush().await.ok()?;
        }
        None
    }
}
