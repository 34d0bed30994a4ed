//! The cards of an owner's documents.

use leptos::prelude::*;

use super::audience::Audience;
use crate::{
    format,
    model::{DocumentSummary, address},
};

/// Shows a card for each document, newest first, with live numbers.
#[component]
pub fn DocumentCards(
    /// The documents, with live numbers.
    documents: ReadSignal<Vec<DocumentSummary>>,
) -> impl IntoView {
    let is_empty = move || documents.read().is_empty();
    // A replaced file makes a new card, because picture, pages and size change with it.
    let key = |document: &DocumentSummary| {
        (document.document_id.clone(), document.version.clone(), document.title.clone())
    };
    view! {
        <p class="empty" hidden=move || !is_empty()>
            "Nothing here yet. A document stays private until you make a link to it."
        </p>
        <ul class="documents" hidden=is_empty>
            <For each=move || documents.get() key=key let:document>
                <DocumentCard document documents/>
            </For>
        </ul>
    }
    .into_any()
}

#[component]
fn DocumentCard(
    /// The document as it was when the card was made.
    document: DocumentSummary,
    /// All documents, with live numbers.
    documents: ReadSignal<Vec<DocumentSummary>>,
) -> impl IntoView {
    let own = StoredValue::new(document.document_id.to_string());
    let number = move |read: fn(&DocumentSummary) -> Option<u64>| {
        Signal::derive(move || {
            let documents = documents.read();
            let document =
                documents.iter().find(|other| own.with_value(|own| own == other.document_id.as_str()));
            document.and_then(read)
        })
    };
    let active = number(|document| document.sum(|link| link.active_viewers));
    let total = number(|document| document.sum(|link| link.total_views));
    let count = number(|document| Some(document.links.len() as u64));
    let links = Signal::derive(move || format::plural(count.get().unwrap_or_default(), "link", "links"));
    let page = address::document(&document.document_id);
    view! {
        <li class="document-card">
            <img class="thumbnail" src=document.thumbnail_path() alt="" loading="lazy" decoding="async"/>
            <div class="document-main">
                <h2 class="document-title"><a href=page dir="auto">{document.title.clone()}</a></h2>
                <p class="document-facts">
                    {format::plural(document.page_count.into(), "page", "pages")} " · "
                    {format::bytes(document.size)} " · "
                    <time datetime=format::iso(document.created_at) title=format::utc(document.created_at)>
                        {format::date(document.created_at)}
                    </time>
                    " · " <span data-testid="document-links">{links}</span>
                </p>
            </div>
            <Audience of="document" active total/>
        </li>
    }
    .into_any()
}
