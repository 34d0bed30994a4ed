//! Finds whose visits a page is about, and passes them on.

use std::{collections::HashMap, ops::Range, pin::pin};

use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::{
    super::{
        ownership::{own_document, own_link},
        requester::Requester,
    },
    History, Zone,
};
use crate::{
    error::AppError,
    model::{DocumentId, HistoryScope, LinkId, ListedVisit, Visit},
    server::store::{
        catalogue::{Document, Link},
        history::{LinkVisits, Sums, VisitSink, sealed::ScanBounds},
    },
};

/// How many links are read at once.
pub(super) const CONCURRENT_READS: usize = 16;

/// The links whose visits a page is about.
#[derive(Clone, Debug, Default)]
pub(super) struct FoundLinks {
    pub(super) documents: Vec<FoundDocument>,
    labels: HashMap<LinkId, String>,
}

/// A document with its links.
#[derive(Clone, Debug)]
pub(super) struct FoundDocument {
    pub(super) id: DocumentId,
    pub(super) title: String,
    pub(super) links: Vec<LinkId>,
}

impl FoundLinks {
    /// Links of documents, each with the name that its owner sees.
    pub(super) fn of(documents: Vec<(Document, Vec<Link>)>) -> Self {
        let mut found = Self::default();
        for (document, links) in documents {
            let ids = links.iter().map(|link| link.id.clone()).collect();
            found.labels.extend(links.into_iter().map(|link| {
                let label = if link.label.is_empty() { link.id.to_string() } else { link.label };
                (link.id, label)
            }));
            found.documents.push(FoundDocument { id: document.id, title: document.title, links: ids });
        }
        found
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

    /// The links as their owner names them, in the order of the names.
    pub(super) fn labels(&self) -> Vec<(LinkId, String)> {
        let mut labels: Vec<_> = self.labels.clone().into_iter().collect();
        labels.sort_by_key(|(_, label)| label.to_lowercase());
        labels
    }

    pub(super) fn listed(&self, visit: Visit, zone: &Zone) -> ListedVisit {
        ListedVisit { started: zone.words(visit.joined_at), link_label: self.label(&visit.link), visit }
    }

    /// Only one of the links, or all of them.
    pub(super) fn only(&self, link: Option<&LinkId>) -> Vec<FoundDocument> {
        let mut documents = self.documents.clone();
        for document in &mut documents {
            document.links.retain(|of_document| link.is_none_or(|link| of_document == link));
        }
        documents
    }
}

impl History {
    /// The links of a scope, each document of which the requester owns.
    pub(super) async fn find(
        &self,
        scope: &HistoryScope,
        requester: &Requester,
    ) -> Result<FoundLinks, AppError> {
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
        Ok(FoundLinks::of(documents))
    }

    /// Passes the visits of documents within bounds to a sink, one link after the other. Returns the sink, and how many
    /// visits could not be read.
    pub(super) async fn pass<S: VisitSink + Send + 'static>(
        &self,
        documents: &[FoundDocument],
        bounds: &ScanBounds,
        mut sink: S,
    ) -> Result<(S, u64), AppError> {
        let mut unreadable = 0;
        for document in documents {
            let mut links = pin!(self.open(document.clone(), None));
            while let Some((visits, _)) = links.try_next().await? {
                let (passed, of_link) = visits.pass(bounds.clone(), sink).await?;
                sink = passed;
                unreadable += of_link;
            }
        }
        Ok((sink, unreadable))
    }

    /// The visits of each link of a document, with the sums of the days of a time; some are opened ahead. Without a time
    /// there are no sums.
    pub(super) fn open(
        &self,
        document: FoundDocument,
        summed: Option<Range<i64>>,
    ) -> impl Stream<Item = Result<(LinkVisits, Sums), AppError>> + Send + use<> {
        let visits = self.visits.clone();
        let FoundDocument { id, links, .. } = document;
        stream::iter(links)
            .map(move |link| {
                let (visits, document, summed) = (visits.clone(), id.clone(), summed.clone());
                async move {
                    let sums = async {
                        let Some(time) = summed else { return Ok(Sums::default()) };
                        visits.sums(&link, time.start, time.end).await
                    };
                    // In this order, so that the sums know the visits.
                    tokio::try_join!(visits.open(&link, &document), sums)
                }
            })
            .buffered(CONCURRENT_READS)
    }
}
