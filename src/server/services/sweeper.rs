//! The sweeper: ends visits whose viewers are no longer active, and removes files that were replaced a day ago.
//!
//! It finds work through indexes by time, never by walking the catalogue: a round without work costs Redis two commands.
//! Any number of servers may sweep; each piece of work is taken by one at a time.

use std::time::Duration;

use super::{library::Library, rate_limits::RateLimits};
use crate::{
    error::AppError,
    server::store::{accounts::AccountStore, analytics::Analytics, catalogue::Catalogue},
};

/// How often the sweeper looks for work. No number that an owner sees depends on it.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);
/// The most links or documents that are taken at once.
const BATCH: usize = 100;

/// The background task of a server that ends visits and removes files.
pub struct Sweeper {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) library: Library,
    pub(in crate::server) rate_limits: RateLimits,
}

impl Sweeper {
    /// Sweeps at intervals. Never returns.
    pub async fn run(self) {
        let mut is_indexed = false;
        loop {
            tokio::time::sleep(SWEEP_INTERVAL).await;
            self.rate_limits.tidy();
            // After a failure the next round tries again.
            is_indexed = is_indexed || self.index_all().await.is_ok();
            let _ = self.sweep().await;
        }
    }

    /// Does all work that is due.
    pub async fn sweep(&self) -> Result<(), AppError> {
        while self.analytics.sweep_due(BATCH).await? == BATCH {}
        while self.library.remove_previous_files(BATCH).await? == BATCH {}
        Ok(())
    }

    /// Adds all links and documents to the indexes, once, after an update from a version without them. One round trip
    /// when it is done.
    pub async fn index_all(&self) -> Result<(), AppError> {
        if self.catalogue.is_indexed().await? {
            return Ok(());
        }
        let owners = self.accounts.owners().await?;
        let owners = owners.iter().map(|owner| Some(&owner.owner_id)).chain([None]);
        for owner in owners {
            for document in self.catalogue.document_ids_of(owner).await? {
                // Due at once: the sweeper then finds out whether there is a previous file.
                self.catalogue.note_previous_file(&document, 0).await?;
                for link in self.catalogue.link_ids_of(&document).await? {
                    self.analytics.note_expiry(&link).await?;
                }
            }
        }
        self.catalogue.set_indexed().await
    }
}
