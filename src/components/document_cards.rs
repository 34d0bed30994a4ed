//! The cards of an owner's documents.

use leptos::prelude::*;

use super::{CopyButton, audience::Audience, is_empty};
use crate::{
    error::AppError,
    format,
    hooks::Clipboard,
    model::{DocumentList, DocumentQuery, DocumentSummary, LinkState, LinkSummary, PAGE_SIZE, address},
};

/// Shows a card for each document of a page of the list, with live numbers, and the ways to other pages.
#[component]
pub fn DocumentCards(
    /// The documents, with live numbers.
    list: ReadSignal<DocumentList>,
    /// Why the list is not up to date; an empty list then says nothing.
    error: ReadSignal<Option<AppError>>,
    /// The page that is shown.
    query: DocumentQuery,
    /// The clipboard of the page.
    clipboard: Clipboard,
) -> impl IntoView {
    let has_none = Signal::derive(move || list.read().documents.is_empty());
    // A replaced file makes a new card, because picture, pages and size change with it.
    let key = |document: &DocumentSummary| {
        let link = open_link(document).map_or("", |link| &link.viewer_url);
        [document.document_id.as_str(), &document.version, &document.title, link].join(" ")
    };
    // The cards are made anew when one comes, goes or changes its place.
    let keys = Memo::new(move |_| list.read().documents.iter().map(key).collect::<Vec<String>>());
    let cards = move || {
        // A memo that is tracked but never read follows nothing.
        let _keys = keys.read();
        let card = |document| view! { <DocumentCard document list clipboard/> };
        list.read_untracked().documents.iter().cloned().map(card).collect_view()
    };
    let unreadable = move || match list.read().unreadable {
        0 => String::new(),
        1 => "1 document cannot be shown: its record is damaged. The server's log names it.".to_owned(),
        many => format!(
            "{many} documents cannot be shown: their records are damaged. The server's log names them."
        ),
    };
    let unreadable = Signal::derive(unreadable);
    view! {
        <EmptyList list error query=query.clone()/>
        <ul class="documents" hidden=has_none>
            {cards}
        </ul>
        <p class="notice" data-testid="unreadable" hidden=is_empty(unreadable)>{unreadable}</p>
        <Pages list query/>
    }
    .into_any()
}

/// Why there is no document, and what to do next.
#[component]
fn EmptyList(
    list: ReadSignal<DocumentList>,
    error: ReadSignal<Option<AppError>>,
    query: DocumentQuery,
) -> impl IntoView {
    let DocumentQuery { search, page, .. } = query.clone();
    let searches = !search.is_empty();
    let is_hidden = move |on_later_page: bool| {
        Signal::derive(move || {
            let list = list.read();
            let has_none = list.documents.is_empty() && list.unreadable == 0 && error.read().is_none();
            !has_none || (list.total > 0) != on_later_page
        })
    };
    let nothing = if searches {
        let all = DocumentQuery { search: String::new(), page: 1, ..query.clone() };
        view! {
            "No title contains “" <bdi>{search}</bdi> "”. "
            <a href=address::documents(&all)>"Show all documents"</a>
        }
        .into_any()
    } else {
        "Nothing here yet. Upload a document above. It stays private until you make a link to it.".into_any()
    };
    view! {
        <p class="empty" hidden=is_hidden(false)>{nothing}</p>
        <p class="empty" hidden=is_hidden(true)>
            {format!("There is no page {page} any more. ")}
            <a href=address::documents(&query.with_page(1))>"Back to the first page"</a>
        </p>
    }
    .into_any()
}

