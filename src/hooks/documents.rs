//! The live list of an owner's documents.

use leptos::prelude::*;

use super::live_source::{ConnectionState, FetchFuture, Source, Update, use_live_source};
use crate::{
    api,
    error::AppError,
    model::{DocumentList, DocumentScope, address, events, timing::REFRESH_INTERVAL},
};

/// What [`use_documents`] returns.
#[derive(Clone, Copy)]
pub struct LiveDocuments {
    /// The latest list; an error leaves it in place.
    pub data: ReadSignal<DocumentList>,
    /// Why the list is not up to date; `None` once it is.
    pub error: ReadSignal<Option<AppError>>,
    /// How current the numbers are.
    pub connection: ReadSignal<ConnectionState>,
    /// Fetches the list now.
    pub refresh: Callback<()>,
}

/// Follows documents of the signed-in owner, those of `scope`, over one event stream for all links, starting with
/// the list that the server rendered.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{
///     hooks::use_documents,
///     model::{DocumentList, DocumentQuery, DocumentScope},
/// };
///
/// #[component]
/// fn Titles(initial: DocumentList) -> impl IntoView {
///     let documents = use_documents(initial, DocumentScope::Page(DocumentQuery::default()));
///     let titles = move || {
///         let title = |title: &String| view! { <li>{title.clone()}</li> };
///         documents.data.read().documents.iter().map(|document| title(&document.title)).collect_view()
///     };
///     view! { <ul>{titles}</ul> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Fetches nothing and opens no stream. The signals hold `initial`, on the server and at hydration.
pub fn use_documents(initial: DocumentList, scope: DocumentScope) -> LiveDocuments {
    let as_of = Ok(initial.as_of);
    let data = RwSignal::new(initial);
    let update =
        move |list: DocumentList| Update { as_of: list.as_of, show: Box::new(move || data.set(list)) };
    let source = Source {
        interval: REFRESH_INTERVAL,
        path: address::document_events(&scope),
        event_name: events::DOCUMENTS,
        parse: Box::new(move |data| serde_json::from_str(data).ok().map(update)),
        fetch: Box::new(move || -> FetchFuture {
            let scope = scope.clone();
            Box::pin(async move { api::documents(scope).await.map(update) })
        }),
        clear: Box::new(move || {
            let mut list = data.write();
            list.documents.clear();
            (list.total, list.unreadable) = (0, 0);
        }),
    };
    let live = use_live_source(source, Some(as_of));
    LiveDocuments {
        data: data.read_only(),
        error: live.error,
        connection: live.connection,
        refresh: live.refresh,
    }
}
