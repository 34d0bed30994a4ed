//! A document and a link as Redis holds them: hashes, so that two changes at once do not undo each other.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::access_lists::{AccessLists, RuleList};
use crate::{
    error::AppError,
    model::{Copying, DocumentId, EmailGate, LinkId, LinkState, OwnerId, PageSize, VisitMails},
    server::store::stored_file::StoredFile,
};

/// What a hash holds.
pub(super) type Fields = HashMap<String, String>;

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which.
    pub id: DocumentId,
    /// Whose; `None` while there is no owner at all.
    pub owner: Option<OwnerId>,
    /// What its owner calls it.
    pub title: String,
    /// What an image shows, for those who cannot see it; empty: not said.
    pub alt: String,
    /// The file that is read now.
    pub file: StoredFile,
    /// The file before it.
    pub previous: Option<PreviousFile>,
    /// When it was first uploaded, Unix milliseconds.
    pub created_at: i64,
}

/// A replaced file, which its readers may finish for [`super::PREVIOUS_FILE_LIFE_MS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviousFile {
    /// The file.
    pub file: StoredFile,
    /// When it was replaced, Unix milliseconds.
    pub replaced_at: i64,
}

impl Document {
    pub(super) fn read(id: &DocumentId, fields: &Fields) -> Result<Self, AppError> {
        let owner = fields.get("owner").filter(|owner| !owner.is_empty());
        let read = || {
            Some(Self {
                id: id.clone(),
                owner: owner.map(|owner| owner.parse()).transpose().ok()?,
                title: fields.get("title")?.clone(),
                // Records of earlier versions have none.
                alt: fields.get("alt").cloned().unwrap_or_default(),
                file: serde_json::from_str(fields.get("file")?).ok()?,
                previous: serde_json::from_str(fields.get("previous")?).ok()?,
                created_at: fields.get("created")?.parse().ok()?,
            })
        };
        read().ok_or_else(|| unreadable("document", id.as_str()))
    }

    pub(super) fn fields(&self) -> Result<Vec<(&'static str, String)>, AppError> {
        Ok(vec![
            ("owner", self.owner.as_ref().map(OwnerId::to_string).unwrap_or_default()),
            ("title", self.title.clone()),
            ("alt", self.alt.clone()),
            ("file", json(&self.file)?),
            ("previous", json(&self.previous)?),
            ("created", self.created_at.to_string()),
        ])
    }

    /// The file of this version, if it can still be read.
    pub fn file_of(&self, version: &str) -> Option<&StoredFile> {
        let files = std::iter::once(&self.file).chain(self.previous.as_ref().map(|previous| &previous.file));
        files.into_iter().find(|file| file.version == version)
    }

    /// The file to read: of the version that a reader began with, [`AppError::NotFound`] when it is gone; otherwise the
    /// newest.
    pub fn file_to_read(&self, version: Option<&str>) -> Result<&StoredFile, AppError> {
        match version {
            Some(version) => self.file_of(version).ok_or(AppError::NotFound),
            None => Ok(&self.file),
        }
    }

    /// The number of pages of the longest file that a reader may have open, the previous one included.
    pub fn most_pages(&self) -> u32 {
        let pages = |pages: &[PageSize]| pages.len() as u32;
        let before = self.previous.as_ref().map_or(0, |previous| pages(&previous.file.pages));
        pages(&self.file.pages).max(before)
    }
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its address below `/v/`.
    pub id: LinkId,
    /// What is read there.
    pub document: DocumentId,
    /// What its owner calls it.
    pub label: String,
    /// Switched on.
    pub enabled: bool,
    /// Unix milliseconds; `None`: never.
    pub expires_at: Option<i64>,
    /// Whether it asks for an e-mail address.
    pub email: EmailGate,
    /// The hash of its password.
    pub password: Option<String>,
    /// Whether the file may be downloaded.
    pub download: bool,
    /// Whether text may be copied.
    pub copying: Copying,
    /// How many active viewers make it busy; `None`: no number.
    pub busy: Option<u32>,
    /// Whether an e-mail address that is given is verified by a code.
    pub verify: bool,
    /// Whom it lets in by their e-mail address.
    pub access: AccessLists,
    /// Of which visits its owner is told by mail.
    pub mail: VisitMails,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
    /// The version of the gate: another one with each change of what it asks for, so that earlier grants end.
    pub gate: String,
    /// Another one with each change of the record; empty in records of earlier versions of the server.
    pub version: String,
}

impl Link {
    /// Whether it leads anywhere at `now`, in Unix milliseconds.
    pub fn state(&self, now: i64) -> LinkState {
        if !self.enabled {
            LinkState::Off
        } else if self.expires_at.is_some_and(|end| end <= now) {
            LinkState::Expired
        } else {
            LinkState::Open
        }
    }

    /// What its owner calls it, or its id.
    pub fn name(&self) -> String {
        if self.label.is_empty() { self.id.to_string() } else { self.label.clone() }
    }

    /// Whether it asks for anything.
    pub fn has_gate(&self) -> bool {
        self.email_asked() != EmailGate::None || self.password.is_some()
    }

    /// Whether it asks for an e-mail address. With a list it does, also where an earlier version of the server, which
    /// knows no lists, has set it not to.
    pub fn email_asked(&self) -> EmailGate {
        if self.access.are_empty() { self.email } else { EmailGate::Required }
    }

