//! `/`: all shared links.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{ErrorNotice, LinkList, LiveBadge, SiteHeader},
    error::AppError,
    hooks::{use_clipboard, use_shared_links},
    model::LinkList,
};

/// Lists the shared links with their numbers, and says how to share the first one.
#[component]
pub fn HomePage() -> impl IntoView {
    view! {
        <Title text="Shared links"/>
        <SiteHeader/>
        <main class="sheet">
            <h1>"Shared links"</h1>
            <Suspense>
                {move || Suspend::new(async move { view! { <Links first=api::shared_links().await/> } })}
            </Suspense>
        </main>
    }
}

/// The list, and its numbers as they change.
#[island]
fn Links(first: Result<LinkList, AppError>) -> impl IntoView {
    let links = use_shared_links(first);
    let clipboard = use_clipboard();
    view! {
        <p class="links-state"><LiveBadge connection=links.connection/></p>
        <ErrorNotice error=links.error/>
        <LinkList links=links.data clipboard/>
    }
    .into_any()
}
