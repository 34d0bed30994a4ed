//! The API keys of an owner.

use super::Accounts;
use crate::{
    error::AppError,
    model::{AccountAction, ApiKey, Invalid, KeyId, KeyRights, KeyScope, NewApiKey},
    server::services::requester::Requester,
};

const MS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;
/// The longest life of a key that expires.
const MAX_KEY_DAYS: i64 = 3_650;

impl Accounts {
    /// The requester's API keys, the newest first.
    pub async fn api_keys(&self, requester: &Requester) -> Result<Vec<ApiKey>, AppError> {
        self.accounts.keys(&requester.owner()?.owner_id).await
    }

    /// The rights of a new key as a form names them: a scope, or empty for [`KeyScope::Write`], and after how many days it
    /// expires, or empty for never.
    pub fn key_rights(&self, scope: &str, days: &str) -> Result<KeyRights, Invalid> {
        let scope = match scope {
            "" => KeyScope::Write,
            name => {
                KeyScope::of(name).ok_or_else(|| Invalid::new("scope", "must be read, write or manage"))?
            }
        };
        let days = match days {
            "" | "0" => None,
            days => {
                let days = days.parse().ok().filter(|days| (1..=MAX_KEY_DAYS).contains(days));
                Some(days.ok_or_else(|| Invalid::new("days", format!("must be 1 to {MAX_KEY_DAYS}")))?)
            }
        };
        Ok(KeyRights { scope, expires_at: days.map(|days| self.clock.now() + days * MS_PER_DAY) })
    }

    /// Makes an API key, which only this answer contains.
    pub async fn new_api_key(
        &self,
        label: &str,
        rights: KeyRights,
        requester: &Requester,
    ) -> Result<NewApiKey, AppError> {
        let owner = &requester.manager()?.owner_id;
        self.quotas.check_keys(self.accounts.count_keys(owner).await?)?;
        let made = self.accounts.new_key(owner, label, rights).await?;
        let about = format!("{} ({}…, {})", made.listed.label, made.listed.hint, rights.scope.as_str());
        self.audit.note(requester, AccountAction::KeyMade, &about).await;
        Ok(made)
    }

    /// Revokes an API key of the requester.
    pub async fn revoke_api_key(&self, key: &KeyId, requester: &Requester) -> Result<(), AppError> {
        self.accounts.revoke_key(&requester.manager()?.owner_id, key).await?;
        self.audit.note(requester, AccountAction::KeyRevoked, key.as_str()).await;
        Ok(())
    }
}
