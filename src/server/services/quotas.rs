//! What one owner may have on this server, so that none takes it from the others.

use crate::error::AppError;

/// The quotas of each owner, as the operator sets them.
#[derive(Clone, Debug)]
pub struct Quotas {
    /// Documents.
    pub documents: u64,
    /// Bytes of all files, replaced ones included while they are kept; `None`: no limit.
    pub bytes: Option<u64>,
    /// Links of one document.
    pub links: u64,
    /// Links of all documents together.
    pub owner_links: u64,
    /// API keys.
    pub keys: u64,
    /// Webhooks.
    pub webhooks: u64,
}

impl Quotas {
    /// Refuses one document more than the quota, in words.
    pub fn check_documents(&self, has: u64) -> Result<(), AppError> {
        check(has, self.documents, "documents").map_err(AppError::FileRefused)
    }

    /// Refuses a file once the quota of bytes is taken. The file that passes the limit is the last one.
    pub fn check_bytes(&self, has: u64) -> Result<(), AppError> {
        let Some(most) = self.bytes.filter(|most| has >= *most) else { return Ok(()) };
        Err(AppError::FileRefused(format!(
            "Your files take {} MB, and this server keeps {} MB for each owner. Delete a document first, or ask the \
             server's operator for more.",
            has >> 20,
            most >> 20
        )))
    }

    /// Refuses one link more than the quota.
    pub fn check_links(&self, has: u64) -> Result<(), AppError> {
        check(has, self.links, "links to this document").map_err(AppError::BadRequest)
    }

    /// Refuses one link more than the quota of all documents together.
    pub fn check_owner_links(&self, has: u64) -> Result<(), AppError> {
        check(has, self.owner_links, "links").map_err(AppError::BadRequest)
    }

    /// Refuses one API key more than the quota.
    pub fn check_keys(&self, has: u64) -> Result<(), AppError> {
        check(has, self.keys, "API keys").map_err(AppError::BadRequest)
    }

    /// Refuses one webhook more than the quota.
    pub fn check_webhooks(&self, has: u64) -> Result<(), AppError> {
        check(has, self.webhooks, "webhooks").map_err(AppError::BadRequest)
    }
}

fn check(has: u64, most: u64, what: &str) -> Result<(), String> {
    if has < most {
        return Ok(());
    }
    Err(format!(
        "You have {has} {what}, which is the most on this server. Delete one first, or ask the server's operator for more."
    ))
}
