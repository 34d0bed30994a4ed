//! The list of shared links, as its numbers change.

use leptos::prelude::*;

use super::live_source::{Answer, Asked, Connection, Source, use_live_source};
use crate::{
    api,
    error::AppError,
    model::{LinkList, LinkSummary, events, timing::REFRESH_INTERVAL},
};

/// What [`use_shared_links`] returns.
#[derive(Clone, Copy)]
pub struct SharedLinks {
    /// The latest list; `None` until the first has come.
    pub data: ReadSignal<Option<Vec<LinkSummary>>>,
    /// Why there is nothing newer, until there is.
    pub error: Signal<Option<AppError>>,
    /// How far the numbers can be trusted, and how old they are if they are not fresh.
    pub connection: ReadSignal<Connection>,
    /// Asks for a new list now.
    pub refresh: Callback<()>,
}

/// Follows the list of shared links over one stream for all its rows, beginning with what the server has
/// rendered.
///
/// ## Server-Side Rendering
///
/// Asks and opens nothing on the server. The signals hold what `first` says, there and at hydration.
pub fn use_shared_links(first: Result<LinkList, AppError>) -> SharedLinks {
    let as_of = first.as_ref().map(|list| list.as_of).map_err(AppError::clone);
    let data = RwSignal::new(first.ok().map(|list| list.links));
    let answer = move |LinkList { links, as_of }: LinkList| Answer {
        as_of,
        show: Box::new(move || data.set(Some(links))),
    };
    let source = Source {
        interval: REFRESH_INTERVAL,
        path: events::LINKS_PATH.to_owned(),
        picture: events::LINKS,
        read: Box::new(move |data| serde_json::from_str(data).ok().map(answer)),
        fetch: Box::new(move || -> Asked { Box::pin(async move { api::shared_links().await.map(answer) }) }),
    };
    let live = use_live_source(source, Some(as_of));
    // The list comes even while the numbers are out of reach; it then says so by leaving them out.
    let lacks_numbers = move || data.read().iter().flatten().any(|link| link.total_views.is_none());
    let error =
        Memo::new(move |_| live.error.get().or_else(|| lacks_numbers().then_some(AppError::Unavailable)));
    SharedLinks {
        data: data.read_only(),
        error: error.into(),
        connection: live.connection,
        refresh: live.refresh,
    }
}
