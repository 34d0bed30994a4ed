//! The parameters in addresses of the API. An invalid id is answered like one that does not exist.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Path, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};

use crate::{
    error::AppError,
    model::{BadgeId, CorrectionId, DeliveryId, DocumentId, KeyId, LinkId, ReaderId, VisitId, WebhookId},
};

/// What a parameter of an address is read as.
pub(super) trait Parameter: FromStr {
    /// Its name in the route.
    const NAME: &'static str;
    /// The answer to an invalid one.
    const NOT_FOUND: AppError = AppError::NotFound;
}

impl Parameter for DocumentId {
    const NAME: &'static str = "document";
    const NOT_FOUND: AppError = AppError::DocumentNotFound;
}

impl Parameter for LinkId {
    const NAME: &'static str = "link";
    const NOT_FOUND: AppError = AppError::LinkNotFound;
}

impl Parameter for BadgeId {
    const NAME: &'static str = "badge";
}

impl Parameter for CorrectionId {
    const NAME: &'static str = "correction";
}

impl Parameter for DeliveryId {
    const NAME: &'static str = "delivery";
}

impl Parameter for KeyId {
    const NAME: &'static str = "key";
}

impl Parameter for ReaderId {
    const NAME: &'static str = "reader";
}

impl Parameter for VisitId {
    const NAME: &'static str = "visit";
}

impl Parameter for WebhookId {
    const NAME: &'static str = "webhook";
}

/// A page, counted from 1.
impl Parameter for u32 {
    const NAME: &'static str = "page";
}

/// The id that an address names, or its [`Parameter::NOT_FOUND`].
pub(super) struct IdPath<Id>(pub(super) Id);

/// A part, such as a page, of what an address names, or [`Parameter::NOT_FOUND`] of the one that is invalid.
pub(super) struct PartPath<Id, Part>(pub(super) Id, pub(super) Part);

impl<S: Send + Sync, Id: Parameter> FromRequestParts<S> for IdPath<Id> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        let Path(id) = read.map_err(|_| Id::NOT_FOUND)?;
        parse(&id).map(Self)
    }
}

impl<S: Send + Sync, Id: Parameter, Part: Parameter> FromRequestParts<S> for PartPath<Id, Part> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let read = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((id, part)) = read.map_err(|rejection| match rejection {
            PathRejection::FailedToDeserializePathParams(error) if is_about(Part::NAME, error.kind()) => {
                Part::NOT_FOUND
            }
            _ => Id::NOT_FOUND,
        })?;
        Ok(Self(parse(&id)?, parse(&part)?))
    }
}

fn parse<Id: Parameter>(text: &str) -> Result<Id, AppError> {
    text.parse().map_err(|_| Id::NOT_FOUND)
}

fn is_about(parameter: &str, error: &ErrorKind) -> bool {
    matches!(error, ErrorKind::InvalidUtf8InPathParam { key } if key == parameter)
}
