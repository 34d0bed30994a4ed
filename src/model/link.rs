//! Links: an address at which a document is shared, with its settings and gate.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{DocumentId, Invalid, LinkId, VisitMails};

/// The longest label of a link or an API key, in characters.
pub const MAX_LABEL_LENGTH: usize = 100;
/// The longest password of a link, in bytes.
pub const MAX_LINK_PASSWORD_LENGTH: usize = 128;

/// Whether a link asks its visitors for an e-mail address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EmailGate {
    /// The link does not ask.
    #[default]
    None,
    /// The link asks; the visitor may leave the field empty.
    Optional,
    /// The link asks; without an address the document stays closed.
    Required,
}

impl EmailGate {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

impl std::str::FromStr for EmailGate {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::None, Self::Optional, Self::Required]
            .into_iter()
            .find(|gate| gate.as_str() == text)
            .ok_or_else(|| Invalid::new("email", r#"must be "none", "optional" or "required""#))
    }
}

/// Whether visitors of a link may select and copy text. It is a setting of the page, and no protection: what is shown can
/// be written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Copying {
    /// They may where they may download the file.
    #[default]
    Download,
    /// They may.
    On,
    /// They may not.
    Off,
}

impl Copying {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::On => "on",
            Self::Off => "off",
        }
    }

    /// Whether text may be copied at a link with or without downloads.
    pub fn is_allowed(self, download: bool) -> bool {
        match self {
            Self::Download => download,
            Self::On => true,
            Self::Off => false,
        }
    }
}

impl std::str::FromStr for Copying {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Download, Self::On, Self::Off]
            .into_iter()
            .find(|copying| copying.as_str() == text)
            .ok_or_else(|| Invalid::new("copying", r#"must be "download", "on" or "off""#))
    }
}

/// Whether a link shows its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// The link shows the document, or its gate.
    Open,
    /// The owner has switched the link off.
    Off,
    /// The link's expiry has passed.
    Expired,
}

/// A link as its owner sees it, with two of its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkSummary {
    /// The link's id.
    pub link_id: LinkId,
    /// The document that the link shares.
    pub document_id: DocumentId,
    /// The document's title.
    pub title: String,
    /// The document's number of pages.
    pub page_count: u32,
    /// The owner's name for the link; may be empty.
    pub label: String,
    /// The absolute address of the viewer page.
    pub viewer_url: String,
    /// Whether the link shows its document.
    pub state: LinkState,
    /// When the link expires, Unix milliseconds; `None`: never.
    pub expires_at: Option<i64>,
    /// Whether the link asks for an e-mail address.
    pub email: EmailGate,
    /// Whether the link asks for a password.
    pub has_password: bool,
    /// Whether visitors may download the file.
    pub download: bool,
    /// Whether visitors may copy text.
    #[serde(default)]
    pub copying: Copying,
    /// How many active viewers make the link busy; `None`: no number. The browser's program does not read it.
    #[serde(default, deserialize_with = "unread")]
    pub busy: Option<u32>,
    /// Whether the e-mail address is verified by a code. The browser's program does not read it.
    #[serde(default, deserialize_with = "unread")]
    pub verify_email: bool,
    /// The only addresses and domains that are let in; empty: all. The browser's program does not read it.
    #[serde(default, deserialize_with = "unread")]
    pub allow: Vec<String>,
    /// The addresses and domains that are not let in. The browser's program does not read it.
    #[serde(default, deserialize_with = "unread")]
    pub block: Vec<String>,
    /// Of which visits the owner is told by mail, where the server sends mail. The browser's program does not read it.
    #[serde(default, deserialize_with = "unread")]
    pub mail: VisitMails,
    /// When the link was made, Unix milliseconds.
    pub created_at: i64,
    /// Viewers active now; `None` while Redis does not answer.
    pub active_viewers: Option<u64>,
    /// Views since the link was made; `None` while Redis does not answer.
    pub total_views: Option<u64>,
    /// Counts the changes of its past visits, as in a snapshot; `None` while Redis does not answer. The browser's program
    /// does not read it.
    #[serde(default, deserialize_with = "unread")]
    pub history: Option<u64>,
}

