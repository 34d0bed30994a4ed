//! Finds the visits that a page is about.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};

use super::{
    super::{
        ownership::{own_document, own_link},
        requester::Requester,
    },
    History, Zone,
};
use crate::{
    error::AppError,
    model::{DocumentId, HistoryScope, LinkId, ListedVisit, Visit, VisitId},
    server::store::{
        analytics::RecordedVisits,
        catalogue::{Document, Link},
    },
};

/// How many links are read at once.
const CONCURRENT_READS: usize = 16;

/// The visits that a page is about.
pub(super) struct Found {
    pub(super) documents: Vec<FoundDocument>,
    pub(super) labels: HashMap<LinkId, String>,
    pub(super) unreadable: u64,
}

/// A document with the visits of its links.
pub(super) struct FoundDocument {
    pub(super) id: DocumentId,
    pub(super) title: String,
    pub(super) visits: Vec<Visit>,
}

impl Found {
    pub(super) fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.documents.iter().flat_map(|document| &document.visits)
    }

    /// The visit of a link; [`AppError::NotFound`] when it is not kept.
    pub(super) fn visit(&self, link: &LinkId, id: VisitId) -> Result<&Visit, AppError> {
        self.visits().find(|visit| visit.id == id && visit.link == *link).ok_or(AppError::NotFound)
    }

    /// The title of the document; empty where there are several or none.
    pub(super) fn title(&self) -> String {
        match &self.documents[..] {
            [document] => document.title.clone(),
            _ => String::new(),
        }
    }

    pub(super) fn label(&self, link: &LinkId) -> String {
        self.labels.get(link).cloned().unwrap_or_else(|| link.to_string())
    }

    pub(super) fn listed(&self, visit: Visit, zone: &Zone) -> ListedVisit {
        ListedVisit { started: zone.words(visit.joined_at), link_label: self.label(&visit.link), visit }
    }
}

impl History {
    /// The visits of a scope, each document of which the requester owns.
    pub(super) async fn find(&self, scope: &HistoryScope, requester: &Requester) -> Result<Found, AppError> {
        let documents: Vec<(Document, Vec<Link>)> = match scope {
            HistoryScope::Link(link) => {
                let linked = own_link(&self.catalogue, link, requester).await?;
                vec![((*linked.document).clone(), vec![(*linked.link).clone()])]
            }
            HistoryScope::Document(document) => {
                let document = own_document(&self.catalogue, document, requester).await?;
                let links = self.catalogue.links_of(&document.id).await?;
                vec![(document, links)]
            }
            HistoryScope::Everything => {
                let owner = &requester.owner()?.owner_id;
                let documents = self.catalogue.documents_of(Some(owner)).await?;
                let with_links = stream::iter(documents).map(|document| {
                    let catalogue = self.catalogue.clone();
                    async move {
                        let links = catalogue.links_of(&document.id).await?;
                        Ok::<_, AppError>((document, links))
                    }
                });
                with_links.buffered(CONCURRENT_READS).try_collect().await?
            }
        };
        self.read(documents).await
    }

    /// The visits of links.
    pub(super) async fn read(&self, documents: Vec<(Document, Vec<Link>)>) -> Result<Found, AppError> {
        let mut found = Found { documents: Vec::new(), labels: HashMap::new(), unreadable: 0 };
        for (document, links) in documents {
            let recorded = self.read_each(&document.id, &links).await?;
            let mut visits = Vec::new();
            for of_link in recorded {
                found.unreadable += of_link.unreadable;
                visits.extend(of_link.visits);
            }
            found.labels.extend(links.into_iter().map(|link| {
                let label = if link.label.is_empty() { link.id.to_string() } else { link.label };
                (link.id, label)
            }));
            found.documents.push(FoundDocument { id: document.id, title: document.title, visits });
        }
        Ok(found)
    }

    /// The visits of each link of a document.
    async fn read_each(
        &self,
        document: &DocumentId,
        links: &[Link],
    ) -> Result<Vec<RecordedVisits>, AppError> {
        let ids: Vec<LinkId> = links.iter().map(|link| link.id.clone()).collect();
        let reads = stream::iter(ids).map(|link| {
            let (analytics, document) = (self.analytics.clone(), document.clone());
            async move { analytics.visits(&link, &document).await }
        });
        reads.buffered(CONCURRENT_READS).try_collect().await
    }
}
