//! What a browser keeps of a gate: the proof that its visitor passed it, or that only a code has to follow.

/// How long a grant lasts, in milliseconds.
pub const GRANT_LIFE_MS: i64 = 24 * 60 * 60 * 1_000;

/// The proof that a visitor passed a gate, which the browser keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// When it expires, in Unix milliseconds.
    pub ends_at: i64,
    /// The version of the gate that was passed.
    pub gate: String,
    /// The e-mail address that was given.
    pub email: Option<String>,
    /// Whether a code sent to the address showed that it is the visitor's.
    pub is_verified: bool,
}

/// The proof that all was right but for the code, which the browser keeps until that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEntry {
    /// When it expires, in Unix milliseconds.
    pub ends_at: i64,
    /// The version of the gate that was passed.
    pub gate: String,
    /// The code's id.
    pub code: String,
    /// The address that it was sent to.
    pub email: String,
}
