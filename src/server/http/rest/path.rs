//! The parameters in addresses of the API. An invalid id is answered like one that does not exist.

use std::str::FromStr;

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

/// The page of a document or a link that an address names: the error of [`HasPages`], or [`AppError::NotFound`] when the
/// page is not a number.
pub(super) struct PagePath<Id> {
    pub(super) id: Id,
    /// Counts from 1.
    pub(super) page: u32,
}

/// An id whose addresses have pages.
pub(super) trait HasPages: FromStr {
    /// The answer to an invalid id.
    const NOT_FOUND: AppError;
}

impl HasPages for DocumentId {
    const NOT_FOUND: AppError = AppError::DocumentNotFound;
}

impl HasPages for LinkId {
    const NOT_FOUND: AppError = AppError::LinkNotFound;
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

impl<S: Send + Sync, Id: HasPages> FromRequestParts<S> for PagePath<Id> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let read = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((id, page)) = read.map_err(|rejection| match rejection {
            PathRejection::FailedToDeserializePathParams(error) if is_about("page", error.kind()) => {
                AppError::NotFound
            }
            _ => Id::NOT_FOUND,
        })?;
        let page = page.parse().map_err(|_| AppError::NotFound)?;
        Ok(Self { id: id.parse().map_err(|_| Id::NOT_FOUND)?, page })
    }
}

fn is_about(parameter: &str, error: &ErrorKind) -> bool {
    matches!(error, ErrorKind::InvalidUtf8InPathParam { key } if key == parameter)
}
