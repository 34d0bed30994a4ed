//! `/dashboard/:link`: the live numbers and viewers of one link, and its past visits, for its owner. Below it
//! `/dashboard/:link/viewers`: the same numbers with all viewers.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    analytics::{Analytics, query_of_the_address},
    form::DoneNotice,
    link_param::link_of_the_address,
    problem::problem,
    site_header::SiteHeader,
};
use crate::{
    api,
    components::{CopyButton, Icon, IconName, RealtimeAnalyticsWidget},
    error::AppError,
    format,
    hooks::use_clipboard,
    model::{
        AnalyticsPage, HistoryQuery, LinkDashboard, LinkId, LinkSummary, LinkViewers, Snapshot, address,
    },
};

/// The document's title and link, and its numbers.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let (link, query) = (link_of_the_address(), query_of_the_address());
    view! {
        <Suspense>
            {move || {
                let (link, query) = (link.clone(), query.clone());
                Suspend::new(async move {
                    match load(link, query).await {
                        Ok((link, snapshot, page, query)) => {
                            let history = Some(snapshot.history);
                            view! {
                                <Title text=link.title.clone()/>
                                <SiteHeader signed_in=true/>
                                <main class="sheet">
                                    <Dashboard link snapshot shows_all=false/>
                                    <DoneNotice/>
                                    <Analytics page query history/>
                                </main>
                            }
                            .into_any()
                        }
                        Err(error) => problem(&error),
                    }
                })
            }}
        </Suspense>
    }
}

/// The same without past visits, and with all viewers.
#[component]
pub fn ViewersPage() -> impl IntoView {
    let link = link_of_the_address();
    view! {
        <Suspense>
            {move || {
                let link = link.clone();
                Suspend::new(async move {
                    let viewers = match link {
                        Ok(link) => api::link_viewers(link).await,
                        Err(error) => Err(error),
                    };
                    match viewers {
                        Ok(LinkViewers { link, snapshot }) => view! {
                            <Title text=format!("Viewers of {}", link.title)/>
                            <SiteHeader signed_in=true/>
                            <main class="sheet">
                                <p class="crumbs"><a href=address::dashboard(&link.link_id)>"← Dashboard of this link"</a></p>
                                <Dashboard link snapshot shows_all=true/>
                            </main>
                        }
                        .into_any(),
                        Err(error) => problem(&error),
                    }
                })
            }}
        </Suspense>
    }
}

async fn load(
    link: Result<LinkId, AppError>,
    query: Result<HistoryQuery, AppError>,
) -> Result<(LinkSummary, Snapshot, AnalyticsPage, HistoryQuery), AppError> {
    let (link, query) = (link?, query?);
    let LinkDashboard { link, snapshot, analytics } = api::link_dashboard(link, query.clone()).await?;
    Ok((link, snapshot, analytics, query))
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
