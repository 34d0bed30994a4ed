//! Finds documents and links of the requester. Another owner's is answered like one that does not exist.

use super::requester::Requester;
use crate::{
    error::AppError,
    model::{DocumentId, LinkId},
    server::store::catalogue::{Catalogue, Document, LinkedDocument},
};

/// A document of the requester, or [`AppError::DocumentNotFound`].
pub async fn own_document(
    catalogue: &Catalogue,
    document: &DocumentId,
    requester: &Requester,
) -> Result<Document, AppError> {
    requester.owner()?;
    let document = catalogue.document(document).await?;
    if requester.owns(&document) { Ok(document) } else { Err(AppError::DocumentNotFound) }
}

/// A link to a document of the requester, or [`AppError::LinkNotFound`].
pub async fn own_link(
    catalogue: &Catalogue,
    link: &LinkId,
    requester: &Requester,
) -> Result<LinkedDocument, AppError> {
    requester.owner()?;
    let linked = catalogue.link(link).await?;
    if requester.owns(&linked.document) { Ok(linked) } else { Err(AppError::LinkNotFound) }
}
