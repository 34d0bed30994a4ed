//! `/dashboard/:link`: the owner's view of one link.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{link_param::link_of_the_address, problem::problem};
use crate::{
    api,
    components::{CopyButton, Icon, IconName, RealtimeAnalyticsWidget, SiteHeader},
    error::AppError,
    format,
    hooks::use_clipboard,
    model::{LinkId, SharedDocument, Snapshot},
};

/// The document's name and link, and its numbers.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let link = link_of_the_address();
    view! {
        <SiteHeader/>
        <Suspense>
            {move || {
                let link = link.clone();
                Suspend::new(async move {
                    match load(link).await {
                        Ok((document, snapshot)) => view! {
                            <Title text=document.title.clone()/>
                            <Dashboard document snapshot/>
                        }
                        .into_any(),
                        Err(error) => problem(&error),
                    }
                })
            }}
        </Suspense>
    }
}

type Loaded = (SharedDocument, Result<Snapshot, AppError>);

/// Without numbers there is still a page: the widget says why and goes on asking.
async fn load(link: Result<LinkId, AppError>) -> Result<Loaded, AppError> {
    let document = api::shared_document(link?).await?;
    let snapshot = api::realtime_snapshot(document.link_id.clone()).await;
    Ok((document, snapshot))
}

/// The page below its header: all of it can change or be clicked.
#[island]
fn Dashboard(document: SharedDocument, snapshot: Result<Snapshot, AppError>) -> impl IntoView {
    let clipboard = use_clipboard();
    let pages = format::plural(document.page_count().into(), "page", "pages");
    let SharedDocument { link_id, title, viewer_url, .. } = document;
    view! {
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
            <RealtimeAnalyticsWidget link_id initial=Some(snapshot) viewer_url/>
        </main>
    }
    .into_any()
}
