//! All documents of an owner, with their two most asked numbers.

use leptos::prelude::*;

use super::audience::{Audience, count_or_dash};
use crate::{format, model::DocumentSummary};

/// One card per document, the newest first.
#[component]
pub fn DocumentCards(
    /// The documents, with the latest numbers.
    documents: ReadSignal<Vec<DocumentSummary>>,
) -> impl IntoView {
    let is_empty = move || documents.read().is_empty();
    // Another file in its place is another card: picture, pages and size are its own.
    let key = |document: &DocumentSummary| {
        (document.document_id.clone(), document.version.clone(), document.title.clone())
    };
    view! {
        <p class="empty" hidden=move || !is_empty()>
            "Nothing here yet. What you upload is seen by nobody until you make a link to it."
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
    /// What does not change while the card stands.
    document: DocumentSummary,
    /// All documents, with the latest numbers.
    documents: ReadSignal<Vec<DocumentSummary>>,
) -> impl IntoView {
    let own = StoredValue::new(document.document_id.to_string());
    let read = move |text: fn(&DocumentSummary) -> String| {
        Signal::derive(move || {
            let documents = documents.read();
            let document =
                documents.iter().find(|other| own.with_value(|own| own == other.document_id.as_str()));
            document.map(text).unwrap_or_default()
        })
    };
    let active = read(|document| count_or_dash(document.sum(|link| link.active_viewers)));
    let total = read(|document| count_or_dash(document.sum(|link| link.total_views)));
    let links = read(|document| format::plural(document.links.len() as u64, "link", "links"));
    let page = format!("/documents/{}", document.document_id);
    view! {
        <li class="document-card">
            <img class="thumbnail" src=document.thumbnail_path() alt="" loading="lazy" decoding="async"/>
            <div class="document-main">
                <h2 class="document-title"><a href=page>{document.title.clone()}</a></h2>
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