/// How many documents there are, and the way to the pages before and after.
#[component]
fn Pages(list: ReadSignal<DocumentList>, query: DocumentQuery) -> impl IntoView {
    let (page, offset) = (query.page, query.offset());
    let is_last = Signal::derive(move || list.read().total <= offset + u64::from(PAGE_SIZE));
    let has_none = Signal::derive(move || list.read().total == 0);
    let range = Signal::derive(move || {
        let list = list.read();
        let shown = list.documents.len() as u64 + list.unreadable;
        match shown {
            0 => String::new(),
            _ => format!(
                "{}–{} of {}",
                format::count(offset + 1),
                format::count(offset + shown),
                format::plural(list.total, "document", "documents"),
            ),
        }
    });
    let to = move |page: u32| address::documents(&query.with_page(page));
    view! {
        <nav class="list-pages" aria-label="Pages" hidden=has_none>
            <p data-testid="list-range">{range}</p>
            <p class="list-pages-ways">
                <a class="button" rel="prev" href=to(page.saturating_sub(1).max(1)) hidden=page <= 1>"Previous"</a>
                <a class="button" rel="next" href=to(page + 1) hidden=is_last>"Next"</a>
            </p>
        </nav>
    }
    .into_any()
}

#[component]
fn DocumentCard(
    /// The document as it was when the card was made.
    document: DocumentSummary,
    /// All documents of the page, with live numbers.
    list: ReadSignal<DocumentList>,
    /// The clipboard of the page.
    clipboard: Clipboard,
) -> impl IntoView {
    let own = StoredValue::new(document.document_id.clone());
    // A page has few documents, so a search is cheap.
    let is_own = move |document: &&DocumentSummary| own.with_value(|own| *own == document.document_id);
    let number = move |read: fn(&DocumentSummary) -> Option<u64>| {
        Signal::derive(move || list.read().documents.iter().find(is_own).and_then(read))
    };
    let text = move |read: fn(&DocumentSummary, i64) -> String| {
        Signal::derive(move || {
            let list = list.read();
            let document = list.documents.iter().find(is_own);
            document.map(|document| read(document, list.as_of)).unwrap_or_default()
        })
    };
    let active = number(|document| document.sum(|link| link.active_viewers));
    let total = number(|document| document.sum(|link| link.total_views));
    let links = text(|document, _| {
        let links = format::plural(document.links.len() as u64, "link", "links");
        match document.unreadable_links {
            0 => links,
            damaged => format!("{links}, {} damaged", format::count(damaged)),
        }
    });
    let last_view = text(|document, now| match document.last_view {
        Some(view) => format!("viewed {}", format::ago(view, now)),
        None => "never viewed".to_owned(),
    });
    let last_view_title = text(|document, _| document.last_view.map(format::utc).unwrap_or_default());
    let page = address::document(&document.document_id);
    let id = format!("document-{}", document.document_id);
    let action = match open_link(&document) {
        Some(link) => {
            let text = link.viewer_url.clone();
            view! { <CopyButton text described_by=id.clone() clipboard/> }.into_any()
        }
        None => view! { <a class="button" href=page.clone() aria-describedby=id.clone()>"Make a link"</a> }
            .into_any(),
    };
    view! {
        <li class="document-card">
            <img class="thumbnail" src=document.thumbnail_path() alt="" loading="lazy" decoding="async"/>
            <div class="document-main">
                <h2 class="document-title" id=id><a href=page dir="auto">{document.title.clone()}</a></h2>
                <p class="document-facts">
                    {format::plural(document.page_count.into(), "page", "pages")} " · "
                    {format::bytes(document.size)} " · "
                    <time datetime=format::iso(document.created_at) title=format::utc(document.created_at)>
                        {format::date(document.created_at)}
                    </time>
                    " · " <span data-testid="document-links">{links}</span>
                    " · " <span data-testid="document-last-view" title=last_view_title>{last_view}</span>
                </p>
            </div>
            <Audience of="document" active total/>
            <p class="document-action">{action}</p>
        </li>
    }
    .into_any()
}

/// The newest link that visitors can open.
fn open_link(document: &DocumentSummary) -> Option<&LinkSummary> {
    document.links.iter().find(|link| link.state == LinkState::Open)
}
