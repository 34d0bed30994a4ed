//! Accounts of owners: who a credential belongs to, and how accounts are made.

mod closing;
mod forgotten;
mod keys;
mod passkeys;
mod profile;
mod second_factor;
mod sessions;

use std::time::Duration;

use tokio::time::sleep;

pub use self::second_factor::{PendingSignIn, SignInStep};
use super::{
    audit::Audit,
    library::Library,
    mail::Mailer,
    notices::Marking,
    quotas::Quotas,
    rate_limits::RateLimits,
    requester::{Access, Credential, Requester},
};
use crate::{
    error::AppError,
    model::{AccountAction, KeyScope, Owner},
    server::store::{
        accounts::{AccountStore, KeyUse, SessionToken},
        catalogue::Catalogue,
        clock::Clock,
        corrections::CorrectionStore,
        made_once::MadeOnceStore,
        mail::HeldVisits,
    },
};

/// How often documents without an owner are searched. One round trip when there are none.
const ADOPTION_INTERVAL: Duration = Duration::from_secs(30);

/// Owners, sessions and API keys. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) audit: Audit,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) corrections: CorrectionStore,
    pub(in crate::server) held_visits: HeldVisits,
    pub(in crate::server) library: Library,
    pub(in crate::server) made_once: MadeOnceStore,
    pub(in crate::server) mailer: Mailer,
    pub(in crate::server) marking: Marking,
    pub(in crate::server) quotas: Quotas,
    pub(in crate::server) rate_limits: RateLimits,
    /// Whether owners may use nothing before they have set up two-factor sign-in.
    pub(in crate::server) requires_second_factor: bool,
}

impl Accounts {
    /// The owner of a credential: `None` without one and for a session that has ended, [`AppError::WrongApiKey`]
    /// for an invalid key. One round trip, none without a credential, two where
    /// two-factor sign-in is required.
    pub async fn access(&self, credential: &Credential) -> Result<Option<Access>, AppError> {
        match credential {
            Credential::None => Ok(None),
            Credential::Key(key) => {
                let KeyUse { owner, scope } = self.accounts.owner_of_key(key).await?;
                Ok(Some(Access { owner, scope, needs_second_factor: false }))
            }
            Credential::Session(token) => match self.accounts.owner_of_session(token).await {
                Err(AppError::SignInRequired) => Ok(None),
                found => {
                    let owner = found?;
                    let needs_second_factor = self.requires_second_factor
                        && !self.accounts.has_second_factor(&owner.owner_id).await?;
                    Ok(Some(Access { owner, scope: KeyScope::Manage, needs_second_factor }))
                }
            },
        }
    }

    /// Whether the first account can be made with this token.
    pub async fn may_set_up(&self, token: &str) -> Result<bool, AppError> {
        self.accounts.may_set_up(token).await
    }

    /// Makes the first account, with the token that the first start printed. Earlier documents become theirs.
    pub async fn set_up(
        &self,
        token: &str,
        email: &str,
        password: &str,
        requester: &Requester,
    ) -> Result<SessionToken, AppError> {
        self.rate_limits.set_up(requester.visitor.rate_limit_key)?;
        let owner = self.accounts.set_up(token, email, password).await?;
        self.adopt_documents_or_log().await;
        let session = self.accounts.open_session(&owner.owner_id, &requester.client).await?;
        let (action, about) = (AccountAction::SignedIn, "with a new account");
        self.audit.note_of(&owner.owner_id, action, about, &requester.client).await;
        Ok(session)
    }

    /// Adds an owner. Earlier documents become the first one's.
    pub async fn add_owner(&self, email: &str, password: &str) -> Result<Owner, AppError> {
        let owner = self.accounts.add(email, password).await?;
        self.adopt_documents_or_log().await;
        Ok(owner)
    }

    /// Gives documents without an owner to the first owner, if there is one. After a failure, the next start and
    /// [`Accounts::keep_adopting`] repeat it.
    pub async fn adopt_documents(&self) -> Result<(), AppError> {
        if self.catalogue.document_ids_of(None).await?.is_empty() {
            return Ok(());
        }
        match self.accounts.owners().await?.first() {
            Some(first) => {
                self.catalogue.hand_over(None, &first.owner_id).await?;
                self.marking.mark_all(&first.owner_id).await
            }
            None => Ok(()),
        }
    }

    /// Adopts documents that a failure left without an owner. Never returns.
    pub async fn keep_adopting(self) {
        loop {
            sleep(ADOPTION_INTERVAL).await;
            // After a failure the next round tries again.
            let _ = self.adopt_documents().await;
        }
    }

    /// Adopts documents after an account was made. A failure is logged: the account exists all the same.
    async fn adopt_documents_or_log(&self) {
        if let Err(error) = self.adopt_documents().await {
            tracing::warn!(%error, "documents without an owner will become the first owner's later");
        }
    }
}
