//! What can be asked of Sightline, whichever door it is asked at.
//!
//! Server functions and REST both end here, so both refuse the same things with the same words.

use axum::http::{HeaderMap, header::HOST};

use super::{AppState, config::viewer_url, documents::Document};
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
            ViewerAction::Heartbeat(beat) => self.analytics.heartbeat(link, &beat).await,
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
        for (link_id, document) in self.documents.list().await? {
            asker.may_see_analytics(&link_id)?;
            let mut metrics = None;
            if reachable {
                // One failure is enough: a page of links must not wait for Redis once for each.
                metrics = self.metrics(&link_id).await?;
                reachable = metrics.is_some();
            }
            links.push(LinkSummary {
                viewer_url: viewer_url(&asker.origin, &link_id),
                link_id,
                title: document.title.clone(),
                page_count: document.pages.len() as u32,
                active_viewers: metrics.as_ref().map(|metrics| metrics.active_viewers),
                total_views: metrics.as_ref().map(|metrics| metrics.total_views),
            });
        }
        Ok(LinkList { links, as_of: self.analytics.clock().now() })
    }

    async fn metrics(&self, link: &LinkId) -> Result<Option<Metrics>, AppError> {
        match self.analytics.snapshot(link, ViewerLimit::SMALLEST).await {
            Ok(snapshot) => Ok(Some(snapshot.metrics)),
            Err(AppError::Unavailable) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
