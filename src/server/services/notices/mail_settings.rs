//! What owners set for mails about visits of all their links, and how they stop them by the address in a mail.

use super::{service::Notices, stop_token::StopToken};
use crate::{
    error::AppError,
    model::{
        AccountAction, LinkId, MailSettings, MailSettingsChange, OwnerId, StoppableLink, StoppableMails,
        VisitMails,
    },
    server::{
        services::{mail::no_mail, requester::Requester},
        store::catalogue::{LinkField, LinkedDocument},
    },
};

impl Notices {
    /// What the requester has set; `None` where the server sends no mail.
    pub async fn mail_settings(&self, requester: &Requester) -> Result<Option<MailSettings>, AppError> {
        let owner = &requester.owner()?.owner_id;
        if !self.mailer.is_on() {
            return Ok(None);
        }
        Ok(Some(self.channels.of_owner(owner).await?.mails))
    }

    /// Changes what is given, and returns what is set then. [`AppError::Forbidden`] where the server sends no mail.
    pub async fn change_mails(
        &self,
        change: MailSettingsChange,
        requester: &Requester,
    ) -> Result<MailSettings, AppError> {
        let owner = &requester.owner()?.owner_id;
        if !self.mailer.is_on() {
            return Err(no_mail());
        }
        if let Some(new_links) = change.new_links {
            self.channels.set_mails_of_new_links(owner, new_links).await?;
        }
        if let Some(on) = change.on {
            self.switch_mails(owner, on).await?;
        }
        let settings = self.channels.of_owner(owner).await?.mails;
        if change != MailSettingsChange::default() {
            let state = if settings.on { "on" } else { "off" };
            let about = format!("{state}, new links: {}", settings.new_links);
            self.audit.note(requester, AccountAction::MailsChanged, &about).await;
        }
        Ok(settings)
    }

    /// What the address in a mail stops. [`AppError::NotFound`] for one that this server has not signed, or whose owner is
    /// gone.
    pub async fn stoppable(&self, token: &str) -> Result<StoppableMails, AppError> {
        let StopToken { owner, link } = self.read_token(token).await?;
        let link = match link {
            Some(link) => self.link_of(&owner, &link).await?,
            None => None,
        };
        let link = link.map(|linked| StoppableLink {
            link_id: linked.link.id.clone(),
            name: linked.link.name(),
            title: linked.document.title.clone(),
            mail: linked.link.mail,
        });
        Ok(StoppableMails { link, on: self.channels.of_owner(&owner).await?.mails.on })
    }

    /// Stops what the address in a mail is for: mails about its link, or, also where it is for none or `all` is wanted, about
    /// all links of its owner. May be repeated. [`AppError::NotFound`] as in [`Notices::stoppable`].
    pub async fn stop_mails(&self, token: &str, all: bool, client: &str) -> Result<(), AppError> {
        let StopToken { owner, link } = self.read_token(token).await?;
        let Some(link) = link.filter(|_| !all) else {
            self.switch_mails(&owner, false).await?;
            self.audit
                .note_of(&owner, AccountAction::MailsChanged, "off, by the address in a mail", client)
                .await;
            return Ok(());
        };
        // Of a link that is gone no mail comes.
        let Some(linked) = self.link_of(&owner, &link).await? else { return Ok(()) };
        if linked.link.mail != VisitMails::Off {
            let off = LinkField::Mail(VisitMails::Off);
            self.marking.catalogue.change_link(&link, &[off], Some(&owner)).await?;
            let about = format!("{link} ({}): mail, by the address in a mail", linked.document.id);
            self.audit.note_of(&owner, AccountAction::LinkChanged, &about, client).await;
        }
        Ok(())
    }

    /// What is switched counts at once; the marks of links only spare the work for mails that are not sent.
    async fn switch_mails(&self, owner: &OwnerId, on: bool) -> Result<(), AppError> {
        self.marking.plan(owner).await?;
        self.channels.switch_mails(owner, on).await?;
        self.marking.mark_all(owner).await
    }

    async fn read_token(&self, token: &str) -> Result<StopToken, AppError> {
        let token = StopToken::read(token, &self.secret.signing_key()?).ok_or(AppError::NotFound)?;
        match self.audit.accounts.owner(&token.owner).await? {
            Some(_) => Ok(token),
            None => Err(AppError::NotFound),
        }
    }

    /// The link, if it is still the owner's.
    async fn link_of(&self, owner: &OwnerId, link: &LinkId) -> Result<Option<LinkedDocument>, AppError> {
        match self.marking.catalogue.link(link).await {
            Err(AppError::LinkNotFound) => Ok(None),
            linked => Ok(Some(linked?).filter(|linked| linked.document.owner.as_ref() == Some(owner))),
        }
    }
}
