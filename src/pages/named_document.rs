//! The document that an address names.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    api,
    error::AppError,
    model::{LinkId, SharedDocument, Snapshot},
};

/// The `:link` of the route. What can not be a link at all is one that does not exist.
fn use_link() -> impl Fn() -> Result<LinkId, AppError> + Send + Sync + 'static {
    let params = use_params_map();
    move || {
        let link = params.read().get("link");
        link.and_then(|link| link.parse().ok()).ok_or(AppError::LinkNotFound)
    }
}

/// A document, and its numbers if they were asked for.
pub(super) type Loaded = (SharedDocument, Option<Result<Snapshot, AppError>>);

/// Loads the document that the address names.
///
/// Without numbers there is still a page: whoever shows them says why and goes on asking.
pub(super) fn use_document(with_numbers: bool) -> Resource<Result<Loaded, AppError>> {
    Resource::new(use_link(), move |link| async move {
        let link = link?;
        let document = api::shared_document(link.clone()).await?;
        let numbers = if with_numbers { Some(api::realtime_snapshot(link).await) } else { None };
        Ok((document, numbers))
    })
}
