//! The link that an address names.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{error::AppError, model::LinkId};

/// The `:link` of the route. What cannot be a link id names a link that does not exist.
pub(super) fn link_of_the_address() -> Result<LinkId, AppError> {
    let link = use_params_map().read_untracked().get("link");
    link.and_then(|link| link.parse().ok()).ok_or(AppError::LinkNotFound)
}