    /// Sets one of its fields.
    pub fn set(&mut self, field: LinkField) {
        match field {
            LinkField::Label(label) => self.label = label,
            LinkField::Enabled(on) => self.enabled = on,
            LinkField::ExpiresAt(time) => self.expires_at = time,
            LinkField::Email(gate) => self.email = gate,
            LinkField::Password(hash) => self.password = hash,
            LinkField::Download(on) => self.download = on,
            LinkField::Copying(copying) => self.copying = copying,
            LinkField::Busy(viewers) => self.busy = viewers,
            LinkField::Verify(on) => self.verify = on,
            LinkField::Allow(list) => self.access.allow = list,
            LinkField::Block(list) => self.access.block = list,
            LinkField::Mail(mails) => self.mail = mails,
            LinkField::Gate(version) => self.gate = version,
            LinkField::Version(version) => self.version = version,
        }
    }

    pub(super) fn read(id: &LinkId, fields: &Fields) -> Result<Self, AppError> {
        let text = |name| fields.get(name).filter(|text: &&String| !text.is_empty());
        let read = || {
            Some(Self {
                id: id.clone(),
                document: fields.get("document")?.parse().ok()?,
                label: fields.get("label")?.clone(),
                enabled: fields.get("enabled")? == "1",
                expires_at: text("expires").map(|time| time.parse()).transpose().ok()?,
                email: fields.get("email")?.parse().ok()?,
                password: text("password").cloned(),
                download: fields.get("download")? == "1",
                // Records of earlier versions have none.
                copying: text("copying").map(|copying| copying.parse()).transpose().ok()?.unwrap_or_default(),
                busy: text("busy").map(|viewers| viewers.parse()).transpose().ok()?,
                verify: text("verify").is_some_and(|on| on == "1"),
                access: AccessLists {
                    allow: RuleList::from_stored(text("allow").map_or("", String::as_str))?,
                    block: RuleList::from_stored(text("block").map_or("", String::as_str))?,
                },
                mail: text("mail").map(|mails| mails.parse()).transpose().ok()?.unwrap_or_default(),
                created_at: fields.get("created")?.parse().ok()?,
                gate: fields.get("gate")?.clone(),
                version: fields.get("version").cloned().unwrap_or_default(),
            })
        };
        read().ok_or_else(|| unreadable("link", id.as_str()))
    }

    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields =
            vec![("document", self.document.to_string()), ("created", self.created_at.to_string())];
        let settings = [
            LinkField::Label(self.label.clone()),
            LinkField::Enabled(self.enabled),
            LinkField::ExpiresAt(self.expires_at),
            LinkField::Email(self.email),
            LinkField::Password(self.password.clone()),
            LinkField::Download(self.download),
            LinkField::Copying(self.copying),
            LinkField::Busy(self.busy),
            LinkField::Verify(self.verify),
            LinkField::Allow(self.access.allow.clone()),
            LinkField::Block(self.access.block.clone()),
            LinkField::Mail(self.mail),
            LinkField::Gate(self.gate.clone()),
            LinkField::Version(self.version.clone()),
        ];
        fields.extend(settings.iter().map(LinkField::stored));
        fields
    }
}

/// One thing that can change about a link. See [`Link`].
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each is the field of the same name")]
pub enum LinkField {
    Label(String),
    Enabled(bool),
    ExpiresAt(Option<i64>),
    Email(EmailGate),
    Password(Option<String>),
    Download(bool),
    Copying(Copying),
    Busy(Option<u32>),
    Verify(bool),
    Allow(RuleList),
    Block(RuleList),
    Mail(VisitMails),
    Gate(String),
    Version(String),
}

impl LinkField {
    /// Its name, for the audit log.
    pub fn name(&self) -> &'static str {
        self.stored().0
    }

    /// Name and value in the hash.
    pub(super) fn stored(&self) -> (&'static str, String) {
        let flag = |on: bool| u8::from(on).to_string();
        match self {
            Self::Label(label) => ("label", label.clone()),
            Self::Enabled(on) => ("enabled", flag(*on)),
            Self::ExpiresAt(time) => ("expires", time.map(|time| time.to_string()).unwrap_or_default()),
            Self::Email(gate) => ("email", gate.as_str().to_owned()),
            Self::Password(hash) => ("password", hash.clone().unwrap_or_default()),
            Self::Download(on) => ("download", flag(*on)),
            Self::Copying(copying) => ("copying", copying.as_str().to_owned()),
            Self::Busy(viewers) => ("busy", viewers.map(|viewers| viewers.to_string()).unwrap_or_default()),
            Self::Verify(on) => ("verify", flag(*on)),
            Self::Allow(list) => ("allow", list.stored()),
            Self::Block(list) => ("block", list.stored()),
            Self::Mail(mails) => ("mail", mails.as_str().to_owned()),
            Self::Gate(version) => ("gate", version.clone()),
            Self::Version(version) => ("version", version.clone()),
        }
    }
}

/// What has fields of its own is one field's JSON, always the same for the same.
pub(super) fn json(value: &impl Serialize) -> Result<String, AppError> {
    serde_json::to_string(value).map_err(|_| AppError::Internal)
}

fn unreadable(what: &str, id: &str) -> AppError {
    tracing::error!(key = format!("send:{what}:{{{id}}}"), "a record in Redis is damaged");
    AppError::Internal
}
