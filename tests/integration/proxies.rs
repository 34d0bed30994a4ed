//! The examples of `ops/` for the proxies that people use: event streams and uploads through each.
//!
//! Ignored where these are not wanted: `./make proxies` installs and runs them.

use std::{path::Path, process::Stdio, sync::Arc, time::Duration};

use sightline::model::MAX_FILE_SIZE;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
};

use crate::support::{
    events::Events,
    pdf::Pdf,
    ports::free_address,
    program::{DataDir, Server, data_with_document, sightline},
};

/// A proxy with its example from `ops/`.
struct Proxy {
    program: &'static str,
    example: &'static str,
    /// What the test changes in the example: where the proxy listens (`LISTEN`), and what needs a certificate or the
    /// folders of the system (`FOLDER`).
    changes: &'static [(&'static str, &'static str)],
    /// The whole file, with the changed example at `EXAMPLE`: each proxy compresses what it can, event streams too.
    config: &'static str,
    arguments: &'static [&'static str],
}

const PROXIES: [Proxy; 3] = [
    Proxy {
        program: "nginx",
        example: "nginx.conf",
        changes: &[
            ("listen 443 ssl;", "listen LISTEN;"),
            ("listen [::]:443 ssl;", ""),
            ("ssl_certificate /etc/letsencrypt/live/read.example.org/fullchain.pem;", ""),
            ("ssl_certificate_key /etc/letsencrypt/live/read.example.org/privkey.pem;", ""),
        ],
        // Without a master, whose workers would outlive it when it is killed.
        config: "user root; daemon off; master_process off; pid FOLDER/pid; error_log stderr; events {} \
                 http { access_log off; client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; \
                 fastcgi_temp_path FOLDER/fastcgi; uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi; \
                 gzip on; gzip_types text/event-stream application/json; gzip_min_length 1; gzip_proxied any;\n\
                 EXAMPLE }",
        arguments: &["-c", "CONFIG"],
    },
    Proxy {
        program: "caddy",
        example: "Caddyfile",
        changes: &[("read.example.org {", "http://LISTEN {")],
        config: "{\n\tadmin off\n\tauto_https off\n}\nEXAMPLE",
        arguments: &["run", "--adapter", "caddyfile", "--config", "CONFIG"],
    },
    Proxy {
        program: "haproxy",
        example: "haproxy.cfg",
        changes: &[
            ("bind :443 ssl crt /etc/haproxy/read.example.org.pem alpn h2,http/1.1", "bind LISTEN"),
            (
                "http-request set-header X-Forwarded-Proto https",
                "http-request set-header X-Forwarded-Proto http",
            ),
            (
                "    mode http\n",
                "    mode http\n    compression algo gzip\n    compression type text/event-stream application/json\n",
            ),
        ],
        config: "EXAMPLE",
        arguments: &["-db", "-f", "CONFIG"],
    },
];

impl Proxy {
    /// The example as it runs here, in front of `server`.
    fn config(&self, folder: &Path, listen: &str, server: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ops").join(self.example);
        let mut example = std::fs::read_to_string(path).expect("an example");
        for (from, to) in [("127.0.0.1:3000", server)].iter().chain(self.changes) {
            assert!(example.contains(from), "{} has no {from}", self.example);
            example = example.replace(from, to);
        }
        let config = self.config.replace("EXAMPLE", &example);
        config.replace("LISTEN", listen).replace("FOLDER", &folder.display().to_string())
    }

    /// Starts it, and connects to it once it listens. It is killed when the first value is dropped.
    async fn start(&self, folder: &Path, server: &str) -> (Child, String) {
        let listen = free_address();
        let file = folder.join("config");
        std::fs::write(&file, self.config(folder, &listen, server)).expect("a file");
        let file = file.to_str().expect("a plain path");
        let running = Command::new(self.program)
            .args(self.arguments.iter().map(|argument| argument.replace("CONFIG", file)))
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program));
        while TcpStream::connect(&listen).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (running, listen)
    }
}

