//! The link that an address names.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{error::AppError, model::LinkId};

/// The `:link` of the route. What can not be a link at all is one that does not exist.
pub(super) fn use_link() -> Memo<Result<LinkId, AppError>> {
    let params = use_params_map();
    Memo::new(move |_| {
        let link = params.read().get("link");
        link.and_then(|link| link.parse().ok()).ok_or(AppError::LinkNotFound)
    })
}
