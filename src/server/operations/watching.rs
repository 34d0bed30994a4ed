//! What owners see: the numbers of their links, and who is reading.

use std::sync::Arc;

use crate::{
    error::AppError,
    model::{DocumentId, DocumentList, DocumentSummary, LinkId, LinkSummary, Metrics, Snapshot, ViewerLimit},
    server::{
        AppState,
        asker::{Asker, Credential},
        catalogue::{Document, Link, Shared},
        config::viewer_url,
        live::{DocumentsFollower, Follower},
    },
};

impl AppState {
    /// A document of the asker's own. Somebody else's is not there for them: [`AppError::DocumentNotFound`].
    pub async fn own_document(&self, document: &DocumentId, asker: &Asker) -> Result<Document, AppError> {
        asker.owner()?;
        let document = self.catalogue.document(document).await?;
        if asker.owns(&document) { Ok(document) } else { Err(AppError::DocumentNotFound) }
    }

    /// A link to a document of the asker's own. Somebody else's is not there for them:
    /// [`AppError::LinkNotFound`].
    pub async fn own_link(&self, link: &LinkId, asker: &Asker) -> Result<Arc<Shared>, AppError> {
        asker.owner()?;
        let shared = self.catalogue.link(link).await?;
        if asker.owns(&shared.document) { Ok(shared) } else { Err(AppError::LinkNotFound) }
    }

    /// Whether whoever shows this credential may go on watching a link, or their documents.
    pub async fn may_watch(&self, credential: &Credential, link: Option<&LinkId>) -> Result<bool, AppError> {
        let Some(owner) = self.owner_of(credential).await? else { return Ok(false) };
        match link {
            Some(link) => Ok(self.catalogue.link(link).await?.document.owner == Some(owner.owner_id)),
            None => Ok(true),
        }
    }

    /// One picture of a link.
    pub async fn snapshot(
        &self,
        link: &LinkId,
        limit: ViewerLimit,
        asker: &Asker,
    ) -> Result<Snapshot, AppError> {
        self.own_link(link, asker).await?;
        self.analytics.snapshot(link, limit).await
    }

    /// What changes on a link, as events for one dashboard.
    pub async fn follow(&self, link: &LinkId, asker: &Asker) -> Result<Follower, AppError> {
        self.own_link(link, asker).await?;
        Ok(Follower::new(self.live.watch(link)))
    }

    /// What changes on the asker's documents, as events for one dashboard.
    pub fn follow_documents(&self, asker: &Asker) -> Result<DocumentsFollower, AppError> {
        asker.owner()?;
        Ok(DocumentsFollower::new(self.clone(), asker.clone()))
    }

    /// A link as its owner sees it.
    pub async fn link(&self, link: &LinkId, asker: &Asker) -> Result<LinkSummary, AppError> {
        let shared = self.own_link(link, asker).await?;
        let metrics = self.analytics.snapshot(link, ViewerLimit::MIN).await?.metrics;
        Ok(self.summary(&shared.link, &shared.document, Some(&metrics), asker))
    }

    /// The documents of the asker, the newest first, with their links and numbers.
    pub async fn documents(&self, asker: &Asker) -> Result<DocumentList, AppError> {
        let mut documents = Vec::new();
        for (document, links) in self.own_documents(asker).await? {
            documents.push(self.described(&document, &links, asker).await?);
        }
        Ok(DocumentList { documents, as_of: self.analytics.clock().now() })
    }

    /// One document of the asker.
    pub async fn document(&self, document: &DocumentId, asker: &Asker) -> Result<DocumentSummary, AppError> {
        let document = self.own_document(document, asker).await?;
        let links = self.catalogue.links_of(&document.id).await?;
        self.described(&document, &links, asker).await
    }

    /// The documents of the asker with their links, both the newest first.
    pub(in crate::server) async fn own_documents(
        &self,
        asker: &Asker,
    ) -> Result<Vec<(Document, Vec<Link>)>, AppError> {
        let mut found = Vec::new();
        for document in self.catalogue.documents_of(Some(&asker.owner()?.owner_id)).await? {
            let links = self.catalogue.links_of(&document.id).await?;
            found.push((document, links));
        }
        Ok(found)
    }

    async fn described(
        &self,
        document: &Document,
        links: &[Link],
        asker: &Asker,
    ) -> Result<DocumentSummary, AppError> {
        let mut rows = Vec::new();
        for link in links {
            let metrics = self.analytics.snapshot(&link.id, ViewerLimit::MIN).await?.metrics;
            rows.push(self.summary(link, document, Some(&metrics), asker));
        }
        Ok(document.described(rows))
    }

    /// A row of the list of links; without numbers where none are known.
    pub(in crate::server) fn summary(
        &self,
        link: &Link,
        document: &Document,
        metrics: Option<&Metrics>,
        asker: &Asker,
    ) -> LinkSummary {
        LinkSummary {
            link_id: link.id.clone(),
            document_id: document.id.clone(),
            title: document.title.clone(),
            page_count: document.file.pages.len() as u32,
            label: link.label.clone(),
            viewer_url: viewer_url(&asker.origin, &link.id),
            state: link.state(self.analytics.clock().now()),
            expires_at: link.expires_at,
            email: link.email,
            has_password: link.password.is_some(),
            download: link.download,
            created_at: link.created_at,
            active_viewers: metrics.map(|metrics| metrics.active_viewers),
            total_views: metrics.map(|metrics| metrics.total_views),
        }
    }
}

impl Document {
    /// The document as its owner sees it, with rows for its links.
    pub(in crate::server) fn described(&self, links: Vec<LinkSummary>) -> DocumentSummary {
        DocumentSummary {
            document_id: self.id.clone(),
            title: self.title.clone(),
            kind: self.file.kind,
            page_count: self.file.pages.len() as u32,
            size: self.file.size,
            version: self.file.version.clone(),
            created_at: self.created_at,
            links,
        }
    }
}
