//! The audit log: what happens in an account, for its owner in Redis and for the operator in the program's log.

use crate::{
    error::AppError,
    model::{AccountAction, AccountEvent, OwnerId},
    server::{services::requester::Requester, store::accounts::AccountStore},
};

/// How many events a page or an export shows at most.
const EVENTS_SHOWN: u32 = 1_000;

/// Notes what happens in accounts. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    pub(in crate::server) accounts: AccountStore,
}

impl Audit {
    /// Notes what the requester did. `about` says to what; it must hold no secret.
    pub async fn note(&self, requester: &Requester, action: AccountAction, about: &str) {
        if let Some(owner) = &requester.owner {
            self.note_of(&owner.owner_id, action, about, &requester.client).await;
        }
    }

    /// Notes what happened in an account. What has been done cannot be undone by a failure, which is logged.
    pub async fn note_of(&self, owner: &OwnerId, action: AccountAction, about: &str, client: &str) {
        let name = action.as_str();
        // The owner reads it whole; the operator's log holds no e-mail address.
        let told = if about.contains('@') { "(holds an e-mail address)" } else { about };
        tracing::info!(target: "sightline::audit", %owner, action = name, about = told, client, "account event");
        if let Err(error) = self.accounts.add_event(owner, action, about, client).await {
            tracing::warn!(%owner, action = name, %error, "an account event is in this log alone");
        }
    }

    /// The latest events of the requester's account, the newest first.
    pub async fn events(&self, requester: &Requester) -> Result<Vec<AccountEvent>, AppError> {
        self.accounts.events(&requester.owner()?.owner_id, EVENTS_SHOWN).await
    }
}
