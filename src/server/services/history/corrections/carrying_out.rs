//! Carries corrections out, link by link, and goes on with those that were interrupted.

use std::sync::Arc;

use super::{super::History, plan::ChosenVisits};
use crate::{
    error::AppError,
    model::{
        AccountAction, CorrectionState, CorrectionSubject, DocumentId, HistoryQuery, HistoryScope, LinkId,
        OwnerId,
    },
    server::store::{
        corrections::{CorrectionName, StoredCorrection},
        history::{MarkedVisits, VisitMarking},
    },
};

impl History {
    /// Goes on with at most `most` corrections whose server did not come to their end. Returns how many it took.
    pub async fn finish_corrections(&self, most: usize) -> Result<usize, AppError> {
        let due = self.corrections.due(most).await?;
        for due in &due {
            let done = async { self.carry_out(&CorrectionName::read(&due.name)?, "").await };
            // It becomes due again when its lease ends.
            if let Err(error) = done.await {
                tracing::error!(correction = due.name, %error, "a correction is not done yet");
            }
        }
        Ok(due.len())
    }

    /// Carries a correction out, also when the caller is gone meanwhile.
    pub(super) async fn finish(
        &self,
        name: CorrectionName,
        client: Arc<str>,
    ) -> Result<MarkedVisits, AppError> {
        let history = self.clone();
        let done = tokio::spawn(async move { history.carry_out(&name, &client).await });
        done.await.map_err(|error| {
            tracing::error!(%error, "a correction was interrupted");
            AppError::Internal
        })?
    }

    /// Does what is left of a correction. Returns what it marked in all.
    async fn carry_out(&self, name: &CorrectionName, client: &str) -> Result<MarkedVisits, AppError> {
        let Some(record) = self.corrections.get(name).await? else {
            self.corrections.remove(name).await?;
            return Ok(MarkedVisits::default());
        };
        let (marking, action) = match record.state {
            CorrectionState::LeavingOut => {
                (VisitMarking::LeaveOutTogether(&name.id), AccountAction::VisitsLeftOut)
            }
            CorrectionState::TakingBack => {
                (VisitMarking::TakeBackTogether(&name.id), AccountAction::VisitsTakenBack)
            }
            // Another server was faster.
            CorrectionState::LeftOut => {
                self.corrections.end(name, &record).await?;
                return Ok(MarkedVisits { visits: record.visits, views: record.views, before: 0 });
            }
        };
        let ChosenVisits { bounds, filter, query } = ChosenVisits::of(&record)?;
        let mut marked = MarkedVisits::default();
        for (document, link) in self.links_of(&record.of, &query, &name.owner).await? {
            let of_link = self.visits.mark(&link, &document, &bounds, &filter, marking).await?;
            marked.visits += of_link.visits;
            marked.views += of_link.views;
            if record.state == CorrectionState::LeavingOut {
                match self.corrections.get(name).await?.map(|now| now.state) {
                    Some(CorrectionState::LeavingOut) => {}
                    Some(CorrectionState::LeftOut) => return Ok(marked),
                    // Another server was faster, and its owner is taking back since: so is what was marked here.
                    Some(CorrectionState::TakingBack) | None => {
                        let back = VisitMarking::TakeBackTogether(&name.id);
                        self.visits.mark(&link, &document, &bounds, &filter, back).await?;
                        return Ok(marked);
                    }
                }
            }
        }
        if record.state == CorrectionState::LeavingOut && marked.visits > 0 {
            let MarkedVisits { visits, views, .. } = marked;
            let record = StoredCorrection { state: CorrectionState::LeftOut, visits, views, ..record };
            self.corrections.end(name, &record).await?;
        } else {
            self.corrections.remove(name).await?;
        }
        self.audit.note_of(&name.owner, action, &format!("visits: {}", marked.visits), client).await;
        Ok(marked)
    }

    /// The links that are left of those that a correction is about, with their documents.
    pub(super) async fn links_of(
        &self,
        of: &CorrectionSubject,
        query: &HistoryQuery,
        owner: &OwnerId,
    ) -> Result<Vec<(DocumentId, LinkId)>, AppError> {
        let documents = match of.scope() {
            HistoryScope::Link(link) => match self.catalogue.link(&link).await {
                Ok(linked) => return Ok(vec![(linked.document.id.clone(), link)]),
                Err(AppError::LinkNotFound) => return Ok(Vec::new()),
                Err(error) => return Err(error),
            },
            HistoryScope::Document(document) => vec![document],
            HistoryScope::Everything => self.catalogue.document_ids_of(Some(owner)).await?,
        };
        let mut links = Vec::new();
        for document in documents {
            let of_document = self.catalogue.link_ids_of(&document).await?;
            links.extend(of_document.into_iter().map(|link| (document.clone(), link)));
        }
        links.retain(|(_, link)| query.link.as_ref().is_none_or(|only| link == only));
        Ok(links)
    }
}
