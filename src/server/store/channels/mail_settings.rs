//! What an owner has set for mails about visits of all their links.

use std::collections::HashMap;

use super::ChannelStore;
use crate::{
    error::AppError,
    model::{MailSettings, OwnerId, VisitMails},
};

impl ChannelStore {
    /// Switches the mails of an owner on or off.
    pub async fn switch_mails(&self, owner: &OwnerId, on: bool) -> Result<(), AppError> {
        self.set_mails(owner, &[("off", if on { "" } else { "1" })]).await
    }

    /// Sets what a new link of an owner begins with.
    pub async fn set_mails_of_new_links(&self, owner: &OwnerId, mails: VisitMails) -> Result<(), AppError> {
        self.set_mails(owner, &[("new", mails.as_str())]).await
    }

    async fn set_mails(&self, owner: &OwnerId, fields: &[(&str, &str)]) -> Result<(), AppError> {
        self.redis.run(&self.scripts.set_mails_call(owner, fields)).await
    }
}

pub(super) fn mail_settings_key(owner: &OwnerId) -> String {
    format!("send:mail-settings:{{{owner}}}")
}

/// The settings of their fields. What a newer version may have set is as if nothing were.
pub(super) fn read(fields: &HashMap<String, String>) -> MailSettings {
    let new_links = fields.get("new").and_then(|mails| mails.parse().ok()).unwrap_or_default();
    MailSettings { on: fields.get("off").is_none_or(String::is_empty), new_links }
}
