//! What the addresses of the API name. An id that no text could be is answered like one that does not exist.

use axum::{
    extract::{FromRequestParts, Path, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};

use crate::{
    error::AppError,
    model::{DocumentId, LinkId},
};

/// The one parameter of an address that names a document, or [`AppError::DocumentNotFound`].
pub(super) struct DocumentPath(pub(super) DocumentId);

/// The one parameter of an address that names a link, or [`AppError::LinkNotFound`].
pub(super) struct LinkPath(pub(super) LinkId);

/// The parameters of an address that names a page: [`AppError::LinkNotFound`], or [`AppError::NotFound`] for a page
/// that is no number.
pub(super) struct PagePath {
    pub(super) link: LinkId,
    /// Counts from 1.
    pub(super) page: u32,
}

/// The parameters of an address that names a page of a document: [`AppError::DocumentNotFound`], or
/// [`AppError::NotFound`] for a page that is no number.
pub(super) struct DocumentPagePath {
    pub(super) document: DocumentId,
    /// Counts from 1.
    pub(super) page: u32,
}

impl<S: Send + Sync> FromRequestParts<S> for DocumentPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path(id) =
            Path::from_request_parts(parts, state).await.map_err(|_| AppError::DocumentNotFound)?;
        Ok(Self(id))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DocumentPagePath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let read = Path::<(DocumentId, String)>::from_request_parts(parts, state).await;
        let Path((document, page)) = read.map_err(|_| AppError::DocumentNotFound)?;
        Ok(Self { document, page: page.parse().map_err(|_| AppError::NotFound)? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LinkPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path(id) = Path::from_request_parts(parts, state).await.map_err(|_| AppError::LinkNotFound)?;
        Ok(Self(id))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PagePath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let read = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((link, page)) = read.map_err(|rejection| match rejection {
            PathRejection::FailedToDeserializePathParams(error) if is_about("page", error.kind()) => {
                AppError::NotFound
            }
            _ => AppError::LinkNotFound,
        })?;
        let page = page.parse().map_err(|_| AppError::NotFound)?;
        Ok(Self { link: link.parse().map_err(|_| AppError::LinkNotFound)?, page })
    }
}

fn is_about(parameter: &str, error: &ErrorKind) -> bool {
    matches!(error, ErrorKind::InvalidUtf8InPathParam { key } if key == parameter)
}
