//! A whole answer, and what tests expect of it.

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// The answer to a request.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self { status: status.as_u16(), headers, body }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self}"))
    }

    /// The text of a header; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header of text"))
    }

    /// Fails unless the status is 200.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{self}");
        self
    }

    /// Fails unless it is an error in the contract's envelope with this status and code. Returns its message.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{self}");
        let json = self.json();
        assert_eq!(json["success"], false, "{self}");
        assert_eq!(json["code"], code, "{self}");
        assert_eq!(self.header("content-type"), "application/json", "{self}");
        assert_eq!(self.header("cache-control"), "no-store", "{self}");
        json["error"].as_str().expect("a message").to_owned()
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.text();
        write!(f, "{} {}", self.status, text.chars().take(500).collect::<String>())
    }
}
