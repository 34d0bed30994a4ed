//! Names of the events of streams
//! ([server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html)).

use serde::{Deserialize, Serialize};

/// Carries a [`Snapshot`](super::Snapshot): when the stream opens, and after each change.
pub const SNAPSHOT: &str = "snapshot";
/// Carries a [`DocumentList`](super::DocumentList): when the stream opens, and after each change.
pub const DOCUMENTS: &str = "documents";
/// Carries [`BadgeNumbers`](super::BadgeNumbers): when the stream of a badge opens, and after each change.
pub const NUMBERS: &str = "numbers";
/// Carries what a notification of a browser shows.
pub const NOTICE: &str = "notice";
/// Carries an error while there is no newer state; the next state ends it.
pub const TROUBLE: &str = "trouble";
/// Carries an [`Alive`]: nothing has changed.
pub const ALIVE: &str = "alive";

/// Ends one of the streams that share a connection: it carries the error of one that was refused, and null where its
/// requester may no longer see it.
pub const ENDED: &str = "ended";

/// The data of [`ALIVE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alive {
    /// The time up to which the latest state still holds, Unix milliseconds.
    pub as_of: i64,
}
