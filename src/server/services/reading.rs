//! What visitors do: open a link, read pages, download, join, send heartbeats and leave.

use std::sync::Arc;

use super::{
    gate::{Admitted, Grant, admit, check_grant, check_open, gate},
    library::Download,
    rate_limits::{ActionKind, RateLimits},
    requester::{Requester, VisitOrigin, Visitor},
};
use crate::{
    error::AppError,
    model::{
        Heartbeat, Join, Leave, LinkId, Opening, OutlineItem, Owner, PageText, PictureWish, SessionId,
        SharedDocument, address,
    },
    server::{
        instruments::Instruments,
        store::{
            analytics::{Analytics, Arrival, HeartbeatOutcome, Joined},
            catalogue::{Catalogue, Document, LinkedDocument},
            clock::Clock,
            files::{FileStore, Picture},
            history::VisitStore,
        },
    },
};

/// Links as visitors read them. Cheap to clone.
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

/// A part of a document as a visitor gets it.
pub struct OfPage<T> {
    /// The picture, the text or the outline.
    pub content: T,
    /// Whether it lies behind a gate, so that a browser must ask each time whether it may still show it.
    pub is_gated: bool,
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

    /// The picture of a page, counted from 1: of the version that the reader began with, otherwise of the newest.
    pub async fn page(
        &self,
        link: &LinkId,
        page: u32,
        version: Option<&str>,
        wish: PictureWish,
        requester: &Requester,
    ) -> Result<OfPage<Picture>, AppError> {
        let (document, is_gated) = self.admitted(link, requester).await?;
        self.rate_limits.action(requester.visitor.rate_limit_key, link, ActionKind::Picture)?;
        let files = self.files.of_owner(document.owner.as_ref());
        let content = files.picture(&document.id, document.file_to_read(version)?, page, wish).await?;
        Ok(OfPage { content, is_gated })
    }

    /// The text of a page, of the same version.
    pub async fn page_text(
        &self,
        link: &LinkId,
        page: u32,
        version: Option<&str>,
        requester: &Requester,
    ) -> Result<OfPage<PageText>, AppError> {
        let (document, is_gated) = self.admitted(link, requester).await?;
        let files = self.files.of_owner(document.owner.as_ref());
        let content = files.text(&document.id, document.file_to_read(version)?, page).await?;
        Ok(OfPage { content, is_gated })
    }

    /// The outline of a document, of the same version.
    pub async fn outline(
        &self,
        link: &LinkId,
        version: Option<&str>,
        requester: &Requester,
    ) -> Result<OfPage<Vec<OutlineItem>>, AppError> {
        let (document, is_gated) = self.admitted(link, requester).await?;
        let files = self.files.of_owner(document.owner.as_ref());
        let content = files.outline(&document.id, document.file_to_read(version)?).await?;
        Ok(OfPage { content, is_gated })
    }

