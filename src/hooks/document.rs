//! One document of an owner, with the live numbers of its links.

use leptos::prelude::*;

use super::live_source::{ConnectionState, FetchFuture, Source, Update, use_live_source};
use crate::{
    api,
    error::AppError,
    model::{
        DocumentList, DocumentScope, DocumentState, DocumentSummary, address, events,
        timing::REFRESH_INTERVAL,
    },
};

/// What [`use_document`] returns.
#[derive(Clone, Copy)]
pub struct LiveDocument {
    /// The latest state; an error leaves it in place.
    pub data: ReadSignal<DocumentSummary>,
    /// Why the numbers are not up to date; `None` once they are.
    pub error: Signal<Option<AppError>>,
    /// How current the numbers are.
    pub connection: ReadSignal<ConnectionState>,
}

/// Follows one document of the signed-in owner, starting with what the server rendered.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{hooks::use_document, model::DocumentState};
///
/// fn number_of_links(initial: DocumentState) -> Signal<usize> {
///     let document = use_document(initial);
///     Signal::derive(move || document.data.read().links.len())
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Fetches nothing and opens no stream. The signals hold `initial`, on the server and at hydration.
pub fn use_document(initial: DocumentState) -> LiveDocument {
    let as_of = Ok(initial.as_of);
    let id = initial.document.document_id.clone();
    let data = RwSignal::new(initial.document);
    let update = move |DocumentState { document, as_of }: DocumentState| Update {
        as_of,
        show: Box::new(move || data.set(document)),
    };
    let own = id.clone();
    let parse = move |list: &str| {
        let DocumentList { documents, as_of, .. } = serde_json::from_str(list).ok()?;
        let document = documents.into_iter().find(|document| document.document_id == own)?;
        Some(update(DocumentState { document, as_of }))
    };
    let clear = move || {
        for link in &mut data.write().links {
            (link.active_viewers, link.total_views) = (None, None);
        }
    };
    let source = Source {
        interval: REFRESH_INTERVAL,
        path: address::document_events(&DocumentScope::One(id.clone())),
        event_name: events::DOCUMENTS,
        parse: Box::new(parse),
        fetch: Box::new(move || -> FetchFuture {
            let id = id.clone();
            Box::pin(async move { api::document(id).await.map(update) })
        }),
        clear: Box::new(clear),
    };
    let live = use_live_source(source, Some(as_of));
    // While Redis does not answer, the document comes without numbers.
    let lacks_numbers = move || data.read().links.iter().any(|link| link.total_views.is_none());
    let error =
        Memo::new(move |_| live.error.get().or_else(|| lacks_numbers().then_some(AppError::Unavailable)));
    LiveDocument { data: data.read_only(), error: error.into(), connection: live.connection }
}
