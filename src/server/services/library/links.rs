//! Links: make, change, delete.

use super::{ID_LENGTH, Library};
use crate::{
    error::AppError,
    model::{
        AccountAction, DocumentId, Invalid, LinkChange, LinkId, LinkSummary, NewLink, ViewerLimit, VisitMails,
    },
    server::{
        services::{
            ownership::{own_document, own_link},
            requester::Requester,
        },
        store::{
            catalogue::{AccessLists, Document, Link, LinkField, RuleList, VERSION_LENGTH},
            random,
        },
    },
};

/// How many characters of five bits a random link has.
const LINK_LENGTH: usize = 10;

impl Library {
    /// Checks that a link is the requester's. [`AppError::LinkNotFound`].
    pub async fn check_link(&self, link: &LinkId, requester: &Requester) -> Result<(), AppError> {
        own_link(&self.catalogue, link, requester).await.map(|_| ())
    }

    /// A link as its owner sees it.
    pub async fn link(&self, link: &LinkId, requester: &Requester) -> Result<LinkSummary, AppError> {
        let linked = own_link(&self.catalogue, link, requester).await?;
        let snapshot = self.analytics.snapshot(link, ViewerLimit::MIN).await?;
        Ok(linked.link.summary(
            &linked.document,
            &requester.origin,
            self.clock.now(),
            Some((&snapshot).into()),
        ))
    }

    /// Makes a link to a document of the requester.
    pub async fn add_link(
        &self,
        document: &DocumentId,
        new: NewLink,
        requester: &Requester,
    ) -> Result<LinkSummary, AppError> {
        let document = own_document(&self.catalogue, document, requester).await?;
        self.quotas.check_links(self.catalogue.count_links(&document.id).await?)?;
        self.quotas.check_owner_links(self.catalogue.count_links_of(document.owner.as_ref()).await?)?;
        let link = self.make_link(&document, new).await?;
        self.audit.note(requester, AccountAction::LinkMade, &described(&link, &document)).await;
        Ok(self.changed(&link, &document, requester).await)
    }

    /// Makes a link, at a random address unless one is given. [`AppError::Taken`] when there is a link at it.
    pub async fn make_link(&self, document: &Document, new: NewLink) -> Result<Link, AppError> {
        let NewLink { link_id, settings } = new;
        settings.check()?;
        let id = match link_id {
            Some(id) => id,
            None => random_link()?,
        };
        let link = Link {
            id,
            document: document.id.clone(),
            label: settings.label.unwrap_or_default().trim().to_owned(),
            enabled: settings.enabled.unwrap_or(true),
            expires_at: settings.expires_at.flatten(),
            email: settings.email.unwrap_or_default(),
            password: self.hash(settings.password.flatten()).await?,
            download: settings.download.unwrap_or(false),
            copying: settings.copying.unwrap_or_default(),
            busy: settings.busy.flatten(),
            verify: settings.verify_email.unwrap_or(false),
            access: AccessLists {
                allow: RuleList::read("allow", &settings.allow.unwrap_or_default())?,
                block: RuleList::read("block", &settings.block.unwrap_or_default())?,
            },
            mail: match settings.mail {
                Some(mails) => mails,
                None => self.marking.mails_of_new_links(document).await?,
            },
            created_at: self.clock.now(),
            gate: random::token(ID_LENGTH)?,
            version: random::token(VERSION_LENGTH)?,
        };
        self.check_gate(&link, link.verify)?;
        self.check_mails(settings.mail)?;
        self.catalogue.add_link(&link, document.owner.as_ref()).await?;
        if let Err(error) = self.marking.mark_new(&link, document).await {
            // The link is there: an error would deny it.
            tracing::warn!(link = %link.id, %error, "events of a new link are told once a channel is changed");
        }
        Ok(link)
    }

