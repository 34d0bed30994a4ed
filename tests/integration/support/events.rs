//! A dashboard's stream, read event by event.

use std::{pin::Pin, time::Duration};

use serde_json::Value;
use sightline::model::Snapshot;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    time::timeout,
};

/// Ends a test that hangs.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// An open stream, closed on drop.
pub struct Events {
    lines: BufReader<Pin<Box<dyn AsyncRead + Send>>>,
}

/// One event.
#[derive(Debug)]
pub struct Event {
    pub id: Option<String>,
    pub name: String,
    pub data: Value,
}

impl Events {
    /// Lines that are no event's, such as the lengths of chunks, are skipped, as browsers do.
    pub fn read(from: impl AsyncRead + Send + 'static) -> Self {
        Self { lines: BufReader::new(Box::pin(from)) }
    }

    /// The next event; `None` when the server ends the stream.
    pub async fn try_next(&mut self) -> Option<Event> {
        let (mut id, mut name) = (None, String::new());
        loop {
            let mut line = String::new();
            let read =
                timeout(TEST_TIMEOUT, self.lines.read_line(&mut line)).await.expect("an event, or the end");
            if read.ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("id", text)) => id = Some(text.to_owned()),
                Some(("event", text)) => name = text.to_owned(),
                Some(("data", text)) => {
                    return Some(Event { id, name, data: serde_json::from_str(text).expect("JSON") });
                }
                _ => {}
            }
        }
    }

    pub async fn next(&mut self) -> Event {
        self.try_next().await.expect("the stream goes on")
    }

    /// The next event of this name.
    pub async fn next_named(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await;
            if event.name == name {
                return event;
            }
        }
    }

    /// The next snapshot.
    pub async fn snapshot(&mut self) -> Snapshot {
        serde_json::from_value(self.next_named("snapshot").await.data).expect("a snapshot")
    }

    /// The first snapshot for which `holds` is true.
    pub async fn until(&mut self, holds: impl Fn(&Snapshot) -> bool) -> Snapshot {
        loop {
            let snapshot = self.snapshot().await;
            if holds(&snapshot) {
                return snapshot;
            }
        }
    }
}
