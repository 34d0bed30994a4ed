//! The parameters in addresses of the API. An invalid id is answered like one that does not exist.

use axum::{
    extract::{FromRequestParts, Path, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};

use crate::{
    error::AppError,
    model::{DocumentId, LinkId},
};

/// The document that an address names, or [`AppError::DocumentNotFound`].
pub(super) struct DocumentPath(pub(super) DocumentId);

/// The link that an address names, or [`AppError::LinkNotFound`].
pub(super) struct LinkPath(pub(super) LinkId);

/// The page of a link that an address names: [`AppError::LinkNotFound`], or [`AppError::NotFound`] when the page is not a
/// number.
pub(super) struct PagePath {
    pub(super) link: LinkId,
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
