//! `/`: the owner's documents.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{form::DoneNotice, problem::problem, site_header::SiteHeader};
use crate::{
    api,
    components::{DocumentCards, ErrorNotice, LiveBadge, UploadZone},
    hooks::{use_documents, use_uploads},
    model,
};

/// Lists the documents with their numbers, and takes in new ones.
#[component]
pub fn HomePage() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match api::documents().await {
                    Err(error) => problem(&error),
                    Ok(first) => view! {
                        <Title text="Documents"/>
                        <SiteHeader signed_in=true/>
                        <main class="sheet">
                            <h1>"Documents"</h1>
                            <DoneNotice/>
                            <Documents first/>
                        </main>
                    }
                    .into_any(),
                }
            })}
        </Suspense>
    }
}

/// The list, and its numbers as they change.
#[island]
fn Documents(first: model::DocumentList) -> impl IntoView {
    let documents = use_documents(first);
    let uploads = use_uploads(documents.refresh);
    view! {
        <UploadZone uploads label="Upload documents" hint="PDF, PNG or JPEG, at most 50 MB each. Or drop them on this page."
            without_script="Without script, upload from a terminal: sightline share FILE.pdf" multiple=true/>
        <p class="list-state needs-script"><LiveBadge connection=documents.connection/></p>
        <ErrorNotice error=documents.error/>
        <DocumentCards documents=documents.data/>
    }
    .into_any()
}
