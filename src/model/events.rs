//! The names that event streams go by, for those who send and those who listen.

use serde::{Deserialize, Serialize};

use super::LinkId;

/// A whole [`Snapshot`](super::Snapshot): at once, and after every change.
pub const SNAPSHOT: &str = "snapshot";
/// A whole [`DocumentList`](super::DocumentList): at once, and after every change.
pub const DOCUMENTS: &str = "documents";
/// Why there is nothing newer; the next picture ends it.
pub const TROUBLE: &str = "trouble";
/// Nothing has changed up to a time: an [`Alive`].
pub const ALIVE: &str = "alive";

/// Where the list of documents is followed.
pub const DOCUMENTS_PATH: &str = "/api/documents/events";

/// Where a link is followed.
pub fn link_path(link: &LinkId) -> String {
    format!("/api/send/realtime/{link}/events")
}

/// What [`ALIVE`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alive {
    /// The latest picture is right up to then, Unix milliseconds.
    pub as_of: i64,
}
