//! The pages of a document: pictures, texts and the outline, for visitors of a link and for the owner.

use std::sync::Arc;

use super::Reading;
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, OutlineItem, PageText, PictureWish},
    server::{
        services::{gate::admit, ownership::own_document, rate_limits::ActionKind, requester::Requester},
        store::{catalogue::Document, files::Picture},
    },
};

/// Whose pages are read.
pub enum PagesOf {
    /// Those of a link, by its visitors.
    Link(LinkId),
    /// Those of a document, by its owner.
    Document(DocumentId),
}

/// A part of a document as a reader gets it.
pub struct DocumentPart<T> {
    /// The picture, the text or the outline.
    pub content: T,
    /// Whether it lies behind a gate, so that a browser must ask each time whether it may still show it.
    pub is_gated: bool,
}

impl Reading {
    /// The picture of a page, counted from 1: of the version that the reader began with, otherwise of the newest.
    pub async fn picture(
        &self,
        of: &PagesOf,
        page: u32,
        version: Option<&str>,
        wish: PictureWish,
        requester: &Requester,
    ) -> Result<DocumentPart<Picture>, AppError> {
        let (document, is_gated) = self.readable(of, requester).await?;
        if let PagesOf::Link(link) = of {
            self.rate_limits.action(requester.visitor.rate_limit_key, link, ActionKind::Picture)?;
        }
        let files = self.files.of_owner(document.owner.as_ref());
        let content = files.picture(&document.id, document.file_to_read(version)?, page, wish).await?;
        Ok(DocumentPart { content, is_gated })
    }

    /// The text of a page, of the same version.
    pub async fn page_text(
        &self,
        of: &PagesOf,
        page: u32,
        version: Option<&str>,
        requester: &Requester,
    ) -> Result<DocumentPart<PageText>, AppError> {
        let (document, is_gated) = self.readable(of, requester).await?;
        let files = self.files.of_owner(document.owner.as_ref());
        let content = files.text(&document.id, document.file_to_read(version)?, page).await?;
        Ok(DocumentPart { content, is_gated })
    }

    /// The outline of a document, of the same version.
    pub async fn outline(
        &self,
        of: &PagesOf,
        version: Option<&str>,
        requester: &Requester,
    ) -> Result<DocumentPart<Vec<OutlineItem>>, AppError> {
        let (document, is_gated) = self.readable(of, requester).await?;
        let files = self.files.of_owner(document.owner.as_ref());
        let content = files.outline(&document.id, document.file_to_read(version)?).await?;
        Ok(DocumentPart { content, is_gated })
    }

    /// The document, if the requester may read it, and whether it lies behind a gate.
    async fn readable(&self, of: &PagesOf, requester: &Requester) -> Result<(Arc<Document>, bool), AppError> {
        match of {
            PagesOf::Link(link) => {
                let linked = self.catalogue.link_or_stale(link).await?;
                let is_gated = linked.link.has_gate();
                let admitted = admit(linked, requester, self.clock.now())?;
                Ok((admitted.linked().document.clone(), is_gated))
            }
            PagesOf::Document(document) => {
                let document = own_document(&self.catalogue, document, requester).await?;
                Ok((Arc::new(document), false))
            }
        }
    }
}
