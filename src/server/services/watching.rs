//! Numbers and viewers of links, for their owners.

use std::{future, sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{
    accounts::Accounts,
    history::History,
    ownership::own_link,
    requester::{Access, Credential, Requester},
};
use crate::{
    error::AppError,
    model::{
        DocumentId, DocumentList, DocumentQuery, DocumentScope, DocumentState, FileRemark, HistoryQuery,
        LinkDashboard, LinkId, LinkSummary, LinkViewers, Snapshot, ViewerLimit,
    },
    server::{
        live::{
            DocumentsFollower, Follower, ListReader, Live, NoticesFollower, SharedSnapshot, SharedSnapshots,
        },
        store::{
            accounts,
            analytics::Analytics,
            catalogue::{self, Catalogue, LinkedDocument},
            channels::ChannelStore,
            clock::Clock,
            files::FileStore,
            redis::Announcements,
        },
    },
};

/// How long a stream may stay open after its owner lost the right to it, if the announcement of the change is lost.
const RECHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Numbers and viewers, for owners. Cheap to clone.
#[derive(Clone)]
pub struct Watching {
    pub(in crate::server) accounts: Accounts,
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) announcements: Announcements,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) channels: ChannelStore,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) documents: ListReader,
    pub(in crate::server) files: FileStore,
    pub(in crate::server) history: History,
    pub(in crate::server) live: Live,
    pub(in crate::server) snapshots: SharedSnapshots,
}

impl Watching {
    /// A snapshot of a link, shared with other requests of the same moment.
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

    /// A link as its owner sees it, with a snapshot of the same time, and its past visits. Four round trips, and one for
    /// each further thousand visits.
    pub async fn dashboard(
        &self,
        link: &LinkId,
        query: &HistoryQuery,
        requester: &Requester,
    ) -> Result<LinkDashboard, AppError> {
        let (linked, snapshot) = self.own_snapshot(link, ViewerLimit::default(), requester).await?;
        let analytics = self.history.page_of_link(&linked, query, requester).await?;
        Ok(LinkDashboard { link: self.summary(&linked, &snapshot, requester), snapshot, analytics })
    }

    /// A link as its owner sees it, with a snapshot of the same time that holds all viewers it can. Two round trips.
    pub async fn viewers(&self, link: &LinkId, requester: &Requester) -> Result<LinkViewers, AppError> {
        let (linked, snapshot) = self.own_snapshot(link, ViewerLimit::ALL, requester).await?;
        Ok(LinkViewers { link: self.summary(&linked, &snapshot, requester), snapshot })
    }

    async fn own_snapshot(
        &self,
        link: &LinkId,
        limit: ViewerLimit,
        requester: &Requester,
    ) -> Result<(LinkedDocument, Snapshot), AppError> {
        requester.owner()?;
        let (snapshot, record) = self.analytics.snapshot_with_record(link, limit).await?;
        let linked = self.catalogue.link_of_record(link, &record).await?;
        if requester.owns(&linked.document) { Ok((linked, snapshot)) } else { Err(AppError::LinkNotFound) }
    }

    fn summary(&self, linked: &LinkedDocument, snapshot: &Snapshot, requester: &Requester) -> LinkSummary {
        let counts = Some(snapshot.into());
        linked.link.summary(&linked.document, &requester.origin, self.clock.now(), counts)
    }

    /// The changes of a link with at most `limit` viewers, as events for one dashboard.
    pub async fn follow(
        &self,
        link: &LinkId,
        limit: ViewerLimit,
        requester: &Requester,
    ) -> Result<Follower, AppError> {
        own_link(&self.catalogue, link, requester).await?;
        Ok(Follower::new(self.live.watch(link, limit)))
    }

    /// The changes of documents of the requester, as events for one page.
    pub fn follow_documents(
        &self,
        scope: DocumentScope,
        requester: &Requester,
    ) -> Result<DocumentsFollower, AppError> {
        let owner = requester.owner()?.owner_id.clone();
        let (reader, announcements) = (self.documents.clone(), self.announcements.clone());
        Ok(DocumentsFollower::new(reader, announcements, owner, scope, requester.origin.clone()))
    }

    /// The events for the requester's browsers: from now on, or behind the event whose id is `last`.
    pub async fn follow_notices(
        &self,
        last: Option<&str>,
        requester: &Requester,
    ) -> Result<NoticesFollower, AppError> {
        let owner = requester.owner()?.owner_id.clone();
        NoticesFollower::new(self.channels.clone(), &self.announcements, owner, last).await
    }

    /// Returns when the requester may no longer watch the link or the documents: after a sign-out, a revoked key or a
    /// deleted link. Asks Redis when a change of this owner or link is announced, and once a minute in case an
    /// announcement is lost.
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
            // Boxed: a stream waits nearly all of its time, and then needs no room for this.
            match Box::pin(self.may_watch(&credential, link.as_ref())).await {
                // An outage revokes nothing.
                Ok(true) | Err(AppError::Unavailable) => {}
                Ok(false) | Err(_) => return,
            }
        }
    }

    async fn may_watch(&self, credential: &Credential, link: Option<&LinkId>) -> Result<bool, AppError> {
        let Some(Access { owner, .. }) = self.accounts.access(credential).await? else { return Ok(false) };
        match link {
            Some(link) => Ok(self.catalogue.link(link).await?.document.owner == Some(owner.owner_id)),
            None => Ok(true),
        }
    }

    /// Documents of the requester, with their links and numbers. Three round trips.
    pub async fn documents(
        &self,
        scope: &DocumentScope,
        requester: &Requester,
    ) -> Result<DocumentList, AppError> {
        let rows = self.documents.read(&requester.owner()?.owner_id, scope).await?;
        Ok(self.documents.summary(&rows, &requester.origin))
    }

    /// All documents of the requester that a query finds, whatever its page.
    pub async fn all_documents(
        &self,
        query: &DocumentQuery,
        requester: &Requester,
    ) -> Result<DocumentList, AppError> {
        let rows = self.documents.read_all(&requester.owner()?.owner_id, query).await?;
        Ok(self.documents.summary(&rows, &requester.origin))
    }

    /// One document of the requester, and the time of its numbers.
    pub async fn document_state(
        &self,
        document: &DocumentId,
        requester: &Requester,
    ) -> Result<DocumentState, AppError> {
        let mut list = self.documents(&DocumentScope::One(document.clone()), requester).await?;
        let mut document = list.documents.pop().ok_or(AppError::DocumentNotFound)?;
        if self.files.is_missing(&document.document_id, &document.version).await {
            document.remarks.insert(0, FileRemark::Missing);
        }
        Ok(DocumentState { document, as_of: list.as_of })
    }
}