    /// Changes the given settings of a link. When its gate changes, earlier grants become invalid.
    pub async fn change_link(
        &self,
        link: &LinkId,
        change: LinkChange,
        requester: &Requester,
    ) -> Result<LinkSummary, AppError> {
        let linked = own_link(&self.catalogue, link, requester).await?;
        change.check()?;
        let LinkChange {
            label,
            enabled,
            expires_at,
            email,
            password,
            download,
            copying,
            busy,
            verify_email,
            allow,
            block,
            mail,
        } = change;
        let mut fields = Vec::new();
        if email.is_some_and(|email| email != linked.link.email) || password.is_some() {
            fields.push(LinkField::Gate(random::token(ID_LENGTH)?));
        }
        fields.extend(label.map(|label| LinkField::Label(label.trim().to_owned())));
        fields.extend(enabled.map(LinkField::Enabled));
        fields.extend(expires_at.map(LinkField::ExpiresAt));
        fields.extend(email.map(LinkField::Email));
        fields.extend(download.map(LinkField::Download));
        fields.extend(copying.map(LinkField::Copying));
        fields.extend(busy.map(LinkField::Busy));
        fields.extend(verify_email.map(LinkField::Verify));
        if let Some(entries) = allow {
            fields.push(LinkField::Allow(RuleList::read("allow", &entries)?));
        }
        if let Some(entries) = block {
            fields.push(LinkField::Block(RuleList::read("block", &entries)?));
        }
        fields.extend(mail.map(LinkField::Mail));
        if let Some(password) = password {
            fields.push(LinkField::Password(self.hash(password).await?));
        }
        let mut link = (*linked.link).clone();
        fields.iter().cloned().for_each(|field| link.set(field));
        self.check_gate(&link, !linked.link.verify)?;
        self.check_mails(mail.filter(|mail| *mail != linked.link.mail))?;
        if !fields.is_empty() {
            self.catalogue.change_link(&link.id, &fields, linked.document.owner.as_ref()).await?;
            // A new gate is a consequence, and no setting.
            let settings = fields.iter().filter(|field| !matches!(field, LinkField::Gate(_)));
            let names: Vec<&str> = settings.map(LinkField::name).collect();
            let about = format!("{}: {}", described(&link, &linked.document), names.join(", "));
            self.audit.note(requester, AccountAction::LinkChanged, &about).await;
        }
        Ok(self.changed(&link, &linked.document, requester).await)
    }

    /// The answer to a saved change. Numbers that cannot be read are left out: an error would deny the change.
    async fn changed(&self, link: &Link, document: &Document, requester: &Requester) -> LinkSummary {
        let snapshot = self.analytics.snapshot(&link.id, ViewerLimit::MIN).await;
        let counts = snapshot.ok().map(|snapshot| (&snapshot).into());
        link.summary(document, &requester.origin, self.clock.now(), counts)
    }

    /// Deletes a link of the requester with its numbers.
    pub async fn delete_link(&self, link: &LinkId, requester: &Requester) -> Result<(), AppError> {
        let linked = own_link(&self.catalogue, link, requester).await?;
        self.remove_link(&linked.link, linked.document.owner.as_ref()).await?;
        let about = described(&linked.link, &linked.document);
        self.audit.note(requester, AccountAction::LinkDeleted, &about).await;
        Ok(())
    }

    /// Refuses lists at a link that lets visitors in without an e-mail address, and codes that cannot be sent where
    /// `verifies_newly`.
    fn check_gate(&self, link: &Link, verifies_newly: bool) -> Result<(), Invalid> {
        if link.email != link.email_asked() {
            return Err(Invalid::new(
                "email",
                "must be required where some addresses are allowed or blocked",
            ));
        }
        if link.verify && verifies_newly && !self.mailer.is_on() {
            return Err(Invalid::new("verifyEmail", "needs a server that sends mail"));
        }
        Ok(())
    }

    /// Refuses mails about visits that cannot be sent; the usual ones wait for a server that sends mail.
    fn check_mails(&self, wanted: Option<VisitMails>) -> Result<(), Invalid> {
        match wanted {
            Some(VisitMails::Every | VisitMails::Daily) if !self.mailer.is_on() => {
                Err(Invalid::new("mail", "needs a server that sends mail"))
            }
            _ => Ok(()),
        }
    }

    async fn hash(&self, password: Option<String>) -> Result<Option<String>, AppError> {
        match password {
            Some(password) => self.passwords.hash_of_link(&password).await.map(Some),
            None => Ok(None),
        }
    }
}

/// A link as the audit log names it: by ids alone, as the log outlives what is deleted.
fn described(link: &Link, document: &Document) -> String {
    format!("{} ({})", link.id, document.id)
}

fn random_link() -> Result<LinkId, AppError> {
    random::token(LINK_LENGTH)?.parse().map_err(|_| AppError::Internal)
}
