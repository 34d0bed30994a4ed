//! The live list of an owner's documents.

use leptos::prelude::*;

use super::live_source::{ConnectionState, FetchFuture, Source, Update, use_live_source};
use crate::{
    api,
    error::AppError,
    model::{DocumentList, DocumentSummary, address, events, timing::REFRESH_INTERVAL},
};

/// What [`use_documents`] returns.
#[derive(Clone, Copy)]
pub struct LiveDocuments {
    /// The latest list; an error leaves it in place.
    pub data: ReadSignal<Vec<DocumentSummary>>,
    /// Why the list is not up to date; `None` once it is.
    pub error: Signal<Option<AppError>>,
    /// How current the numbers are.
    pub connection: ReadSignal<ConnectionState>,
    /// Fetches the list now.
    pub refresh: Callback<()>,
}

/// Follows the documents of the signed-in owner over one event stream for all links, starting with the list
/// that the server rendered.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{hooks::use_documents, model::DocumentList};
///
/// #[component]
/// fn Titles(initial: DocumentList) -> impl IntoView {
///     let documents = use_documents(initial);
///     let titles = move || {
///         let title = |title: &String| view! { <li>{title.clone()}</li> };
///         documents.data.read().iter().map(|document| title(&document.title)).collect_view()
///     };
///     view! { <ul>{titles}</ul> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Fetches nothing and opens no stream. The signals hold `initial`, on the server and at hydration.
pub fn use_documents(initial: DocumentList) -> LiveDocuments {
    let as_of = Ok(initial.as_of);
    let data = RwSignal::new(initial.documents);
    let update = move |DocumentList { documents, as_of }: DocumentList| Update {
        as_of,
        show: Box::new(move || data.set(documents)),
    };
    let source = Source {
        interval: REFRESH_INTERVAL,
        path: address::DOCUMENT_EVENTS.to_owned(),
        event_name: events::DOCUMENTS,
        parse: Box::new(move |data| serde_json::from_str(data).ok().map(update)),
        fetch: Box::new(move || -> FetchFuture {
            Box::pin(async move { api::documents().await.map(update) })
        }),
        clear: Box::new(move || data.set(Vec::new())),
    };
    let live = use_live_source(source, Some(as_of));
    // While Redis does not answer, the list comes without numbers.
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
