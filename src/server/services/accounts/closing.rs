//! What an account holds, and its end.

use super::Accounts;
use crate::{
    error::AppError,
    model::{AccountAction, AccountContents, AccountExport},
    server::services::requester::Requester,
};

impl Accounts {
    /// How much goes with the requester's account.
    pub async fn contents(&self, requester: &Requester) -> Result<AccountContents, AppError> {
        let owner = requester.manager()?;
        let documents = self.catalogue.documents_of(Some(&owner.owner_id)).await?;
        let mut links = 0;
        for document in &documents {
            links += self.catalogue.link_ids_of(&document.id).await?.len() as u64;
        }
        Ok(AccountContents {
            documents: documents.len() as u64,
            links,
            api_keys: self.accounts.keys(&owner.owner_id).await?.len() as u64,
        })
    }

    /// Everything that the requester's account holds, except files and visits, which have exports of their own.
    pub async fn export(&self, requester: &Requester) -> Result<AccountExport, AppError> {
        let owner = requester.manager()?;
        let now = self.clock.now();
        let mut documents = Vec::new();
        for document in self.catalogue.documents_of(Some(&owner.owner_id)).await? {
            let links = self.catalogue.links_of(&document.id).await?;
            let links = links.iter().map(|link| link.summary(&document, &requester.origin, now, None));
            documents.push(document.summary(links.collect(), 0, None));
        }
        let corrections = self.corrections.list(&owner.owner_id).await?;
        let export = AccountExport {
            email: owner.email.clone(),
            time_zone: self.accounts.zone(&owner.owner_id).await?,
            mails: self.marking.channels.of_owner(&owner.owner_id).await?.mails,
            second_factor: self.accounts.has_second_factor(&owner.owner_id).await?,
            passkeys: self.accounts.passkeys(&owner.owner_id).await?,
            api_keys: self.accounts.keys(&owner.owner_id).await?,
            sessions: self.accounts.sessions(&owner.owner_id, requester.session()).await?,
            documents,
            corrections: corrections.into_iter().map(|(id, record)| record.listed(id)).collect(),
            events: self.audit.events(requester).await?,
        };
        self.audit.note(requester, AccountAction::AccountExported, "").await;
        Ok(export)
    }

    /// Deletes the requester's account with all documents, links, visits, keys, passkeys and sessions. After a failure the account is
    /// still there with what is left, and can be deleted again. [`AppError::WrongPassword`],
    /// [`AppError::TooManyAttempts`].
    pub async fn delete(&self, password: &str, requester: &Requester) -> Result<(), AppError> {
        let owner = &requester.manager()?.owner_id;
        self.confirm_password(owner, password).await?;
        let documents = self.catalogue.documents_of(Some(owner)).await?;
        for document in &documents {
            self.library.remove_document(document).await?;
        }
        self.marking.channels.remove_all(owner).await?;
        self.corrections.remove_all(owner).await?;
        self.held_visits.remove_all(owner).await?;
        self.made_once.forget(owner).await?;
        self.accounts.remove(owner).await?;
        let (documents, client) = (documents.len(), &*requester.client);
        tracing::info!(target: "sightline::audit", %owner, documents, client, "account deleted");
        Ok(())
    }
}
