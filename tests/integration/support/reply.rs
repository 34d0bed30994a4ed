//! An answer, whole.

use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// What came back for a request.
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

    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header of text"))
    }

    /// Fails unless the status is 200.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{self}");
        self
    }

    /// Fails unless it is an error in the contract's envelope, with this status and code. Returns the words.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{self}");
        let json = self.json();
        assert_eq!(json["success"], false, "{self}");
        assert_eq!(json["code"], code, "{self}");
        assert_eq!(self.header("content-type"), "application/json", "{self}");
        assert_eq!(self.header("cache-control"), "no-store", "{self}");
        json["error"].as_str().expect("words for a person").to_owned()
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.text();
        write!(f, "{} {}", self.status, text.chars().take(500).collect::<String>())
    }
}

/// Nearly as long as the app waits for Redis. An error that comes sooner has another reason.
const HELD_UP: Duration = Duration::from_millis(250);

/// Asks again while the answer is that Redis did not answer in time: a machine that builds and tests at once
/// may hold it up. That changes no number, as every operation may be repeated at the same moment.
pub async fn retry_slow(ask: impl AsyncFn() -> Reply) -> Reply {
    loop {
        let asked = Instant::now();
        let reply = ask().await;
        if reply.status != 503 || asked.elapsed() < HELD_UP {
            return reply;
        }
    }
}
