//! Background tidying: visits of viewers that stopped beating, and files that were replaced a day ago.
//!
//! Work is found through indexes by time, never by walking the catalogue: where nothing is due, a round costs Redis
//! two commands. Any number of servers may sweep; each piece of work is taken by one at a time.

use std::time::Duration;

use super::{library::Library, rate_limits::RateLimits};
use crate::{
    error::AppError,
    server::store::{accounts::AccountStore, analytics::Analytics, catalogue::Catalogue},
};

/// How often the sweeper looks for work. No number waits for it.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);
/// How many links or documents are taken at once.
const BATCH: usize = 100;

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
        let mut is_indexed = false;
        loop {
            tokio::time::sleep(SWEEP_INTERVAL).await;
            self.rate_limits.tidy();
            // While Redis is out of reach the next round will do.
            is_indexed = is_indexed || self.index_earlier().await.is_ok();
            let _ = self.sweep().await;
        }
    }

    /// Does all that is due.
    pub async fn sweep(&self) -> Result<(), AppError> {
        while self.analytics.sweep_due(BATCH).await? == BATCH {}
        while self.library.remove_previous_files(BATCH).await? == BATCH {}
        Ok(())
    }

    /// Brings links and documents of a version without indexes into them, once. One round trip afterwards.
    pub async fn index_earlier(&self) -> Result<(), AppError> {
        if self.catalogue.is_indexed().await? {
            return Ok(());
        }
        let owners = self.accounts.owners().await?;
        let owners = owners.iter().map(|owner| Some(&owner.owner_id)).chain([None]);
        for owner in owners {
            for document in self.catalogue.document_ids_of(owner).await? {
                // Due at once: the sweeper then sees for itself.
                self.catalogue.note_previous_file(&document, 0).await?;
                for link in self.catalogue.link_ids_of(&document).await? {
                    self.analytics.note_expiry(&link).await?;
                }
            }
        }
        self.catalogue.set_indexed().await
    }
}
