//! What visitors do: open a link, look at its pages, join, stay and leave.

use super::{
    gate::{Admitted, admit, check_grant, check_open, gate},
    library::Download,
    rate_limits::{ActionKind, RateLimits},
    requester::{Requester, Visitor},
};
use crate::{
    error::AppError,
    model::{Heartbeat, Join, Leave, LinkId, Opening, SharedDocument, address},
    server::store::{
        analytics::Analytics,
        catalogue::{Catalogue, Link, LinkedDocument},
        clock::Clock,
        files::{FileStore, Picture},
    },
};

/// Documents as visitors reach them. Cheap to clone.
#[derive(Clone)]
pub struct Reading {
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) files: FileStore,
    pub(in crate::server) rate_limits: RateLimits,
}

impl Reading {
    /// What a visitor meets at a link: the document, or its gate. Opening is not yet a view. A bot's request is
    /// counted as filtered, where a visitor's could have become a view.
    pub async fn open_link(
        &self,
        link: &LinkId,
        requester: &Requester,
        is_bot: bool,
    ) -> Result<Opening, AppError> {
        let linked = self.catalogue.link_or_stale(link).await?;
        let admitted = admit(linked.clone(), requester, self.clock.now());
        if is_bot && matches!(admitted, Ok(Admitted::Visitor(..)) | Err(AppError::GateClosed)) {
            self.analytics.filter(link).await?;
        }
        let admitted = match admitted {
            Err(AppError::GateClosed) => return Ok(Opening::Gate(gate(&linked))),
            admitted => admitted?,
        };
        let LinkedDocument { link, document } = &linked;
        Ok(Opening::Document(SharedDocument {
            link_id: link.id.clone(),
            title: document.title.clone(),
            pages: document.file.pages.clone(),
            version: document.file.version.clone(),
            viewer_url: address::absolute(&requester.origin, address::viewer(&link.id)),
            download: link.download,
            preview: matches!(admitted, Admitted::Owner(_)),
        }))
    }

    /// The picture of a page, of the version that the reader began with, or of the newest.
    pub async fn page(
        &self,
        link: &LinkId,
        page: u32,
        version: Option<&str>,
        requester: &Requester,
    ) -> Result<Picture, AppError> {
        let linked = self.catalogue.link_or_stale(link).await?;
        let admitted = admit(linked, requester, self.clock.now())?;
        let document = &admitted.linked().document;
        let file = match version {
            Some(version) => document.file_of(version).ok_or(AppError::NotFound)?,
            None => &document.file,
        };
        self.files.picture(&document.id, file, page).await
    }

    /// The file itself, or [`AppError::NoDownload`].
    pub async fn download(&self, link: &LinkId, requester: &Requester) -> Result<Download, AppError> {
        let linked = self.catalogue.link(link).await?;
        let admitted = admit(linked, requester, self.clock.now())?;
        let LinkedDocument { link, document } = admitted.linked();
        if !link.download {
            return Err(AppError::NoDownload);
        }
        Download::open(&self.files, document).await
    }

    /// Counts a viewer. [`AppError::NotCounted`] for the owner and for a bot, which change nothing.
    pub async fn join(
        &self,
        link: &LinkId,
        mut join: Join,
        requester: &Requester,
        is_bot: bool,
    ) -> Result<(), AppError> {
        let linked = self.catalogue.link(link).await?;
        self.rate_limits.action(requester.visitor.rate_limit_key, link, ActionKind::Join)?;
        let admitted = admit(linked.clone(), requester, self.clock.now())?;
        join.check(linked.document.most_pages())?;
        match admitted {
            Admitted::Owner(_) => return Err(AppError::NotCounted),
            // Only what the gate was given counts.
            Admitted::Visitor(_, given) if linked.link.has_gate() => join.email = given,
            Admitted::Visitor(..) => {}
        }
        if is_bot {
            self.analytics.filter(link).await?;
            return Err(AppError::NotCounted);
        }
        self.analytics.join(link, &join).await.map(|_| ())
    }

    /// Keeps a viewer active. The hot path: it asks Redis for nothing but the heartbeat itself.
    pub async fn heartbeat(
        &self,
        link: &LinkId,
        heartbeat: Heartbeat,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let linked = self.catalogue.cached_link(link).await?;
        self.rate_limits.action(visitor.rate_limit_key, link, ActionKind::Heartbeat)?;
        check_open(&linked.link, self.clock.now())?;
        self.check_grant(&linked.link, visitor)?;
        heartbeat.check(linked.document.most_pages())?;
        self.analytics.heartbeat(link, heartbeat).await
    }

    /// Ends a visit, also on a link that was closed meanwhile.
    pub async fn leave(&self, link: &LinkId, leave: Leave, visitor: &Visitor) -> Result<(), AppError> {
        let linked = self.catalogue.cached_link(link).await?;
        self.rate_limits.action(visitor.rate_limit_key, link, ActionKind::Leave)?;
        self.check_grant(&linked.link, visitor)?;
        leave.check()?;
        self.analytics.leave(link, &leave).await
    }

    fn check_grant(&self, link: &Link, visitor: &Visitor) -> Result<(), AppError> {
        check_grant(link, visitor, self.clock.now()).map(|_| ())
    }
}
