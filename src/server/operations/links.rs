//! What owners do with links: make, change, delete.

use crate::{
    error::AppError,
    model::{DocumentId, LinkChange, LinkId, LinkSummary, NewLink},
    server::{
        AppState,
        asker::Asker,
        catalogue::{Document, Link, LinkField},
        random,
    },
};

use super::documents::ID_LENGTH;

/// How long a random address is, in characters of five bits.
const LINK_LENGTH: usize = 10;

impl AppState {
    /// Makes a link to a document of the asker.
    pub async fn add_link(
        &self,
        document: &DocumentId,
        new: NewLink,
        asker: &Asker,
    ) -> Result<LinkSummary, AppError> {
        let document = self.own_document(document, asker).await?;
        let link = self.make_link(&document, new).await?;
        self.link(&link.id, asker).await
    }

    /// Makes a link; at a random address unless one is given, which may be [`AppError::Taken`].
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
            password: self.hashed(settings.password.flatten()).await?,
            download: settings.download.unwrap_or(false),
            created_at: self.analytics.clock().now(),
            gate: random::token(ID_LENGTH)?,
        };
        self.catalogue.add_link(&link).await?;
        Ok(link)
    }

    /// Changes what is given of a link. Who passed its gate must pass it again where that asks for more now.
    pub async fn change_link(
        &self,
        link: &LinkId,
        change: LinkChange,
        asker: &Asker,
    ) -> Result<LinkSummary, AppError> {
        let shared = self.own_link(link, asker).await?;
        change.check()?;
        let LinkChange { label, enabled, expires_at, email, password, download } = change;
        let mut fields = Vec::new();
        if email.is_some_and(|email| email != shared.link.email) || password.is_some() {
            fields.push(LinkField::Gate(random::token(ID_LENGTH)?));
        }
        fields.extend(label.map(|label| LinkField::Label(label.trim().to_owned())));
        fields.extend(enabled.map(LinkField::Enabled));
        fields.extend(expires_at.map(LinkField::ExpiresAt));
        fields.extend(email.map(LinkField::Email));
        fields.extend(download.map(LinkField::Download));
        if let Some(password) = password {
            fields.push(LinkField::Password(self.hashed(password).await?));
        }
        if !fields.is_empty() {
            self.catalogue.change_link(link, &fields).await?;
        }
        self.link(link, asker).await
    }

    /// Deletes a link with all its numbers.
    pub async fn delete_link(&self, link: &LinkId, asker: &Asker) -> Result<(), AppError> {
        let shared = self.own_link(link, asker).await?;
        self.remove_link(&shared.link).await
    }

    async fn hashed(&self, password: Option<String>) -> Result<Option<String>, AppError> {
        match password {
            Some(password) => self.accounts.passwords().hash(&password).await.map(Some),
            None => Ok(None),
        }
    }
}

fn random_link() -> Result<LinkId, AppError> {
    random::token(LINK_LENGTH)?.parse().map_err(|_| AppError::Internal)
}
