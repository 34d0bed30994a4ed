//! What visitors do at a link: open it, read pages, download, join, send heartbeats and leave.

mod pages;
mod visits;

pub use self::pages::{DocumentPart, PagesOf};
use self::visits::arrival;
use super::{
    gate::{Admitted, admit, gate},
    library::Download,
    rate_limits::{ActionKind, RateLimits},
    requester::{Requester, VisitOrigin},
};
use crate::{
    error::AppError,
    model::{LinkId, Opening, SessionId, SharedDocument, address},
    server::{
        instruments::Instruments,
        store::{
            analytics::Analytics,
            catalogue::{Catalogue, LinkedDocument},
            clock::Clock,
            files::FileStore,
            history::VisitStore,
        },
    },
};

/// Links as visitors read them, and previews for owners. Cheap to clone.
#[derive(Clone)]
pub struct Reading {
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) files: FileStore,
    pub(in crate::server) instruments: Instruments,
    pub(in crate::server) rate_limits: RateLimits,
    pub(in crate::server) visits: VisitStore,
}

impl Reading {
    /// Opens a link: answers with its document or its gate. This is not yet a view. A bot's request is counted as
    /// filtered, if a visitor's could have become a view.
    pub async fn open_link(
        &self,
        link: &LinkId,
        requester: &Requester,
        is_bot: bool,
    ) -> Result<Opening, AppError> {
        let linked = self.catalogue.link_or_stale(link).await?;
        let admitted = admit(linked.clone(), requester, self.clock.now());
        if is_bot && matches!(admitted, Ok(Admitted::Visitor(..)) | Err(AppError::GateClosed)) {
            let limited = self.rate_limits.action(requester.visitor.rate_limit_key, link, ActionKind::Join);
            if limited.is_ok() {
                self.count_filtered(link).await;
            }
        }
        let admitted = match admitted {
            Err(AppError::GateClosed) => {
                return Ok(Opening::Gate(gate(&linked, &requester.visitor, self.clock.now())));
            }
            admitted => admitted?,
        };
        let LinkedDocument { link, document } = &linked;
        if self.files.is_missing(&document.id, &document.file.version).await {
            return Err(AppError::FileMissing);
        }
        Ok(Opening::Document(SharedDocument {
            link_id: link.id.clone(),
            title: document.title.clone(),
            pages: document.file.pages.clone(),
            version: document.file.version.clone(),
            viewer_url: address::absolute(&requester.origin, address::viewer(&link.id)),
            download: link.download,
            copying: link.copying.is_allowed(link.download),
            kind: document.file.kind,
            alt: document.alt.clone(),
            preview: matches!(admitted, Admitted::Owner(_)),
            windows: self.analytics.windows(),
        }))
    }

    /// The file, or [`AppError::NoDownload`]. A visitor's download is noted: in the visit of `session`, if that is active.
    /// Without `origin` nothing is.
    pub async fn download(
        &self,
        link: &LinkId,
        session: Option<&SessionId>,
        requester: &Requester,
        origin: Option<&VisitOrigin>,
    ) -> Result<Download, AppError> {
        let linked = self.catalogue.link(link).await?;
        let admitted = admit(linked.clone(), requester, self.clock.now())?;
        if !linked.link.download {
            return Err(AppError::NoDownload);
        }
        let download = Download::open(&self.files, &linked.document).await?;
        if let (Admitted::Visitor(_, grant), Some(origin)) = (admitted, origin)
            && !origin.is_bot
        {
            let arrival = arrival(&linked, origin, grant.as_ref());
            let email = grant.as_ref().and_then(|grant| grant.email.as_deref());
            let noted = self.analytics.download(link, session, email, &arrival);
            let (noted, tail) = tokio::join!(noted, self.visits.note_long_tail(link));
            noted.and(tail)?;
        }
        Ok(download)
    }
}
