//! A link: an address at which a document is read, with what its owner has set.

use serde::{Deserialize, Deserializer, Serialize};

use super::{DocumentId, Invalid, LinkId};

/// The longest label of a link and of an API key, in characters.
pub const MAX_LABEL_LENGTH: usize = 100;
/// The longest password of a link, in bytes.
pub const MAX_LINK_PASSWORD_LENGTH: usize = 128;

/// Whether a link asks its visitors for an e-mail address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailGate {
    /// It does not ask.
    #[default]
    None,
    /// It asks, and takes no for an answer.
    Optional,
    /// Nobody reads without giving one.
    Required,
}

impl EmailGate {
    /// As it stands on the wire.
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

/// Whether a link leads anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// It does.
    Open,
    /// Its owner has switched it off.
    Off,
    /// Its time is over.
    Expired,
}

/// A link as its owner sees it, with its two most asked numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkSummary {
    /// The link.
    pub link_id: LinkId,
    /// The document that is read there.
    pub document_id: DocumentId,
    /// The document's title.
    pub title: String,
    /// The document's number of pages.
    pub page_count: u32,
    /// What its owner calls it; may be empty.
    pub label: String,
    /// The address to hand to readers, complete with scheme and host.
    pub viewer_url: String,
    /// Whether it leads anywhere.
    pub state: LinkState,
    /// When it expires, Unix milliseconds; `None`: never.
    pub expires_at: Option<i64>,
    /// Whether it asks for an e-mail address.
    pub email: EmailGate,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// Whether the file may be downloaded.
    pub download: bool,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
    /// Viewers active now; `None` while the analytics are out of reach.
    pub active_viewers: Option<u64>,
    /// Views since the link exists; `None` while the analytics are out of reach.
    pub total_views: Option<u64>,
}

/// What is to be different about a link; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkChange {
    /// What its owner calls it.
    pub label: Option<String>,
    /// On or off.
    pub enabled: Option<bool>,
    /// When it expires, Unix milliseconds; `null`: never.
    #[serde(deserialize_with = "deserialize_present", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Option<i64>>,
    /// Whether it asks for an e-mail address.
    pub email: Option<EmailGate>,
    /// The password it asks for; `null`: none.
    #[serde(deserialize_with = "deserialize_present", skip_serializing_if = "Option::is_none")]
    pub password: Option<Option<String>>,
    /// Whether the file may be downloaded.
    pub download: Option<bool>,
}

/// A field that is there, even as `null`: that is not the same as one that is absent.
fn deserialize_present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl LinkChange {
    /// Checks what the types alone can not hold.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(label) = &self.label
            && (label.chars().count() > MAX_LABEL_LENGTH || label.contains(char::is_control))
        {
            return Err(Invalid::new("label", format!("must have {MAX_LABEL_LENGTH} characters at most")));
        }
        // Far enough for anybody, and within what a browser and a calendar can show.
        if let Some(Some(time)) = self.expires_at
            && !(0..=253_402_300_799_000).contains(&time)
        {
            return Err(Invalid::new("expiresAt", "must be Unix milliseconds"));
        }
        match &self.password {
            Some(Some(password)) if password.is_empty() || password.len() > MAX_LINK_PASSWORD_LENGTH => {
                Err(Invalid::new("password", format!("must have 1 to {MAX_LINK_PASSWORD_LENGTH} characters")))
            }
            _ => Ok(()),
        }
    }
}

/// A link to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewLink {
    /// The address; absent: a random one.
    pub link_id: Option<LinkId>,
    /// What is not as usual: on, never expiring, without a gate, without download.
    pub settings: LinkChange,
}

/// What a link asks for before anything of its document is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// The link.
    pub link_id: LinkId,
    /// The document's title, unless a password keeps it secret.
    pub title: Option<String>,
    /// Whether it asks for an e-mail address.
    pub email: EmailGate,
    /// Whether it asks for a password.
    pub password: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_not_what_is_null() {
        let read = |text| serde_json::from_str::<LinkChange>(text).expect("a change");
        assert_eq!(read("{}"), LinkChange::default());
        assert_eq!(read(r#"{"expiresAt":null}"#).expires_at, Some(None));
        assert_eq!(read(r#"{"expiresAt":5}"#).expires_at, Some(Some(5)));
        assert_eq!(read(r#"{"password":null}"#).password, Some(None));
        assert_eq!(read(r#"{"email":"required"}"#).email, Some(EmailGate::Required));
    }

    #[test]
    fn what_can_not_be_set_is_refused_by_its_name() {
        for (text, field) in [
            (format!(r#"{{"label":"{}"}}"#, "x".repeat(101)), "label"),
            (r#"{"label":"a\nb"}"#.to_owned(), "label"),
            (r#"{"expiresAt":-1}"#.to_owned(), "expiresAt"),
            (r#"{"password":""}"#.to_owned(), "password"),
            (format!(r#"{{"password":"{}"}}"#, "x".repeat(129)), "password"),
        ] {
            let change: LinkChange = serde_json::from_str(&text).expect("a change");
            assert_eq!(change.check().expect_err(&text).field, field);
        }
    }
}
