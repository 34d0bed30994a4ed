//! What owners watch: the numbers of their links, and who is reading.

use std::{future, sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{
    accounts::Accounts,
    ownership::{own_document, own_link},
    requester::{Credential, Requester},
};
use crate::{
    error::AppError,
    model::{DocumentId, DocumentList, DocumentState, DocumentSummary, LinkDashboard, LinkId, ViewerLimit},
    server::{
        live::{DocumentsFollower, Follower, Live, SharedSnapshot, SharedSnapshots},
        store::{
            accounts,
            analytics::Analytics,
            catalogue::{self, Catalogue, Document, Link},
            clock::Clock,
            redis::Announcements,
        },
    },
};

/// How long a stream may outlive its owner's right to it when the announcement of the change was lost.
const RECHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Numbers and viewers, for owners. Cheap to clone.
#[derive(Clone)]
pub struct Watching {
    pub(in crate::server) accounts: Accounts,
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) announcements: Announcements,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) live: Live,
    pub(in crate::server) snapshots: SharedSnapshots,
}

impl Watching {
    /// One snapshot of a link, shared with those who ask at the same time.
    pub async fn snapshot(
        &self,
        link: &LinkId,
        limit: ViewerLimit,
        requester: &Requester,
    ) -> Result<Arc<SharedSnapshot>, AppError> {
        requester.owner()?;
        let cached = self.catalogue.cached_link(link).await?;
        if !requester.owns(&cached.document) {
            own_link(&self.catalogue, link, requester).await?;
        }
        self.snapshots.get(link, limit).await
    }

    /// A link as its owner sees it, with a snapshot of the same time. Two round trips.
    pub async fn dashboard(&self, link: &LinkId, requester: &Requester) -> Result<LinkDashboard, AppError> {
        requester.owner()?;
        let (snapshot, record) = self.analytics.snapshot_with_record(link, ViewerLimit::default()).await?;
        let linked = self.catalogue.link_of_record(link, &record).await?;
        if !requester.owns(&linked.document) {
            return Err(AppError::LinkNotFound);
        }
        let link = linked.link.summary(
            &linked.document,
            &requester.origin,
            self.clock.now(),
            Some(&snapshot.metrics),
        );
        Ok(LinkDashboard { link, snapshot })
    }

    /// The changes of a link, as events for one dashboard.
    pub async fn follow(&self, link: &LinkId, requester: &Requester) -> Result<Follower, AppError> {
        own_link(&self.catalogue, link, requester).await?;
        Ok(Follower::new(self.live.watch(link)))
    }

    /// The changes of the requester's documents, as events for one dashboard.
    pub fn follow_documents(&self, requester: &Requester) -> Result<DocumentsFollower, AppError> {
        let owner = requester.owner()?.owner_id.clone();
        let (live, catalogue) = (self.live.clone(), self.catalogue.clone());
        Ok(DocumentsFollower::new(live, catalogue, self.clock.clone(), owner, requester.origin.clone()))
    }

    /// Returns when the requester may no longer watch the link, or the documents: they signed out, the key was
    /// revoked, the link was deleted. Asks Redis only when a change of this owner or link is announced, and now and
    /// then in case that was lost.
    pub async fn revoked(&self, requester: Requester, link: Option<LinkId>) {
        let Requester { credential, owner, .. } = requester;
        let owner = owner.map_or(String::new(), |owner| owner.owner_id.to_string());
        let mut account = self.announcements.subscribe_to(accounts::CHANGED.to_owned(), owner);
        let mut deleted =
            link.as_ref().map(|link| self.announcements.subscribe(catalogue::deleted_channel(link)));
        loop {
            let link_deleted = async {
                match &mut deleted {
                    Some(deleted) => deleted.changed().await,
                    None => future::pending().await,
                }
            };
            tokio::select! {
                () = account.changed() => {}
                () = link_deleted => {}
                () = sleep(RECHECK_INTERVAL) => {}
            }
            match self.may_watch(&credential, link.as_ref()).await {
                // An outage revokes nothing.
                Ok(true) | Err(AppError::Unavailable) => {}
                Ok(false) | Err(_) => return,
            }
        }
    }

    async fn may_watch(&self, credential: &Credential, link: Option<&LinkId>) -> Result<bool, AppError> {
        let Some(owner) = self.accounts.owner_of(credential).await? else { return Ok(false) };
        match link {
            Some(link) => Ok(self.catalogue.link(link).await?.document.owner == Some(owner.owner_id)),
            None => Ok(true),
        }
    }

    /// The documents of the requester, the newest first, with their links and numbers.
    pub async fn documents(&self, requester: &Requester) -> Result<DocumentList, AppError> {
        let mut documents = Vec::new();
        for document in self.catalogue.documents_of(Some(&requester.owner()?.owner_id)).await? {
            documents.push(self.described(&document, requester).await?);
        }
        Ok(DocumentList { documents, as_of: self.clock.now() })
    }

    /// One document of the requester.
    pub async fn document(
        &self,
        document: &DocumentId,
        requester: &Requester,
    ) -> Result<DocumentSummary, AppError> {
        let document = own_document(&self.catalogue, document, requester).await?;
        self.described(&document, requester).await
    }

    /// One document of the requester, and the time of its numbers.
    pub async fn document_state(
        &self,
        document: &DocumentId,
        requester: &Requester,
    ) -> Result<DocumentState, AppError> {
        let document = self.document(document, requester).await?;
        Ok(DocumentState { document, as_of: self.clock.now() })
    }

    async fn described(
        &self,
        document: &Document,
        requester: &Requester,
    ) -> Result<DocumentSummary, AppError> {
        let links: Vec<Link> = self.catalogue.links_of(&document.id).await?;
        let mut rows = Vec::new();
        for link in links {
            let metrics = self.analytics.snapshot(&link.id, ViewerLimit::MIN).await?.metrics;
            rows.push(link.summary(document, &requester.origin, self.clock.now(), Some(&metrics)));
        }
        Ok(document.summary(rows))
    }
}
