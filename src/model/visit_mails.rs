//! Of which visits an owner is told by mail.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, LinkId};

/// Of which visits of a link its owner is told by mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum VisitMails {
    /// Of none.
    Off,
    /// Of the first visit of each reader of the document.
    #[default]
    First,
    /// Of every visit.
    Every,
    /// Of all visits of a day, in one mail the next morning.
    Daily,
}

impl VisitMails {
    /// All of them, as they are offered.
    pub const ALL: [Self; 4] = [Self::Off, Self::First, Self::Every, Self::Daily];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::First => "first",
            Self::Every => "every",
            Self::Daily => "daily",
        }
    }

    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Off => "Never",
            Self::First => "At the first visit of each reader",
            Self::Every => "At every visit",
            Self::Daily => "Once a day, at 8:00",
        }
    }
}

impl fmt::Display for VisitMails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for VisitMails {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|mails| mails.as_str() == text);
        found.ok_or_else(|| Invalid::new("mail", r#"must be "off", "first", "every" or "daily""#))
    }
}

/// What an owner has set for mails about visits of all their links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailSettings {
    /// Whether any are sent; if not, what the links say waits until they are again.
    pub on: bool,
    /// What a new link begins with.
    pub new_links: VisitMails,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self { on: true, new_links: VisitMails::default() }
    }
}

/// A change of them. An absent field leaves its setting unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MailSettingsChange {
    /// Whether mails about visits are sent.
    pub on: Option<bool>,
    /// What a new link begins with.
    pub new_links: Option<VisitMails>,
}

impl From<MailSettings> for MailSettingsChange {
    fn from(MailSettings { on, new_links }: MailSettings) -> Self {
        Self { on: Some(on), new_links: Some(new_links) }
    }
}

/// What the address in a mail stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoppableMails {
    /// The link that it is for; `None`: all, or the link is gone.
    pub link: Option<StoppableLink>,
    /// Whether mails about any link are sent.
    pub on: bool,
}

/// A link, mails about which can be stopped by an address in a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoppableLink {
    /// Which.
    pub link_id: LinkId,
    /// What its owner calls it, or its id.
    pub name: String,
    /// The title of its document.
    pub title: String,
    /// What is set for it.
    pub mail: VisitMails,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back_as_written() {
        for mails in VisitMails::ALL {
            assert_eq!(mails.as_str().parse(), Ok(mails));
            assert_eq!(serde_json::to_value(mails).expect("JSON"), mails.as_str());
        }
        for bad in ["", "First", "always"] {
            assert_eq!(bad.parse::<VisitMails>().expect_err(bad).field, "mail");
        }
    }
}
