//! The ids that an address names. What cannot be an id names something that does not exist.

use std::str::FromStr;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    error::AppError,
    model::{DocumentId, LinkId, ReaderId, VisitId},
};

/// The `:document` of the route.
pub(super) fn document_of_the_address() -> Result<DocumentId, AppError> {
    named("document").ok_or(AppError::DocumentNotFound)
}

/// The `:link` of the route.
pub(super) fn link_of_the_address() -> Result<LinkId, AppError> {
    named("link").ok_or(AppError::LinkNotFound)
}

/// The `:reader` of the route.
pub(super) fn reader_of_the_address() -> Result<ReaderId, AppError> {
    named("reader").ok_or(AppError::NotFound)
}

/// The `:visit` of the route.
pub(super) fn visit_of_the_address() -> Result<VisitId, AppError> {
    named("visit").ok_or(AppError::NotFound)
}

fn named<Id: FromStr>(parameter: &str) -> Option<Id> {
    use_params_map().read_untracked().get(parameter)?.parse().ok()
}
