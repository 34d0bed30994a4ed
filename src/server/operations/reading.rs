//! What visitors do: open a link, look at its pages, come, stay and go.

use std::{io, sync::Arc};

use axum::body::Bytes;
use futures::stream::BoxStream;

use crate::{
    error::AppError,
    model::{FileKind, Heartbeat, Join, Leave, LinkId, Opening, SharedDocument, ViewerAction},
    server::{
        AppState,
        asker::{Asker, Head},
        catalogue::Shared,
        config::viewer_url,
        documents::Picture,
        gate::{Admitted, check_grant, check_open, gate},
        limits::Kind,
    },
};

/// A file to be downloaded.
pub struct Download {
    /// What its owner calls it.
    pub title: String,
    /// What it is.
    pub kind: FileKind,
    /// How many bytes there are.
    pub size: u64,
    /// Those bytes.
    pub bytes: BoxStream<'static, Result<Bytes, io::Error>>,
}

impl AppState {
    /// What somebody meets at a link: the document, or its gate. To look is not yet to view.
    pub async fn open_link(&self, link: &LinkId, asker: &Asker) -> Result<Opening, AppError> {
        let shared = self.catalogue.link_if_need_be_of_late(link).await?;
        let admitted = self.admit(shared.clone(), asker);
        // What its owner asks for, or what leads nowhere, is no visit that might have been one.
        if asker.is_bot && matches!(admitted, Ok(Admitted::Visitor(..)) | Err(AppError::GateClosed)) {
            self.analytics.filter(link).await?;
        }
        let admitted = match admitted {
            Err(AppError::GateClosed) => return Ok(Opening::Gate(gate(&shared))),
            admitted => admitted?,
        };
        Ok(Opening::Document(SharedDocument {
            link_id: link.clone(),
            title: shared.document.title.clone(),
            pages: shared.document.file.pages.clone(),
            version: shared.document.file.version.clone(),
            viewer_url: viewer_url(&asker.origin, link),
            download: shared.link.download,
            preview: matches!(admitted, Admitted::Owner(_)),
        }))
    }

    /// The picture of a page, of the file that the reader began with, or of the newest.
    pub async fn page(
        &self,
        link: &LinkId,
        page: u32,
        version: Option<&str>,
        asker: &Asker,
    ) -> Result<Picture, AppError> {
        let shared = self.catalogue.link_if_need_be_of_late(link).await?;
        let admitted = self.admit(shared, asker)?;
        let document = &admitted.shared().document;
        let file = match version {
            Some(version) => document.file_of(version).ok_or(AppError::NotFound)?,
            None => &document.file,
        };
        self.documents.picture(&document.id, file, page).await
    }

    /// The file itself, where the link lets it be downloaded.
    pub async fn download(&self, link: &LinkId, asker: &Asker) -> Result<Download, AppError> {
        let shared = self.catalogue.link(link).await?;
        let admitted = self.admit(shared, asker)?;
        let Shared { link, document } = &**admitted.shared();
        if !link.download {
            return Err(AppError::NoDownload);
        }
        self.original(document).await
    }

    /// What a viewer does. What is refused changes nothing.
    pub async fn act(&self, link: &LinkId, action: ViewerAction, from: &Head) -> Result<(), AppError> {
        match action {
            ViewerAction::Join(join) => self.join(link, join, from).await,
            ViewerAction::Heartbeat(beat) => self.heartbeat(link, beat, from).await,
            ViewerAction::Leave(leave) => self.leave(link, leave, from).await,
        }
    }

    /// A viewer is there: unless it is the owner, or a bot, which are not counted.
    async fn join(&self, link: &LinkId, mut join: Join, from: &Head) -> Result<(), AppError> {
        let shared = self.catalogue.link(link).await?;
        self.limits.action(&self.client(from), link, Kind::Join)?;
        let asker = self.asker(from).await?;
        let admitted = self.admit(shared.clone(), &asker)?;
        join.check(shared.document.most_pages())?;
        match admitted {
            Admitted::Owner(_) => return Err(AppError::NotCounted),
            Admitted::Visitor(_, given) if shared.link.has_gate() => join.email = given,
            Admitted::Visitor(..) => {}
        }
        if asker.is_bot {
            self.analytics.filter(link).await?;
            return Err(AppError::NotCounted);
        }
        self.analytics.join(link, &join).await.map(|_| ())
    }

    /// The hot path: it asks Redis for nothing but the heartbeat itself.
    async fn heartbeat(&self, link: &LinkId, beat: Heartbeat, from: &Head) -> Result<(), AppError> {
        let shared = self.catalogue.link_lately(link).await?;
        self.limits.action(&self.client(from), link, Kind::Heartbeat)?;
        check_open(&shared.link, self.analytics.clock().now())?;
        self.check_grant(&shared, from)?;
        beat.check(shared.document.most_pages())?;
        self.analytics.heartbeat(link, beat).await
    }

    /// Also where the link was closed meanwhile: the visit has ended all the same.
    async fn leave(&self, link: &LinkId, leave: Leave, from: &Head) -> Result<(), AppError> {
        let shared = self.catalogue.link_lately(link).await?;
        self.limits.action(&self.client(from), link, Kind::Leave)?;
        self.check_grant(&shared, from)?;
        leave.check()?;
        self.analytics.leave(link, &leave).await
    }

    fn check_grant(&self, shared: &Arc<Shared>, from: &Head) -> Result<(), AppError> {
        if shared.link.has_gate() {
            let now = self.analytics.clock().now();
            check_grant(&shared.link, &self.cookies(&from.headers), now)?;
        }
        Ok(())
    }
}
