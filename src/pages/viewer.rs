//! `/v/:link`: the document, for whoever has the link.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_query_map;

use super::{named_document::use_document, problem::problem, waiting::waiting};
use crate::{
    components::DocumentViewer,
    format,
    hooks::{use_document_reader, use_viewer_session, use_viewer_tracking},
    model::SharedDocument,
};

/// Shows the document, or that there is none; only a document that is shown is tracked.
#[component]
pub fn ViewerPage() -> impl IntoView {
    let document = use_document(false);
    view! {
        <Meta name="robots" content="noindex"/>
        {waiting(
            || view! { <main class="viewer" aria-busy="true"></main> }.into_any(),
            move || Box::pin(async move {
                match document.await {
                    Ok((document, _)) => view! { <Reading document/> }.into_any(),
                    Err(error) => problem(&error),
                }
            }),
        )}
    }
    .into_any()
}

#[component]
fn Reading(document: SharedDocument) -> impl IntoView {
    // Only where reading begins: the address follows the reader from then on.
    let asked = use_query_map().read_untracked().get("p");
    let reader = use_document_reader(document.page_count(), asked);
    let session = use_viewer_session(document.link_id.clone());
    let update_page =
        use_viewer_tracking(document.link_id.clone(), session.session_id, session.fingerprint, None);
    update_page(reader.settled.get_untracked());
    Effect::new(move |_| update_page(reader.settled.get()));

    let picture = format!("{}{}", format::origin(&document.viewer_url), document.page_path(1));
    let pages = format::plural(document.page_count().into(), "page", "pages");
    let description = format!("{}, {pages}, shared with Sightline.", document.title);
    view! {
        <Title text=document.title.clone()/>
        <Meta name="description" content=description.clone()/>
        <Meta property="og:type" content="article"/>
        <Meta property="og:title" content=document.title.clone()/>
        <Meta property="og:description" content=description/>
        <Meta property="og:url" content=document.viewer_url.clone()/>
        <Meta property="og:image" content=picture/>
        <DocumentViewer document reader/>
    }
    .into_any()
}
