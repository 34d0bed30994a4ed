//! `/dashboard/:link`: the live numbers and viewers of one link, and its past visits, for its owner. Below it
//! `/dashboard/:link/viewers`: the same numbers with all viewers.

use leptos::prelude::*;

use super::{
    analytics::{Analytics, query_of_the_address},
    form::DoneNotice,
    named::link_of_the_address,
    shell::titled_owner_page,
};
use crate::{
    api,
    components::{CopyButton, Icon, IconName, RealtimeAnalyticsWidget},
    error::AppError,
    format,
    hooks::use_clipboard,
    model::{HistoryQuery, LinkDashboard, LinkId, LinkSummary, LinkViewers, Snapshot, address},
};

/// The document's title and link, and its numbers.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let (link, query) = (link_of_the_address(), query_of_the_address());
    titled_owner_page(
        move || load(link.clone(), query.clone()),
        |(LinkDashboard { link, .. }, _)| link.title.clone(),
        |(LinkDashboard { link, snapshot, analytics: page }, query)| {
            let history = Some(snapshot.history);
            view! {
                <main class="sheet">
                    <Dashboard link snapshot shows_all=false/>
                    <DoneNotice/>
                    <Analytics page query history/>
                </main>
            }
            .into_any()
        },
    )
}

/// The same without past visits, and with all viewers.
#[component]
pub fn ViewersPage() -> impl IntoView {
    let link = link_of_the_address();
    titled_owner_page(
        move || load_viewers(link.clone()),
        |LinkViewers { link, .. }| format!("Viewers of {}", link.title),
        |LinkViewers { link, snapshot }| {
            view! {
                <main class="sheet">
                    <p class="crumbs"><a href=address::dashboard(&link.link_id)>"← Dashboard of this link"</a></p>
                    <Dashboard link snapshot shows_all=true/>
                </main>
            }
            .into_any()
        },
    )
}

async fn load(
    link: Result<LinkId, AppError>,
    query: Result<HistoryQuery, AppError>,
) -> Result<(LinkDashboard, HistoryQuery), AppError> {
    let (link, query) = (link?, query?);
    Ok((api::link_dashboard(link, query.clone()).await?, query))
}

async fn load_viewers(link: Result<LinkId, AppError>) -> Result<LinkViewers, AppError> {
    api::link_viewers(link?).await
}

/// The link and its live numbers: all of it can change or be clicked.
#[island]
fn Dashboard(link: LinkSummary, snapshot: Snapshot, shows_all: bool) -> impl IntoView {
    let clipboard = use_clipboard();
    let pages = format::plural(link.page_count.into(), "page", "pages");
    let LinkSummary { link_id, document_id, title, label, viewer_url, .. } = link;
    let name = if label.is_empty() { link_id.to_string() } else { label };
    view! {
        <div class="dashboard">
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
            <RealtimeAnalyticsWidget link_id initial=Some(Ok(snapshot)) viewer_url counts_in_title=true
                shows_all_viewers=shows_all/>
        </div>
    }
    .into_any()
}
