//! The list of shared links, as its numbers change.

use leptos::prelude::*;

use super::polling::{Answer, Asked, use_polling};
use crate::{
    api,
    error::AppError,
    model::{LinkList, LinkSummary, timing::REFRESH_INTERVAL},
};

/// What [`use_shared_links`] returns.
#[derive(Clone, Copy)]
pub struct SharedLinks {
    /// The latest list; `None` until the first has come.
    pub data: ReadSignal<Option<Vec<LinkSummary>>>,
    /// Why the latest request failed, until one succeeds.
    pub error: Signal<Option<AppError>>,
    /// Asks for a new list now.
    pub refresh: Callback<()>,
}

/// Follows the list of shared links, beginning with what the server has rendered.
///
/// ## Server-Side Rendering
///
/// Asks nothing on the server. The signals hold what `first` says, there and at hydration.
pub fn use_shared_links(first: Result<LinkList, AppError>) -> SharedLinks {
    let as_of = first.as_ref().map(|list| list.as_of).map_err(AppError::clone);
    let data = RwSignal::new(first.ok().map(|list| list.links));
    let fetch = move || -> Asked {
        Box::pin(async move {
            let LinkList { links, as_of } = api::shared_links().await?;
            Ok(Answer { as_of, show: Box::new(move || data.set(Some(links))) })
        })
    };
    let polling = use_polling(REFRESH_INTERVAL, Some(as_of), Box::new(fetch));
    // The list comes even while the numbers are out of reach; it then says so by leaving them out.
    let lacks_numbers = move || data.read().iter().flatten().any(|link| link.total_views.is_none());
    let error =
        Memo::new(move |_| polling.error.get().or_else(|| lacks_numbers().then_some(AppError::Unavailable)));
    SharedLinks { data: data.read_only(), error: error.into(), refresh: polling.refresh }
}
