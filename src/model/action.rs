//! The actions that a visitor's client sends: join, heartbeat, leave.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Fingerprint, Invalid, Observed, PageSeen, SessionId};

/// The longest e-mail address, in bytes.
///
/// RFC 5321, section 4.5.3.1.3, limits a path to 256 octets, angle brackets included
/// ([RFC 3696, erratum 1690](https://www.rfc-editor.org/errata/eid1690)).
pub const MAX_EMAIL_LENGTH: usize = 254;
/// The longest host of a referrer, in characters.
pub const MAX_REFERRER_LENGTH: usize = 64;
/// The longest duration that a client may report, in seconds: one day.
pub const MAX_DURATION: u64 = 24 * 60 * 60;

/// The body of `POST /api/send/realtime/{linkId}`; the field `action` names the variant.
///
/// Serialising is derived; the server deserialises by hand, because the derived deserialiser of a tagged
/// enum loses the path of an invalid field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum ViewerAction {
    /// A visitor opens the document.
    Join(Join),
    /// The viewer is still there.
    Heartbeat(Heartbeat),
    /// The viewer closes the document.
    Leave(Leave),
}

/// Starts a visit: the document is rendered and visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Join {
    /// The viewer's session.
    pub session_id: SessionId,
    /// The browser's random id.
    #[serde(default)]
    pub fingerprint: Option<Fingerprint>,
    /// The visitor's e-mail address, which they claim.
    #[serde(default)]
    pub email: Option<String>,
    /// The page in view, from 1.
    #[serde(default)]
    pub current_page: Option<u32>,
    /// A number that grows with each page load, so that a late [`Leave`] of an earlier load does not end this
    /// visit. At most 2^53.
    #[serde(default)]
    pub epoch: Option<u64>,
    /// The host of the page that led to the link; empty: none did.
    #[serde(default)]
    pub referrer: Option<String>,
    /// Whether this browser has visited the link before.
    #[serde(default)]
    pub returning: Option<bool>,
}

/// Reports that the viewer is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The viewer's session.
    pub session_id: SessionId,
    /// The page in view, from 1; absent: unchanged.
    #[serde(default)]
    pub current_page: Option<u32>,
    /// Whether the document is visible; absent: unchanged.
    #[serde(default)]
    pub visible: Option<bool>,
    /// Seconds since the reader last touched the page by pointer, key, scrolling or finger; absent: not known, and the
    /// reader counts as reading.
    #[serde(default)]
    pub idle: Option<u32>,
    /// Parts of pages that came into view since the client last told, of at most [`MAX_SEEN`](super::MAX_SEEN) pages. A
    /// page that the reader leaves without a word of its parts counts as seen whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Vec<PageSeen>>,
    /// The addresses of links in the document that the reader opened since, at most
    /// [`MAX_CLICKED`](super::MAX_CLICKED); see [`told_address`](super::told_address).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicked: Option<Vec<String>>,
    /// Whether the reader asked the browser to print.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<bool>,
}

/// Ends a visit: the document was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Leave {
    /// The viewer's session.
    pub session_id: SessionId,
    /// Seconds of reading as the client measured them; absent: the server's own measure. A claim: it counts up to the
    /// time since the join, unless the API key of the link's owner comes with it.
    #[serde(default)]
    pub duration: Option<u64>,
    /// The epoch of the [`Join`] that this leave ends.
    #[serde(default)]
    pub epoch: Option<u64>,
    /// As in [`Heartbeat`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Vec<PageSeen>>,
    /// As in [`Heartbeat`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicked: Option<Vec<String>>,
    /// As in [`Heartbeat`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<bool>,
}

impl ViewerAction {
    /// Checks the limits that the types do not express. Pages run from 1 to `pages`.
    pub fn check(&self, pages: u32) -> Result<(), Invalid> {
        match self {
            Self::Join(join) => join.check(pages),
            Self::Heartbeat(beat) => beat.check(pages),
            Self::Leave(leave) => leave.check(pages),
        }
    }
}

impl Join {
    /// A join that says nothing but its session.
    pub fn of(session_id: SessionId) -> Self {
        Self {
            session_id,
            fingerprint: None,
            email: None,
            current_page: None,
            epoch: None,
            referrer: None,
            returning: None,
        }
    }

    /// See [`ViewerAction::check`].
    pub fn check(&self, pages: u32) -> Result<(), Invalid> {
        check_page(self.current_page, pages)?;
        check_epoch(self.epoch)?;
        self.referrer.as_deref().map_or(Ok(()), check_referrer)?;
        self.email.as_deref().map_or(Ok(()), check_email)
    }
}

impl Heartbeat {
    /// A heartbeat that says nothing but its session.
    pub fn of(session_id: SessionId) -> Self {
        Self {
            session_id,
            current_page: None,
            visible: None,
            idle: None,
            seen: None,
            clicked: None,
            printed: None,
        }
    }

    /// See [`ViewerAction::check`].
    pub fn check(&self, pages: u32) -> Result<(), Invalid> {
        check_page(self.current_page, pages)?;
        self.observed().check(pages)
    }

    /// What the client observed of the reader.
    pub fn observed(&self) -> Observed<'_> {
        observed(self.seen.as_deref(), self.clicked.as_deref(), self.printed)
    }
}

impl Leave {
    /// A leave that says nothing but its session.
    pub fn of(session_id: SessionId) -> Self {
        Self { session_id, duration: None, epoch: None, seen: None, clicked: None, printed: None }
    }

    /// See [`ViewerAction::check`].
    pub fn check(&self, pages: u32) -> Result<(), Invalid> {
        check_epoch(self.epoch)?;
        check_duration(self.duration)?;
        self.observed().check(pages)
    }

    /// What the client observed of the reader.
    pub fn observed(&self) -> Observed<'_> {
        observed(self.seen.as_deref(), self.clicked.as_deref(), self.printed)
    }
}

fn observed<'a>(
    seen: Option<&'a [PageSeen]>,
    clicked: Option<&'a [String]>,
    printed: Option<bool>,
) -> Observed<'a> {
    Observed {
        seen: seen.unwrap_or_default(),
        clicked: clicked.unwrap_or_default(),
        printed: printed.unwrap_or_default(),
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

/// The scripts in Redis compare epochs as Lua numbers: IEEE 754 doubles, exact up to 2^53.
fn check_epoch(epoch: Option<u64>) -> Result<(), Invalid> {
    match epoch {
        Some(epoch) if epoch > 1 << 53 => Err(Invalid::new("epoch", "must be at most 2^53")),
        _ => Ok(()),
    }
}

/// A host as browsers write it: internationalised names in their ASCII form.
fn check_referrer(host: &str) -> Result<(), Invalid> {
    let of_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    if host.len() <= MAX_REFERRER_LENGTH && host.bytes().all(of_host) {
        Ok(())
    } else {
        let rule = format!("must be a host of at most {MAX_REFERRER_LENGTH} characters");
        Err(Invalid::new("referrer", rule))
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

/// Checks that `email` has one `@` with something on both sides, no blanks, and at most
/// [`MAX_EMAIL_LENGTH`] bytes.
///
/// Up to that length it accepts all that a browser's e-mail field accepts
/// ([WHATWG HTML](https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address)), and more: only
/// a delivered mail proves an address.
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
mod tests;
