//! A minimal HTTP/1.1 client, so that its own work is not what is measured.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Outcome;

/// A keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects to the server.
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads the whole answer. Any status but 200 is an error.
    pub async fn exchange(&mut self, request: &[u8]) -> Outcome<()> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        let mut length = None;
        while length.is_none_or(|length| self.answer.len() < length) {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err("the server closed a connection".into());
            }
            if length.is_none() {
                length = answer_length(&self.answer)?;
            }
        }
        if self.answer.starts_with(b"HTTP/1.1 200 ") {
            Ok(())
        } else {
            Err(format!("the server answered {}", String::from_utf8_lossy(&self.answer)).into())
        }
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        let head = self.answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        head.map_or(&[], |head| &self.answer[head + 4..])
    }

    /// The cookies that the last answer set, as a request sends them.
    pub fn cookies(&self) -> String {
        let answer = String::from_utf8_lossy(&self.answer);
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let set = head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        set.collect::<Vec<_>>().join("; ")
    }
}

/// A request for a picture by a client that reads WebP, or does not.
pub fn get_picture(path: &str, reads_webp: bool) -> Vec<u8> {
    let accept = if reads_webp { "image/webp,*/*" } else { "*/*" };
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\naccept: {accept}\r\n\r\n").into_bytes()
}

/// A request without a body.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n").into_bytes()
}

/// A request without a body, by the owner of an API key.
pub fn get_as(key: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n").into_bytes()
}

/// The whole answer to the owner of an API key, on a connection of its own: a page is sent in chunks. Any status but 200
/// is an error.
pub async fn page(address: SocketAddr, key: &str, path: &str) -> Outcome<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    if answer.starts_with(b"HTTP/1.1 200 ") {
        Ok(answer)
    } else {
        Err(format!("the server answered {}", String::from_utf8_lossy(&answer)).into())
    }
}

/// A request with a body.
pub fn post(path: &str, body: &str) -> Vec<u8> {
    post_with(path, &[("content-type", "application/json")], body)
}

/// A request with these headers and a body.
pub fn post_with(path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    with_body("POST", path, headers, body)
}

/// A change, by the owner of an API key.
pub fn patch_as(key: &str, path: &str, body: &str) -> Vec<u8> {
    let headers = [("authorization", &*format!("Bearer {key}")), ("content-type", "application/json")];
    with_body("PATCH", path, &headers, body)
}

fn with_body(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// The length of the whole answer, once its head has arrived.
fn answer_length(answer: &[u8]) -> Outcome<Option<usize>> {
    let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let body = std::str::from_utf8(&answer[..head])?
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .ok_or("an answer has no content-length")?;
    Ok(Some(head + 4 + body.parse::<usize>()?))
}
