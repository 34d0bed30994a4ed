//! What can be asked of Sightline, whichever door it is asked at.
//!
//! Server functions and REST both end here, so both refuse the same things with the same words.

use std::sync::Arc;

use axum::http::{HeaderMap, header::HOST};

use super::{
    AppState,
    config::viewer_url,
    documents::Document,
    live::{Follower, LinksFollower},
};
use crate::{
    error::AppError,
    model::{LinkId, LinkList, LinkSummary, Metrics, SharedDocument, Snapshot, ViewerAction, ViewerLimit},
};

/// Who asks, as far as the request tells.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Scheme and host through which the asker reached us.
    pub origin: String,
}

impl Asker {
    /// Reads a request's headers.
    pub fn new(state: &AppState, headers: &HeaderMap) -> Self {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        Self { origin: state.config.origin(host) }
    }

    /// The one place that decides who may see the analytics of a link.
    /// Everybody who reaches the server may: it listens on this machine alone unless told otherwise.
    fn may_see_analytics(&self, _link: &LinkId) -> Result<(), AppError> {
        Ok(())
    }

    /// A row of the list of links; without numbers where none are known.
    pub(super) fn summary(
        &self,
        link: LinkId,
        document: &Document,
        metrics: Option<&Metrics>,
    ) -> LinkSummary {
        LinkSummary {
            viewer_url: viewer_url(&self.origin, &link),
            link_id: link,
            title: document.title.clone(),
            page_count: document.pages.len() as u32,
            active_viewers: metrics.map(|metrics| metrics.active_viewers),
            total_views: metrics.map(|metrics| metrics.total_views),
        }
    }
}

impl AppState {
    /// One picture of a link.
    pub async fn snapshot(
        &self,
        link: &LinkId,
        limit: ViewerLimit,
        asker: &Asker,
    ) -> Result<Snapshot, AppError> {
        asker.may_see_analytics(link)?;
        self.documents.find(link).await?;
        self.analytics.snapshot(link, limit).await
    }

    /// What a viewer does. A page beyond the document is refused; nothing is changed then.
    pub async fn act(&self, link: &LinkId, action: ViewerAction) -> Result<(), AppError> {
        let document = self.documents.find(link).await?;
        action.check(document.pages.len() as u32)?;
        match action {
            ViewerAction::Join(join) => self.analytics.join(link, &join).await.map(|_| ()),
            ViewerAction::Heartbeat(beat) => self.analytics.heartbeat(link, beat).await,
            ViewerAction::Leave(leave) => self.analytics.leave(link, &leave).await,
        }
    }

    /// The document behind a link.
    pub async fn shared_document(&self, link: &LinkId, asker: &Asker) -> Result<SharedDocument, AppError> {
        let Document { title, pages, version, shared_at } = (*self.documents.find(link).await?).clone();
        let viewer_url = viewer_url(&asker.origin, link);
        Ok(SharedDocument { link_id: link.clone(), title, pages, version, shared_at, viewer_url })
    }

    /// All links, the newest first, with their numbers; without them while Redis does not answer.
    pub async fn shared_links(&self, asker: &Asker) -> Result<LinkList, AppError> {
        let mut links = Vec::new();
        let mut reachable = true;
        for (link, document) in self.visible_documents(asker).await? {
            let mut metrics = None;
            if reachable {
                // One failure is enough: a page of links must not wait for Redis once for each.
                metrics = self.metrics(&link).await?;
                reachable = metrics.is_some();
            }
            links.push(asker.summary(link, &document, metrics.as_ref()));
        }
        Ok(LinkList { links, as_of: self.analytics.clock().now() })
    }

    /// What changes on a link, as events for one dashboard.
    pub async fn follow(&self, link: &LinkId, asker: &Asker) -> Result<Follower, AppError> {
        asker.may_see_analytics(link)?;
        self.documents.find(link).await?;
        Ok(Follower::new(self.live.watch(link)))
    }

    /// What changes on the list of links, as events for one dashboard.
    pub fn follow_links(&self, asker: Asker) -> LinksFollower {
        LinksFollower::new(self.clone(), asker)
    }

    /// The documents whose analytics the asker may see, the newest first.
    pub(super) async fn visible_documents(
        &self,
        asker: &Asker,
    ) -> Result<Vec<(LinkId, Arc<Document>)>, AppError> {
        let mut documents = self.documents.list().await?;
        documents.retain(|(link, _)| asker.may_see_analytics(link).is_ok());
        Ok(documents)
    }

    async fn metrics(&self, link: &LinkId) -> Result<Option<Metrics>, AppError> {
        match self.analytics.snapshot(link, ViewerLimit::SMALLEST).await {
            Ok(snapshot) => Ok(Some(snapshot.metrics)),
            Err(AppError::Unavailable) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
