//! Exported files, which the program sends while it makes them.

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::Server;

impl Server {
    /// Asks for an exported file. Returns its body, which ends with the connection: HTTP/1.0 has no chunks.
    pub async fn export(&self, path: &str) -> BufReader<TcpStream> {
        let connection = TcpStream::connect(self.addr).await.expect("a connection");
        let (host, key) = (self.addr, &self.api_key);
        let head = format!("GET {path} HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\r\n");
        let mut connection = BufReader::new(connection);
        connection.write_all(head.as_bytes()).await.expect("the request is sent");
        let mut lines = String::new();
        while !lines.ends_with("\r\n\r\n") {
            assert_ne!(connection.read_line(&mut lines).await.expect("an answer"), 0, "{lines}");
        }
        assert!(lines.contains(" 200 "), "{lines}");
        connection
    }
}
