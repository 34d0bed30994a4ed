//! `/dashboard/:link`: the owner's view of one link.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{named_document::use_document, problem::problem, waiting::waiting};
use crate::{
    components::{CopyButton, Icon, IconName, RealtimeAnalyticsWidget, SiteHeader},
    error::AppError,
    format,
    hooks::use_clipboard,
    model::{SharedDocument, Snapshot},
};

/// The document's name and link, and its numbers.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let document = use_document(true);
    view! {
        <SiteHeader/>
        {waiting(
            || view! { <main class="sheet" aria-busy="true"><p class="empty">"Loading"</p></main> }.into_any(),
            move || Box::pin(async move {
                match document.await {
                    Ok((document, snapshot)) => view! { <Dashboard document snapshot/> }.into_any(),
                    Err(error) => problem(&error),
                }
            }),
        )}
    }
    .into_any()
}

#[component]
fn Dashboard(document: SharedDocument, snapshot: Option<Result<Snapshot, AppError>>) -> impl IntoView {
    let clipboard = use_clipboard();
    let pages = format::plural(document.page_count().into(), "page", "pages");
    let SharedDocument { link_id, title, viewer_url, .. } = document;
    view! {
        <Title text=title.clone()/>
        <main class="sheet">
            <div class="sheet-head">
                <h1>{title}</h1>
                <p class="sheet-facts">{pages}</p>
            </div>
            <p class="link-line">
                <span class="link-address">{viewer_url.clone()}</span>
                <CopyButton text=viewer_url.clone() clipboard/>
                <a class="button" href=format!("/v/{link_id}") target="_blank" rel="noopener">
                    <Icon name=IconName::Open/>"Open"
                    <span class="visually-hidden">" the document in a new tab"</span>
                </a>
            </p>
            <RealtimeAnalyticsWidget link_id initial=snapshot viewer_url/>
        </main>
    }
    .into_any()
}
