//! Who gets a mail about visits: looked up when it is sent, as the owner may have left, moved, or had enough meanwhile.

use super::mail_address;
use crate::{
    error::AppError,
    model::VisitMails,
    server::store::{
        accounts::AccountStore,
        catalogue::Catalogue,
        channels::ChannelStore,
        mail::{MailAddress, MailedVisits},
    },
};

/// Finds the recipients of mails about visits. Cheap to clone.
#[derive(Clone)]
pub struct Recipients {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) channels: ChannelStore,
}

impl Recipients {
    /// The owner's address of today; `None`: they are gone, want no more of these mails, or the link is gone or another's.
    pub async fn of(&self, visits: &MailedVisits) -> Result<Option<MailAddress>, AppError> {
        let Some(owner) = self.accounts.owner(&visits.owner).await? else { return Ok(None) };
        if !self.channels.of_owner(&visits.owner).await?.mails.on {
            return Ok(None);
        }
        if let Some(link) = &visits.link {
            match self.catalogue.link(link).await {
                Ok(linked)
                    if linked.document.owner.as_ref() == Some(&visits.owner)
                        && linked.link.mail != VisitMails::Off => {}
                Ok(_) | Err(AppError::LinkNotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(mail_address(&owner.email).ok())
    }
}