/// Sends a request through a proxy, with the owner's key or as anyone. The answer is still to be read.
async fn send(listen: &str, key: Option<&str>, request: &str, more: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(listen).await.expect("a connection");
    let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
    let head =
        format!("{request} HTTP/1.1\r\nhost: {listen}\r\n{key}content-length: {}\r\n{more}\r\n", body.len());
    stream.write_all(head.as_bytes()).await.expect("the head is sent");
    stream.write_all(body).await.expect("the body is sent");
    stream
}

/// A server that believes a proxy of this machine, with a document, its data, whose Redis ends with it, and the owner's key.
async fn server_behind_proxies() -> (Server, Arc<DataDir>, String) {
    let data = data_with_document().await;
    let mut program = sightline(&["serve"], data.path());
    program.env("SIGHTLINE_TRUSTED_PROXIES", "127.0.0.1/32");
    let server = Server::start_as(program).await;
    let key = std::fs::read_to_string(data.path().join("api-key")).expect("a key");
    (server, data, key)
}

#[tokio::test]
#[ignore = "needs nginx, caddy and haproxy: ./make proxies"]
async fn event_streams_pass_compressing_proxies() {
    let (server, _data, key) = server_behind_proxies().await;
    for proxy in PROXIES {
        let folder = tempfile::tempdir().expect("a folder");
        let (_running, listen) = proxy.start(folder.path(), &server.addr().to_string()).await;
        let request = "GET /api/send/realtime/doc/events";
        let stream = send(&listen, Some(&key), request, "accept-encoding: gzip, br\r\n", b"").await;
        let mut events = Events::read(stream);
        let before = events.snapshot().await.metrics.total_views;
        server.act_ok("doc", "join", proxy.program).await;
        events.until(|seen| seen.metrics.total_views == before + 1).await;
    }
}

#[tokio::test]
#[ignore = "needs nginx, caddy and haproxy: ./make proxies"]
async fn largest_document_passes_proxies() {
    let (server, _data, key) = server_behind_proxies().await;
    // A PDF ends where its reader finds the end: what follows makes it as large as may be.
    let mut file = Pdf::with_pages(2).bytes();
    file.resize(usize::try_from(MAX_FILE_SIZE).expect("a size"), b' ');
    for proxy in PROXIES {
        let folder = tempfile::tempdir().expect("a folder");
        let (_running, listen) = proxy.start(folder.path(), &server.addr().to_string()).await;
        let request = "POST /api/documents?title=Large";
        let mut stream = send(&listen, Some(&key), request, "connection: close\r\n", &file).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(
            answer.starts_with("HTTP/1.1 201") || answer.starts_with("HTTP/1.1 200"),
            "{}: {answer}",
            proxy.program
        );
    }
}

#[tokio::test]
#[ignore = "needs nginx, caddy and haproxy: ./make proxies"]
async fn joins_of_own_pages_alone_pass_proxies() {
    let (server, _data, _key) = server_behind_proxies().await;
    for proxy in PROXIES {
        let folder = tempfile::tempdir().expect("a folder");
        let (_running, listen) = proxy.start(folder.path(), &server.addr().to_string()).await;
        // Over plain http browsers send `Origin` alone.
        for (headers, status) in [
            (format!("origin: http://{listen}\r\nsec-fetch-site: same-origin\r\n"), 200),
            (format!("origin: http://{listen}\r\n"), 200),
            ("origin: http://elsewhere.example\r\n".to_owned(), 403),
            ("origin: http://elsewhere.example\r\nsec-fetch-site: cross-site\r\n".to_owned(), 403),
        ] {
            // Without a browser's name it would be a bot's.
            let browser =
                "user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
            let headers =
                format!("{headers}{browser}\r\ncontent-type: application/json\r\nconnection: close\r\n");
            let body =
                format!(r#"{{"action":"join","sessionId":"behind-{}","currentPage":1}}"#, proxy.program);
            let mut stream =
                send(&listen, None, "POST /api/send/realtime/doc", &headers, body.as_bytes()).await;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("an answer");
            let expected = format!("HTTP/1.1 {status}");
            assert!(answer.starts_with(&expected), "{}: {headers}{answer}", proxy.program);
        }
    }
}
