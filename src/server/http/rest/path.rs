//! What the addresses of the API name. An id that no text could be is answered like one that does not exist.

use std::str::FromStr;

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

/// The parameters of an address that names a page of a document or of what a link shares: the error of
/// [`HasPages`], or [`AppError::NotFound`] for a page that is no number.
pub(super) struct PagePath<Id> {
    pub(super) id: Id,
    /// Counts from 1.
    pub(super) page: u32,
}

/// An id whose addresses have pages.
pub(super) trait HasPages: FromStr {
    /// The answer to an id that no text could be.
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
