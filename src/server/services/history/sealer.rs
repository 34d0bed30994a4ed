//! Finds the links whose visits are to be sealed or removed.

use crate::{
    error::AppError,
    model::LinkId,
    server::{
        instruments::Instruments,
        store::{catalogue::Catalogue, history::VisitStore, time_index::Due},
    },
};

/// The background work on the visits of all links.
#[derive(Clone)]
pub struct Sealer {
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) visits: VisitStore,
    pub(in crate::server) instruments: Instruments,
}

impl Sealer {
    /// Does the work of at most `most` links. Returns on how many it looked.
    pub async fn seal_due(&self, most: usize) -> Result<usize, AppError> {
        let due = self.visits.due(most).await?;
        for due in &due {
            // The others are sealed all the same; this one's lease ends, and it is tried again.
            let sealed = self.seal(due).await;
            self.instruments.sealed_links.note(&sealed);
            if let Err(error) = sealed {
                tracing::error!(link = due.name, %error, "the visits of a link cannot be sealed");
            }
        }
        Ok(due.len())
    }

    async fn seal(&self, due: &Due) -> Result<(), AppError> {
        let link: LinkId = due.name.parse()?;
        let next = match self.catalogue.link(&link).await {
            Ok(link) => self.visits.tend(&link.link.id, &link.document.id).await?,
            Err(AppError::LinkNotFound) => {
                self.visits.remove_files(&link).await?;
                None
            }
            Err(error) => return Err(error),
        };
        self.visits.settle(due, next).await
    }
}
