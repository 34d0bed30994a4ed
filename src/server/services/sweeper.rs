//! Background tidying: visits of viewers that stopped beating, and files that were replaced a day ago.

use std::time::Duration;

use super::{library::Library, rate_limits::RateLimits};
use crate::{
    error::AppError,
    server::store::{accounts::AccountStore, analytics::Analytics, catalogue::Catalogue},
};

/// How often the sweeper looks. No number waits for it.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);

/// Tidies up for as long as the server runs.
pub struct Sweeper {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) library: Library,
    pub(in crate::server) rate_limits: RateLimits,
}

impl Sweeper {
    /// Never returns.
    pub async fn run(self) {
        loop {
            tokio::time::sleep(SWEEP_INTERVAL).await;
            self.rate_limits.tidy();
            // While Redis is out of reach the next round will do.
            let _ = self.sweep().await;
        }
    }

    async fn sweep(&self) -> Result<(), AppError> {
        let owners = self.accounts.owners().await?;
        let owners = owners.iter().map(|owner| Some(&owner.owner_id)).chain([None]);
        for owner in owners {
            for document in self.catalogue.documents_of(owner).await? {
                for link in self.catalogue.links_of(&document.id).await? {
                    self.analytics.sweep(&link.id).await?;
                }
                self.library.remove_previous_file(&document).await?;
            }
        }
        Ok(())
    }
}
