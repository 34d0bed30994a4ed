//! `/`: the owner's documents, a page at a time.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{form::DoneNotice, shell::owner_page};
use crate::{
    api,
    components::{DocumentCards, ErrorNotice, ListControls, LiveBadge, UploadZone},
    error::AppError,
    hooks::{use_clipboard, use_documents, use_uploads},
    model::{DocumentList, DocumentQuery, DocumentScope},
};

/// Lists documents with their numbers, and uploads new ones. The address holds order, search and page.
#[component]
pub fn HomePage() -> impl IntoView {
    let query = query_of_the_address();
    owner_page(
        "Documents",
        move || load(query.clone()),
        |home| {
            let Home { notice, documents: initial, query } = home;
            let notice =
                notice.map(|notice| view! { <p class="notice notice-warning" role="alert">{notice}</p> });
            let has_controls = initial.total + initial.unreadable > 0 || !query.search.is_empty();
            let controls = has_controls.then(|| view! { <ListControls query=query.clone()/> });
            view! {
                <main class="sheet">
                    <h1>"Documents"</h1>
                    {notice}
                    <DoneNotice/>
                    <Upload/>
                    {controls}
                    <Documents initial query/>
                </main>
            }
            .into_any()
        },
    )
}

/// What the page shows.
struct Home {
    /// What the owner should know of the server.
    notice: Option<String>,
    documents: DocumentList,
    query: DocumentQuery,
}

async fn load(query: DocumentQuery) -> Result<Home, AppError> {
    let notice = api::notice().await.ok().flatten();
    let documents = api::documents(DocumentScope::Page(query.clone())).await?;
    Ok(Home { notice, documents, query })
}

/// The page of the list that the address names; the first one for an invalid address.
fn query_of_the_address() -> DocumentQuery {
    let parameters = use_query_map().get_untracked();
    let given = ["sort", "direction", "q", "page"].map(|name| (name, parameters.get(name)));
    let parameter =
        |wanted: &str| given.iter().find(|(name, _)| *name == wanted).and_then(|(_, value)| value.as_deref());
    DocumentQuery::parse(parameter).unwrap_or_default()
}

/// Uploads new documents, which the list shows by its stream.
#[island]
fn Upload() -> impl IntoView {
    let uploads = use_uploads();
    view! {
        <UploadZone uploads label="Upload documents" hint="PDF, PNG or JPEG, at most 50 MB each. Or drop them on this page."
            without_script="Without script, upload from a terminal: sightline share FILE.pdf" multiple=true/>
    }
    .into_any()
}

/// The list, and its numbers as they change.
#[island]
fn Documents(initial: DocumentList, query: DocumentQuery) -> impl IntoView {
    let documents = use_documents(initial, DocumentScope::Page(query.clone()));
    let clipboard = use_clipboard();
    view! {
        <p class="list-state needs-script"><LiveBadge connection=documents.connection/></p>
        <ErrorNotice error=documents.error/>
        <DocumentCards list=documents.data error=documents.error query clipboard/>
    }
    .into_any()
}