/// A change of a link's settings. An absent field leaves its setting unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkChange {
    /// The owner's name for the link.
    pub label: Option<String>,
    /// Whether the link is switched on.
    pub enabled: Option<bool>,
    /// When the link expires, Unix milliseconds; `null`: never.
    #[serde(deserialize_with = "deserialize_present", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Option<i64>>,
    /// Whether the link asks for an e-mail address.
    pub email: Option<EmailGate>,
    /// The password that the link asks for; `null`: none.
    #[serde(deserialize_with = "deserialize_present", skip_serializing_if = "Option::is_none")]
    pub password: Option<Option<String>>,
    /// Whether visitors may download the file.
    pub download: Option<bool>,
    /// Whether visitors may copy text.
    pub copying: Option<Copying>,
    /// How many active viewers make the link busy, of which its owner is told; `null`: no number.
    #[serde(deserialize_with = "deserialize_present", skip_serializing_if = "Option::is_none")]
    pub busy: Option<Option<u32>>,
    /// Whether the e-mail address is verified by a code.
    pub verify_email: Option<bool>,
    /// The only e-mail addresses and domains that are let in; empty: all.
    pub allow: Option<Vec<String>>,
    /// The e-mail addresses and domains that are not let in.
    pub block: Option<Vec<String>>,
    /// Of which visits the owner is told by mail: of none, of the first of each reader, of every one, or of all once a day.
    pub mail: Option<VisitMails>,
}

/// Passes over a field that the browser's program does not read. `skip_deserializing` would leave the field out of the
/// description of the API, too.
fn unread<'de, T: Default, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    serde::de::IgnoredAny::deserialize(from).map(|_| T::default())
}

/// Tells a field that is `null` (`Some(None)`) from one that is absent (`None`).
pub(super) fn deserialize_present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl LinkChange {
    /// Checks the limits that the types do not express.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(label) = &self.label
            && (label.chars().count() > MAX_LABEL_LENGTH || label.contains(char::is_control))
        {
            return Err(Invalid::new("label", format!("must have {MAX_LABEL_LENGTH} characters at most")));
        }
        // Until the end of 9999: dates have four digits for the year (RFC 3339, section 1).
        if let Some(Some(time)) = self.expires_at
            && !(0..=253_402_300_799_000).contains(&time)
        {
            return Err(Invalid::new("expiresAt", "must be Unix milliseconds"));
        }
        if self.busy == Some(Some(0)) {
            return Err(Invalid::new("busy", "must be 1 or more"));
        }
        match &self.password {
            Some(Some(password))
                if password.trim().is_empty() || password.len() > MAX_LINK_PASSWORD_LENGTH =>
            {
                let reason = format!(
                    "must have 1 to {MAX_LINK_PASSWORD_LENGTH} bytes, and a letter outside A-Z has several"
                );
                Err(Invalid::new("password", reason))
            }
            _ => Ok(()),
        }
    }
}

/// The request for a new link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewLink {
    /// The link's id; absent: a random one.
    pub link_id: Option<LinkId>,
    /// Changes to the defaults: switched on, no expiry, no gate, no download.
    pub settings: LinkChange,
}

/// What a link asks for before it shows its document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// The link.
    pub link_id: LinkId,
    /// The document's title; `None` if the link has a password.
    pub title: Option<String>,
    /// Whether the link asks for an e-mail address.
    pub email: EmailGate,
    /// Whether the link asks for a password.
    pub password: bool,
    /// Whether the e-mail address is verified by a code.
    pub verify: bool,
    /// The address to which a code was sent that this visitor has to give.
    pub code_sent_to: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_differs_from_absent() {
        let read = |text| serde_json::from_str::<LinkChange>(text).expect("a change");
        assert_eq!(read("{}"), LinkChange::default());
        assert_eq!(read(r#"{"expiresAt":null}"#).expires_at, Some(None));
        assert_eq!(read(r#"{"expiresAt":5}"#).expires_at, Some(Some(5)));
        assert_eq!(read(r#"{"password":null}"#).password, Some(None));
        assert_eq!(read(r#"{"email":"required"}"#).email, Some(EmailGate::Required));
    }

    #[test]
    fn copying_follows_downloads_unless_set() {
        for (copying, with, without) in
            [(Copying::Download, true, false), (Copying::On, true, true), (Copying::Off, false, false)]
        {
            assert_eq!((copying.is_allowed(true), copying.is_allowed(false)), (with, without), "{copying:?}");
            assert_eq!(copying.as_str().parse(), Ok(copying));
        }
    }

    #[test]
    fn invalid_settings_name_their_field() {
        for (text, field) in [
            (format!(r#"{{"label":"{}"}}"#, "x".repeat(101)), "label"),
            (r#"{"label":"a\nb"}"#.to_owned(), "label"),
            (r#"{"expiresAt":-1}"#.to_owned(), "expiresAt"),
            (r#"{"busy":0}"#.to_owned(), "busy"),
            (r#"{"password":""}"#.to_owned(), "password"),
            (format!(r#"{{"password":"{}"}}"#, "x".repeat(129)), "password"),
        ] {
            let change: LinkChange = serde_json::from_str(&text).expect("a change");
            assert_eq!(change.check().expect_err(&text).field, field);
        }
    }
}
