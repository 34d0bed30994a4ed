//! The state of the server, for the owner who runs it.

use serde::{Deserialize, Serialize};

/// The numbers of a server at a glance. What could not be learned is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerStatus {
    /// The version of the program.
    pub version: String,
    /// When it started.
    pub started_at: i64,
    /// What is full, away or failing, and what to do, in sentences.
    pub concerns: Vec<String>,
    /// The servers of Redis.
    pub redis: Vec<RedisStatus>,
    /// Active viewers of all links.
    pub active_viewers: Option<u64>,
    /// Active viewers of the link that has the most.
    pub most_viewers: Option<u64>,
    /// How many seconds the numbers of requests and heartbeats reach back, at most.
    pub period: u64,
    /// How many requests were answered.
    pub requests: u64,
    /// Half of them were answered within so many milliseconds.
    pub median_ms: Option<u64>,
    /// 99 of 100 were answered within so many milliseconds.
    pub slow_ms: Option<u64>,
    /// Heartbeats that were counted.
    pub heartbeats: u64,
    /// Heartbeats that failed by a fault of the server.
    pub failed_heartbeats: u64,
    /// What is used, of how much there is.
    pub used: Vec<UsedShare>,
}

/// A server of Redis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedisStatus {
    /// Its host and port, or `socket`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Bytes in use.
    pub memory: u64,
    /// How many it may use.
    pub memory_limit: u64,
}

/// How much of something is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedShare {
    /// What it is, in words.
    pub what: String,
    /// How much is in use.
    pub used: u64,
    /// How much there is; `None`: as much as it likes.
    pub limit: Option<u64>,
    /// Whether the numbers are bytes.
    pub is_bytes: bool,
}

/// A share in whole percent, rounded down; `None` of nothing.
pub fn percent_of(part: u64, whole: u64) -> Option<u64> {
    (u128::from(part) * 100).checked_div(whole.into()).and_then(|percent| u64::try_from(percent).ok())
}

#[cfg(test)]
mod tests {
    use super::percent_of;

    #[test]
    fn percent_is_rounded_down_and_none_of_nothing() {
        for (part, whole, percent) in [
            (0, 0, None),
            (1, 0, None),
            (0, 3, Some(0)),
            (999, 1_000, Some(99)),
            (u64::MAX, u64::MAX, Some(100)),
        ] {
            assert_eq!(percent_of(part, whole), percent, "{part} of {whole}");
        }
    }
}
