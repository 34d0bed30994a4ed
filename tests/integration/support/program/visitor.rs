//! A browser of the real program: it sends forms, and the cookies that it was given.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Server, parse};
use crate::support::{browser::set_cookies, reply::Reply};

/// A browser without an API key.
pub struct Visitor<'a> {
    server: &'a Server,
    /// Pairs of name and value, as they are sent.
    cookies: Vec<String>,
}

impl<'a> Visitor<'a> {
    pub fn of(server: &'a Server) -> Self {
        Self { server, cookies: Vec::new() }
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, "text/html", "").await
    }

    /// Sends the form of a server function by script: the answer is JSON.
    pub async fn form(&mut self, function: &str, fields: &str) -> Reply {
        self.send("POST", &format!("/sfn/{function}"), "application/x-www-form-urlencoded", fields).await
    }

    /// Sends JSON to a server function.
    pub async fn json(&mut self, function: &str, body: &str) -> Reply {
        self.send("POST", &format!("/sfn/{function}"), "application/json", body).await
    }

    async fn send(&mut self, method: &str, path: &str, kind: &str, body: &str) -> Reply {
        let (host, length, cookies) = (self.server.addr(), body.len(), self.cookies.join("; "));
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\naccept: application/json\r\n\
             cookie: {cookies}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut connection = TcpStream::connect(host).await.expect("a connection");
        connection.write_all(format!("{head}{body}").as_bytes()).await.expect("the request is sent");
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.expect("an answer");
        let reply = parse(&answer).expect("a whole answer");
        let pairs = set_cookies(&reply.headers);
        self.cookies.extend(pairs.iter().filter_map(|set| set.split(';').next()).map(str::to_owned));
        reply
    }
}
