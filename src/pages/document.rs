//! `/documents/:document`: one document of the owner, its links and what can be done with both.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{form_problem::FormProblem, problem::problem};
use crate::{
    api,
    components::{ErrorNotice, Field, LinkFields, LinkList, LiveBadge, SiteHeader, UploadZone},
    error::AppError,
    format,
    hooks::{use_clipboard, use_documents, use_replacement},
    model::{DocumentId, DocumentList, DocumentScope, DocumentSummary, LinkForm, LinkSummary},
};

/// The document, or that there is none.
#[component]
pub fn DocumentPage() -> impl IntoView {
    let document = use_params_map().read_untracked().get("document").unwrap_or_default();
    view! {
        <Suspense>
            {move || {
                let document = document.clone();
                Suspend::new(async move {
                    match load(&document).await {
                        Ok((document, all)) => view! {
                            <Title text=document.title.clone()/>
                            <SiteHeader signed_in=true/>
                            <Sheet document all/>
                        }
                        .into_any(),
                        Err(error) => problem(&error),
                    }
                })
            }}
        </Suspense>
    }
}

async fn load(document: &str) -> Result<(DocumentSummary, DocumentList), AppError> {
    let scope = DocumentScope::One(document.parse().map_err(|_| AppError::DocumentNotFound)?);
    let list = api::documents(scope).await?;
    let document = list.documents.first().cloned();
    Ok((document.ok_or(AppError::DocumentNotFound)?, list))
}

#[component]
fn Sheet(document: DocumentSummary, all: DocumentList) -> impl IntoView {
    let id = document.document_id.to_string();
    let facts = format!(
        "{} · {} · {}",
        format::plural(document.page_count.into(), "page", "pages"),
        format::bytes(document.size),
        format::date(document.created_at),
    );
    view! {
        <main class="sheet">
            <div class="document-head">
                <img class="thumbnail" src=document.thumbnail_path() alt="The first page"/>
                <div class="sheet-head">
                    <h1>{document.title.clone()}</h1>
                    <p class="sheet-facts">{facts}</p>
                    <p><a href=format!("/api/documents/{id}/file")>"Download the file"</a></p>
                </div>
            </div>
            <FormProblem/>
            <section class="part" aria-labelledby="links">
                <h2 id="links">"Links"</h2>
                <Links links=document.links.clone() all/>
                <details class="disclosure">
                    <summary class="button button-main">"New link"</summary>
                    <form class="form" method="post" action="/sfn/add_link">
                        <input type="hidden" name="document_id" value=id.clone()/>
                        <Field label="Address" name="address"
                            hint="Letters, digits, - and _. Left empty: a random one."/>
                        <LinkFields form=LinkForm::default() is_new=true/>
                        <button type="submit" class="button button-main">"Make link"</button>
                    </form>
                </details>
            </section>
            <section class="part" aria-labelledby="document">
                <h2 id="document">"Document"</h2>
                <form class="form form-line" method="post" action="/sfn/rename_document">
                    <input type="hidden" name="document_id" value=id.clone()/>
                    <Field label="Title" name="title" value=document.title required=true/>
                    <button type="submit" class="button">"Rename"</button>
                </form>
                <Replacement document_id=document.document_id/>
                <details class="disclosure">
                    <summary class="button button-danger">"Delete document"</summary>
                    <form class="form" method="post" action="/sfn/delete_document">
                        <input type="hidden" name="document_id" value=id/>
                        <p>"The file, its links and all their numbers are gone for good."</p>
                        <button type="submit" class="button button-danger">"Delete for good"</button>
                    </form>
                </details>
            </section>
        </main>
    }
    .into_any()
}

/// The links, and their numbers as they change.
#[island]
fn Links(links: Vec<LinkSummary>, all: DocumentList) -> impl IntoView {
    let scope = all.documents.first().map(|document| DocumentScope::One(document.document_id.clone()));
    let documents = use_documents(all, scope.unwrap_or_default());
    let clipboard = use_clipboard();
    view! {
        <p class="list-state needs-script"><LiveBadge connection=documents.connection/></p>
        <ErrorNotice error=documents.error/>
        <LinkList links documents=documents.data clipboard/>
    }
    .into_any()
}

/// Takes another file in the place of this one.
#[island]
fn Replacement(document_id: DocumentId) -> impl IntoView {
    let uploads = use_replacement(document_id);
    view! {
        <UploadZone uploads label="Replace the file" hint="Links and numbers stay as they are."
            without_script="With script switched on, another file can be put in its place here."/>
    }
    .into_any()
}
