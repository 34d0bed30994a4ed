//! What a viewer page tells the server.

use serde::{Deserialize, Serialize};

use super::{Fingerprint, Invalid, SessionId};

/// The longest e-mail address that is accepted, in bytes (RFC 5321, path limit).
pub const MAX_EMAIL_LENGTH: usize = 254;
/// The longest visit that a client may report, in seconds: one day.
pub const MAX_DURATION: u64 = 24 * 60 * 60;

/// The body of `POST /api/send/realtime/{linkId}`, told apart by `"action"`.
///
/// It is only written by derived code; `server::rest` reads it, because a derived reader of a tagged
/// enum forgets which field was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum ViewerAction {
    /// Somebody opened the document.
    Join(Join),
    /// Somebody is still there, and where.
    Heartbeat(Heartbeat),
    /// Somebody closed the document.
    Leave(Leave),
}

/// The document is rendered and visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Join {
    /// Whose visit this is.
    pub session_id: SessionId,
    /// The random mark of the browser.
    #[serde(default)]
    pub fingerprint: Option<Fingerprint>,
    /// What the visitor gave as e-mail.
    #[serde(default)]
    pub email: Option<String>,
    /// The page in view, from 1.
    #[serde(default)]
    pub current_page: Option<u32>,
    /// Grows with each page load, so that a leave of an earlier load can be told from one of this.
    #[serde(default)]
    pub epoch: Option<u64>,
}

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// Whose visit this is.
    pub session_id: SessionId,
    /// The page in view, from 1; absent: the same as before.
    #[serde(default)]
    pub current_page: Option<u32>,
    /// Whether the document can be seen; absent: the same as before.
    #[serde(default)]
    pub visible: Option<bool>,
}

/// The document was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leave {
    /// Whose visit this is.
    pub session_id: SessionId,
    /// Seconds of reading, if the client measured them itself; otherwise the server's measure counts. A claim, which is
    /// recorded up to the time since the join, unless the API key of the link's owner vouches for it.
    #[serde(default)]
    pub duration: Option<u64>,
    /// That of the join which this leave belongs to.
    #[serde(default)]
    pub epoch: Option<u64>,
}

impl ViewerAction {
    /// Checks what the types alone can not hold.
    ///
    /// `pages` is the document's number of pages; a page beyond it is refused like page 0.
    pub fn check(&self, pages: u32) -> Result<(), Invalid> {
        match self {
            Self::Join(join) => join.check(pages),
            Self::Heartbeat(beat) => beat.check(pages),
            Self::Leave(leave) => leave.check(),
        }
    }
}

impl Join {
    /// See [`ViewerAction::check`].
    pub fn check(&self, pages: u32) -> Result<(), Invalid> {
        check_page(self.current_page, pages)?;
        check_epoch(self.epoch)?;
        self.email.as_deref().map_or(Ok(()), check_email)
    }
}

impl Heartbeat {
    /// See [`ViewerAction::check`].
    pub fn check(&self, pages: u32) -> Result<(), Invalid> {
        check_page(self.current_page, pages)
    }
}

impl Leave {
    /// See [`ViewerAction::check`].
    pub fn check(&self) -> Result<(), Invalid> {
        check_epoch(self.epoch)?;
        check_duration(self.duration)
    }
}

fn check_page(page: Option<u32>, pages: u32) -> Result<(), Invalid> {
    match page {
        Some(page) if page == 0 || page > pages => {
            Err(Invalid::new("currentPage", format!("must be a page of the document, 1 to {pages}")))
        }
        _ => Ok(()),
    }
}

/// Redis' scripts compare epochs as floating-point numbers, which are exact up to 2^53.
fn check_epoch(epoch: Option<u64>) -> Result<(), Invalid> {
    match epoch {
        Some(epoch) if epoch > 1 << 53 => Err(Invalid::new("epoch", "must be at most 2^53")),
        _ => Ok(()),
    }
}

fn check_duration(duration: Option<u64>) -> Result<(), Invalid> {
    match duration {
        Some(seconds) if seconds > MAX_DURATION => {
            Err(Invalid::new("duration", format!("must be whole seconds, 0 to {MAX_DURATION}")))
        }
        _ => Ok(()),
    }
}

/// The shape that a browser's own e-mail field asks for, roughly: what proves an address is a mail
/// that arrives, not a pattern.
pub fn check_email(email: &str) -> Result<(), Invalid> {
    let plausible = email.len() <= MAX_EMAIL_LENGTH
        && !email.contains(|c: char| c.is_whitespace() || c.is_control())
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if plausible {
        Ok(())
    } else {
        Err(Invalid::new(
            "email",
            format!("must be an e-mail address of at most {MAX_EMAIL_LENGTH} characters"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> SessionId {
        "s".parse().expect("a session id")
    }

    fn join(email: Option<&str>, current_page: Option<u32>, epoch: Option<u64>) -> ViewerAction {
        let email = email.map(str::to_owned);
        ViewerAction::Join(Join { session_id: session(), fingerprint: None, email, current_page, epoch })
    }

    fn leave(duration: Option<u64>) -> ViewerAction {
        ViewerAction::Leave(Leave { session_id: session(), duration, epoch: None })
    }

    #[test]
    fn what_lies_within_the_bounds_is_accepted() {
        let longest = format!("{}@b.c", "a".repeat(MAX_EMAIL_LENGTH - 4));
        for good in [
            join(None, None, None),
            join(Some("a@b"), Some(1), Some(0)),
            join(Some(&longest), Some(12), Some(1 << 53)),
            join(Some("<b>@x"), None, None), // shown as text, so it need not be refused
            leave(None),
            leave(Some(0)),
            leave(Some(MAX_DURATION)),
        ] {
            assert_eq!(good.check(12), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn what_lies_beyond_is_refused_by_the_name_of_its_field() {
        let too_long = format!("{}@b.c", "a".repeat(MAX_EMAIL_LENGTH - 3));
        for (bad, field) in [
            (join(None, Some(0), None), "currentPage"),
            (join(None, Some(13), None), "currentPage"),
            (join(None, None, Some((1 << 53) + 1)), "epoch"),
            (join(Some(""), None, None), "email"),
            (join(Some("nobody"), None, None), "email"),
            (join(Some("a@"), None, None), "email"),
            (join(Some("@b"), None, None), "email"),
            (join(Some("a@b@c"), None, None), "email"),
            (join(Some("a b@c"), None, None), "email"),
            (join(Some("a\n@c"), None, None), "email"),
            (join(Some(&too_long), None, None), "email"),
            (leave(Some(MAX_DURATION + 1)), "duration"),
        ] {
            assert_eq!(bad.check(12).expect_err("refused").field, field, "{bad:?}");
        }
    }

    #[test]
    fn a_beacon_is_written_as_the_contract_says() {
        let json = serde_json::to_string(&leave(Some(7))).expect("plain data");
        assert_eq!(json, r#"{"action":"leave","sessionId":"s","duration":7,"epoch":null}"#);
    }
}
