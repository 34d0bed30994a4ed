//! `/dashboard/:link`: the live numbers and viewers of one link, for its owner.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{link_param::link_of_the_address, problem::problem, site_header::SiteHeader};
use crate::{
    api,
    components::{CopyButton, Icon, IconName, RealtimeAnalyticsWidget},
    error::AppError,
    format,
    hooks::use_clipboard,
    model::{LinkDashboard, LinkId, LinkSummary, Snapshot, address},
};

/// The document's title and link, and its numbers.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let link = link_of_the_address();
    view! {
        <Suspense>
            {move || {
                let link = link.clone();
                Suspend::new(async move {
                    match load(link).await {
                        Ok((link, snapshot)) => view! {
                            <Title text=link.title.clone()/>
                            <SiteHeader signed_in=true/>
                            <Dashboard link snapshot/>
                        }
                        .into_any(),
                        Err(error) => problem(&error),
                    }
                })
            }}
        </Suspense>
    }
}

async fn load(link: Result<LinkId, AppError>) -> Result<(LinkSummary, Snapshot), AppError> {
    let LinkDashboard { link, snapshot } = api::link_dashboard(link?).await?;
    Ok((link, snapshot))
}

/// The page below its header: all of it can change or be clicked.
#[island]
fn Dashboard(link: LinkSummary, snapshot: Snapshot) -> impl IntoView {
    let clipboard = use_clipboard();
    let pages = format::plural(link.page_count.into(), "page", "pages");
    let LinkSummary { link_id, document_id, title, label, viewer_url, .. } = link;
    let name = if label.is_empty() { link_id.to_string() } else { label };
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href=address::HOME>"Documents"</a>
                    <span aria-hidden="true">"/"</span>
                    <a href=address::document(&document_id) dir="auto">{title.clone()}</a>
                </nav>
                <h1 dir="auto">{title}</h1>
                <p class="sheet-facts"><bdi>{name}</bdi>{format!(" · {pages}")}</p>
            </div>
            <p class="link-line">
                <span class="link-address">{viewer_url.clone()}</span>
                <CopyButton text=viewer_url.clone() clipboard/>
                <a class="button" href=address::viewer(&link_id) target="_blank" rel="noopener">
                    <Icon name=IconName::Open/>"Preview"
                    <span class="visually-hidden">" the document in a new tab"</span>
                </a>
                <a class="button" href=address::link(&link_id)>
                    <Icon name=IconName::Settings/>"Settings"
                </a>
            </p>
            <RealtimeAnalyticsWidget link_id initial=Some(Ok(snapshot)) viewer_url counts_in_title=true/>
        </main>
    }
    .into_any()
}