    /// The document of a link, if the requester may read it, and whether the link has a gate.
    async fn admitted(
        &self,
        link: &LinkId,
        requester: &Requester,
    ) -> Result<(Arc<Document>, bool), AppError> {
        let linked = self.catalogue.link_or_stale(link).await?;
        let is_gated = linked.link.has_gate();
        Ok((admit(linked, requester, self.clock.now())?.linked().document.clone(), is_gated))
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

    /// Counts a viewer. [`AppError::NotCounted`] for the owner and for bots.
    pub async fn join(
        &self,
        link: &LinkId,
        join: Join,
        requester: &Requester,
        origin: &VisitOrigin,
    ) -> Result<(), AppError> {
        let joined = self.try_join(link, join, requester, origin).await;
        self.instruments.joins.note(&joined);
        joined
    }

    async fn try_join(
        &self,
        link: &LinkId,
        mut join: Join,
        requester: &Requester,
        origin: &VisitOrigin,
    ) -> Result<(), AppError> {
        let linked = self.catalogue.link(link).await?;
        self.rate_limits.action(requester.visitor.rate_limit_key, link, ActionKind::Join)?;
        let admitted = admit(linked.clone(), requester, self.clock.now())?;
        join.check(linked.document.most_pages())?;
        let grant = match admitted {
            Admitted::Owner(_) => return Err(AppError::NotCounted),
            Admitted::Visitor(_, grant) => grant,
        };
        if linked.link.has_gate() {
            // Behind a gate, only the e-mail address that was given there counts.
            join.email = grant.as_ref().and_then(|grant| grant.email.clone());
        }
        if origin.is_bot {
            self.count_filtered(link).await;
            return Err(AppError::NotCounted);
        }
        if self.analytics.join(link, &join, &arrival(&linked, origin, grant.as_ref())).await? == Joined::New {
            // The visitor does not wait for it.
            tokio::spawn(note_last_view(self.catalogue.clone(), linked.document, self.clock.now()));
        }
        Ok(())
    }

    /// Counts a request that is not a reader's. Where Redis takes no writes, its sender gets the page all the same.
    async fn count_filtered(&self, link: &LinkId) {
        if let Err(error) = self.analytics.filter(link).await {
            tracing::warn!(%error, "filtered requests are not counted");
        }
    }

    /// Keeps a viewer active. The hot path: one round trip, whose script also compares the version of the cached link.
    /// Only another version, or a refusal, reads the link again.
    pub async fn heartbeat(
        &self,
        link: &LinkId,
        heartbeat: Heartbeat,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let outcome = self.try_heartbeat(link, heartbeat, visitor).await;
        self.instruments.heartbeats.note(&outcome);
        outcome
    }

    async fn try_heartbeat(
        &self,
        link: &LinkId,
        heartbeat: Heartbeat,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let cached = self.catalogue.cached_link(link).await?;
        self.rate_limits.action(visitor.rate_limit_key, link, ActionKind::Heartbeat)?;
        let mut outcome = HeartbeatOutcome::LinkChanged;
        if self.check_heartbeat(&cached, &heartbeat, visitor).is_ok() {
            outcome = self.analytics.heartbeat(link, &heartbeat, &cached.link.version).await?;
        }
        if outcome == HeartbeatOutcome::LinkChanged {
            outcome = Box::pin(self.heartbeat_as_it_is_now(link, &heartbeat, visitor)).await?;
        }
        match outcome {
            HeartbeatOutcome::Active => Ok(()),
            HeartbeatOutcome::NotActive => Err(AppError::SessionNotActive),
            // The link changed twice in a moment. The next heartbeat will succeed.
            HeartbeatOutcome::LinkChanged => Err(AppError::Unavailable),
        }
    }

    /// Sends a heartbeat after the link was read again. Callers box it: it is rare, and the future of the others stays small.
    async fn heartbeat_as_it_is_now(
        &self,
        link: &LinkId,
        heartbeat: &Heartbeat,
        visitor: &Visitor,
    ) -> Result<HeartbeatOutcome, AppError> {
        let linked = self.catalogue.link(link).await?;
        self.check_heartbeat(&linked, heartbeat, visitor)?;
        self.analytics.heartbeat(link, heartbeat, &linked.link.version).await
    }

    fn check_heartbeat(
        &self,
        linked: &LinkedDocument,
        heartbeat: &Heartbeat,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        check_open(&linked.link, now)?;
        check_grant(&linked.link, visitor, now)?;
        Ok(heartbeat.check(linked.document.most_pages())?)
    }

    /// Ends a visit, also on a link that was closed meanwhile. A duration counts up to the time since the join. From
    /// `reporter`, the owner of the request's API key, it is recorded as sent if they own the document: then a server of
    /// the owner reports it, and needs no grant.
    pub async fn leave(
        &self,
        link: &LinkId,
        leave: Leave,
        visitor: &Visitor,
        reporter: Option<&Owner>,
    ) -> Result<(), AppError> {
        let cached = self.catalogue.cached_link(link).await?;
        self.rate_limits.action(visitor.rate_limit_key, link, ActionKind::Leave)?;
        // The file may have more pages by now.
        if leave.check(cached.document.most_pages()).is_err() {
            leave.check(self.catalogue.link(link).await?.document.most_pages())?;
        }
        let owner_id = reporter.map(|owner| &owner.owner_id);
        if owner_id.is_some() && cached.document.owner.as_ref() == owner_id {
            return self.analytics.leave_as_reported(link, &leave).await;
        }
        let now = self.clock.now();
        if check_grant(&cached.link, visitor, now).is_err() {
            check_grant(&self.catalogue.link(link).await?.link, visitor, now)?;
        }
        self.analytics.leave(link, &leave).await
    }
}

async fn note_last_view(catalogue: Catalogue, document: Arc<Document>, now: i64) {
    if let Err(error) = catalogue.set_last_view(&document, now).await {
        tracing::warn!(document = %document.id, %error, "the last view of a document is not noted");
    }
}

fn arrival(
    LinkedDocument { document, .. }: &LinkedDocument,
    origin: &VisitOrigin,
    grant: Option<&Grant>,
) -> Arrival {
    Arrival {
        version: document.file.version.clone(),
        page_count: document.file.pages.len() as u32,
        client: origin.client,
        country: origin.country,
        is_verified: grant.is_some_and(|grant| grant.is_verified),
    }
}
