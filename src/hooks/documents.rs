//! The list of an owner's documents, as it changes.

use leptos::prelude::*;

use super::live_source::{ConnectionState, FetchFuture, Source, Update, use_live_source};
use crate::{
    api,
    error::AppError,
    model::{DocumentList, DocumentSummary, events, timing::REFRESH_INTERVAL},
};

/// What [`use_documents`] returns.
#[derive(Clone, Copy)]
pub struct LiveDocuments {
    /// The latest list. An error never takes it away.
    pub data: ReadSignal<Vec<DocumentSummary>>,
    /// Why there is nothing newer, until there is.
    pub error: Signal<Option<AppError>>,
    /// How far the numbers can be trusted, and how old they are if they are not fresh.
    pub connection: ReadSignal<ConnectionState>,
    /// Asks for a new list now.
    pub refresh: Callback<()>,
}

/// Follows the documents of the owner who is signed in, over one stream for all their links, beginning with what
/// the server has rendered.
///
/// ## Server-Side Rendering
///
/// Asks and opens nothing on the server. The signals hold what `initial` says, there and at hydration.
pub fn use_documents(initial: DocumentList) -> LiveDocuments {
    let as_of = Ok(initial.as_of);
    let data = RwSignal::new(initial.documents);
    let update = move |DocumentList { documents, as_of }: DocumentList| Update {
        as_of,
        show: Box::new(move || data.set(documents)),
    };
    let source = Source {
        interval: REFRESH_INTERVAL,
        path: events::DOCUMENTS_PATH.to_owned(),
        event_name: events::DOCUMENTS,
        parse: Box::new(move |data| serde_json::from_str(data).ok().map(update)),
        fetch: Box::new(move || -> FetchFuture {
            Box::pin(async move { api::documents().await.map(update) })
        }),
    };
    let live = use_live_source(source, Some(as_of));
    // The list comes even while numbers are out of reach; it then says so by leaving them out.
    let lacks_numbers = move || {
        let data = data.read();
        let mut links = data.iter().flat_map(|document| &document.links);
        links.any(|link| link.total_views.is_none())
    };
    let error =
        Memo::new(move |_| live.error.get().or_else(|| lacks_numbers().then_some(AppError::Unavailable)));
    LiveDocuments {
        data: data.read_only(),
        error: error.into(),
        connection: live.connection,
        refresh: live.refresh,
    }
}
