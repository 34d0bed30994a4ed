//! `/`: all shared links.

use leptos::prelude::*;
use leptos_meta::Title;

use super::waiting::waiting;
use crate::{
    api,
    components::{ErrorNotice, LinkList, SiteHeader},
    error::AppError,
    hooks::{use_clipboard, use_shared_links},
    model::LinkSummary,
};

/// Lists the shared links with their numbers, and says how to share the first one.
#[component]
pub fn HomePage() -> impl IntoView {
    let first = Resource::new(|| (), |()| api::shared_links());
    view! {
        <Title text="Shared links"/>
        <SiteHeader/>
        <main class="sheet">
            <h1>"Shared links"</h1>
            {waiting(
                || view! { <p class="empty" aria-busy="true">"Loading"</p> }.into_any(),
                move || Box::pin(async move { view! { <Links first=first.await/> }.into_any() }),
            )}
        </main>
    }
    .into_any()
}

#[component]
fn Links(first: Result<Vec<LinkSummary>, AppError>) -> impl IntoView {
    let links = use_shared_links(first);
    let clipboard = use_clipboard();
    view! {
        <ErrorNotice error=links.error/>
        <LinkList links=links.data clipboard/>
    }
    .into_any()
}
