//! `/documents/:document`: one document of the owner, its links and what can be done with both.

use leptos::prelude::*;

use super::{
    form::{DoneNotice, done, form_of},
    link_address::LinkAddress,
    link_fields::LinkFields,
    named::document_of_the_address,
    shell::titled_owner_page,
};
use crate::{
    api::{self, AddLink, DeleteDocument, DeleteLink, DescribeImage, RenameDocument, argument},
    components::{ErrorNotice, Field, ForGoodForm, Icon, IconName, LinkList, LiveBadge, UploadZone},
    error::AppError,
    format,
    hooks::{use_clipboard, use_documents, use_replacement},
    model::{
        DocumentId, DocumentList, DocumentScope, DocumentState, DocumentSummary, FileKind, FileRemark,
        LinkForm, LinkSummary, address,
    },
};

/// The document, or that there is none.
#[component]
pub fn DocumentPage() -> impl IntoView {
    let document = document_of_the_address();
    titled_owner_page(
        move || load(document.clone()),
        |DocumentState { document, .. }| document.title.clone(),
        |DocumentState { document, as_of }| view! { <DocumentSheet document as_of/> }.into_any(),
    )
}

async fn load(document: Result<DocumentId, AppError>) -> Result<DocumentState, AppError> {
    api::document(document?).await
}

#[component]
fn DocumentSheet(document: DocumentSummary, as_of: i64) -> impl IntoView {
    const TITLE: &str = argument!(RenameDocument, title);
    let initial = DocumentList { documents: vec![document.clone()], total: 1, unreadable: 0, as_of };
    let id = document.document_id.to_string();
    let facts = format!(
        "{} · {} · {}",
        format::plural(document.page_count.into(), "page", "pages"),
        format::bytes(document.size),
        format::date(document.created_at),
    );
    let rename = form_of::<RenameDocument>();
    let delete = form_of::<DeleteDocument>();
    let is_image = document.kind != FileKind::Pdf;
    let image =
        is_image.then(|| view! { <ImageDescription document_id=id.clone() alt=document.alt.clone()/> });
    view! {
        <main class="sheet">
            <div class="document-head">
                <img class="thumbnail" src=document.thumbnail_path() alt="The first page"/>
                <div class="sheet-head">
                    <p class="crumbs"><a href=address::HOME>"← Documents"</a></p>
                    <h1 dir="auto">{document.title.clone()}</h1>
                    <p class="sheet-facts">{facts}</p>
                    {remarks(&document.remarks)}
                    <p class="link-line">
                        <a class="button" href=address::document_preview(&document.document_id)>
                            <Icon name=IconName::Open/>"Preview"
                        </a>
                        <a class="button" href=address::document_analytics(&document.document_id)>
                            <Icon name=IconName::Chart/>"Analytics"
                        </a>
                        <a class="button" href=address::document_file(&document.document_id)>
                            <Icon name=IconName::Download/>"Download the file"
                        </a>
                    </p>
                </div>
            </div>
            {link_made(&document.links)}
            <section class="part" aria-labelledby="links">
                <h2 id="links">"Links"</h2>
                <NewLink document_id=id.clone()/>
                {form_of::<DeleteLink>().notice()}
                <Links initial document_id=document.document_id.clone()/>
            </section>
            <section class="part" aria-labelledby="document">
                <h2 id="document">"Document"</h2>
                {rename.notice()}
                <form class="form form-line" method="post" action=rename.action>
                    <input type="hidden" name=argument!(RenameDocument, document_id) value=id.clone()/>
                    <Field label="Title" name=TITLE value=rename.value(TITLE, document.title) required=true
                        problem=rename.problem(TITLE)/>
                    <button type="submit" class="button">"Rename"</button>
                </form>
                {image}
                <Replacement document_id=document.document_id/>
                {delete.notice()}
                <ForGoodForm opens="Delete document" does="Delete for good" action=delete.action>
                    <input type="hidden" name=argument!(DeleteDocument, document_id) value=id/>
                    <p>"The file, its links and all their numbers are gone for good."</p>
                </ForGoodForm>
            </section>
        </main>
    }
    .into_any()
}

/// What the owner may want to mend about the file.
fn remarks(remarks: &[FileRemark]) -> Option<AnyView> {
    let told = remarks.iter().map(|remark| view! { <p>{remark.to_string()}</p> }).collect_view();
    (!remarks.is_empty()).then(|| {
        view! { <div class="notice notice-warning" data-testid="file-remarks">{told}</div> }.into_any()
    })
}

/// Says what a form did; of a link that was made, its address.
fn link_made(links: &[LinkSummary]) -> AnyView {
    let done = done();
    let made = done.as_ref().and_then(|done| done.link.as_ref());
    let Some(link) = made.and_then(|made| links.iter().find(|link| link.link_id == *made)) else {
        return view! { <DoneNotice/> }.into_any();
    };
    let warnings = done.as_ref().map(|done| done.warnings.clone()).unwrap_or_default();
    let class = if warnings.is_empty() { "notice notice-good" } else { "notice notice-warning" };
    let warnings = warnings.into_iter().map(|warning| view! { <p>{warning}</p> }).collect_view();
    view! {
        <div class=class role="status" data-testid="link-made">
            <LinkAddress url=link.viewer_url.clone() is_new=true/>
            {warnings}
        </div>
    }
    .into_any()
}

/// The form for what an image shows.
#[component]
fn ImageDescription(document_id: String, alt: String) -> impl IntoView {
    const ALT: &str = argument!(DescribeImage, alt);
    let form = form_of::<DescribeImage>();
    view! {
        {form.notice()}
        <form class="form form-line" method="post" action=form.action>
            <input type="hidden" name=argument!(DescribeImage, document_id) value=document_id/>
            <Field label="Description" name=ALT value=form.value(ALT, alt) problem=form.problem(ALT)
                hint="What the image shows, for readers who cannot see it."/>
            <button type="submit" class="button">"Save"</button>
        </form>
    }
    .into_any()
}

/// The form for another link.
#[component]
fn NewLink(document_id: String) -> impl IntoView {
    const ADDRESS: &str = argument!(AddLink, address);
    let form = form_of::<AddLink>();
    view! {
        <details class="disclosure" open=form.is_refused()>
            <summary class="button button-main">"New link"</summary>
            <form class="form" method="post" action=form.action>
                {form.notice()}
                <input type="hidden" name=argument!(AddLink, document_id) value=document_id/>
                <Field label="Address" name=ADDRESS value=form.value(ADDRESS, "") problem=form.problem(ADDRESS)
                    hint="Letters, digits, - and _. Leave empty for a random one."/>
                <LinkFields form=form.clone() settings=LinkForm::default() is_new=true/>
                <button type="submit" class="button button-main">"Make link"</button>
            </form>
        </details>
    }
    .into_any()
}

/// The links, and their numbers as they change.
#[island]
fn Links(initial: DocumentList, document_id: DocumentId) -> impl IntoView {
    let documents = use_documents(initial, DocumentScope::One(document_id));
    let clipboard = use_clipboard();
    view! {
        <p class="list-state needs-script"><LiveBadge connection=documents.connection/></p>
        <ErrorNotice error=documents.error/>
        <LinkList list=documents.data clipboard/>
    }
    .into_any()
}

/// Replaces the file.
#[island]
fn Replacement(document_id: DocumentId) -> impl IntoView {
    let uploads = use_replacement(document_id);
    view! {
        <UploadZone uploads label="Replace the file" hint="Links and numbers stay as they are."
            without_script="With script switched on, the file can be replaced here."/>
    }
    .into_any()
}
