//! The sweeper: ends visits whose viewers are no longer active, moves old ones to files, and removes files that were
//! replaced a day ago.
//!
//! It finds work through indexes by time, never by walking the catalogue: a round without work costs Redis four commands.
//! Any number of servers may sweep; each piece of work is taken by one at a time.

use std::time::Duration;

use super::{
    history::{History, Sealer},
    library::Library,
    rate_limits::RateLimits,
};
use crate::{
    error::AppError,
    model::DocumentId,
    server::store::{accounts::AccountStore, analytics::Analytics, catalogue::Catalogue, time_index::Due},
};

/// The most links or documents that are taken at once.
const BATCH: usize = 100;

/// The background task of a server that ends visits and removes files.
pub struct Sweeper {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) history: History,
    pub(in crate::server) library: Library,
    pub(in crate::server) rate_limits: RateLimits,
    pub(in crate::server) sealer: Sealer,
    /// How often it looks for work. No number that an owner sees depends on it.
    pub(in crate::server) interval: Duration,
}

impl Sweeper {
    /// Sweeps at intervals. Never returns.
    pub async fn run(self) {
        let mut is_indexed = false;
        loop {
            tokio::time::sleep(self.interval).await;
            self.rate_limits.tidy();
            // After a failure the next round tries again.
            is_indexed = is_indexed || self.index_all().await.is_ok();
            self.sealer.instruments.sweeps.note(&self.sweep().await);
        }
    }

    /// Does all work that is due.
    pub async fn sweep(&self) -> Result<(), AppError> {
        while self.sweep_links().await? == BATCH {}
        self.find_expired_visits().await?;
        while self.sealer.seal_due(BATCH).await? == BATCH {}
        while self.history.finish_corrections(BATCH).await? == BATCH {}
        while self.library.remove_previous_files(BATCH).await? == BATCH {}
        Ok(())
    }

    /// Ends the visits of viewers who are no longer active. Returns on how many links it looked.
    async fn sweep_links(&self) -> Result<usize, AppError> {
        let due = self.analytics.due(BATCH).await?;
        for due in &due {
            // The other links are swept all the same; this one's lease ends, and it is tried again.
            if let Err(error) = self.sweep_link(due).await {
                tracing::error!(link = due.name, %error, "a link cannot be swept");
            }
        }
        Ok(due.len())
    }

    async fn sweep_link(&self, due: &Due) -> Result<(), AppError> {
        self.analytics.sweep_due(due).await?;
        self.sealer.visits.note_long_tail(&due.name.parse()?).await
    }

    /// Adds all links and documents to the indexes, once, after an update from a version without them. One round trip
    /// when it is done.
    pub async fn index_all(&self) -> Result<(), AppError> {
        if self.catalogue.is_indexed().await? {
            return Ok(());
        }
        for document in self.all_documents().await? {
            // Due at once: the sweeper then finds out whether there is a previous file.
            self.catalogue.note_previous_file(&document, 0).await?;
            for link in self.catalogue.link_ids_of(&document).await? {
                self.analytics.note_expiry(&link).await?;
            }
        }
        self.catalogue.set_indexed().await
    }

    /// Takes archived visits out of the views of the widget and of lists: before data had a version, they were in them.
    pub async fn discount_archived(&self) -> Result<(), AppError> {
        for document in self.all_documents().await? {
            for link in self.catalogue.link_ids_of(&document).await? {
                self.sealer.visits.discount_archived(&link, &document).await?;
            }
        }
        Ok(())
    }

    /// Has the sealer look at every link, once a day and only where visits are not kept for ever: on an idle link too they
    /// grow old.
    async fn find_expired_visits(&self) -> Result<(), AppError> {
        if !self.sealer.visits.take_daily_turn().await? {
            return Ok(());
        }
        for document in self.all_documents().await? {
            for link in self.catalogue.link_ids_of(&document).await? {
                self.sealer.visits.note_work(&link).await?;
            }
        }
        Ok(())
    }

    async fn all_documents(&self) -> Result<Vec<DocumentId>, AppError> {
        let owners = self.accounts.owners().await?;
        let mut documents = Vec::new();
        for owner in owners.iter().map(|owner| Some(&owner.owner_id)).chain([None]) {
            documents.extend(self.catalogue.document_ids_of(owner).await?);
        }
        Ok(documents)
    }
}
