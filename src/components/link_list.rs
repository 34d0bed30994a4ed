//! All shared links, with their two most asked numbers.

use leptos::prelude::*;

use super::{CopyButton, Icon, IconName};
use crate::{
    format,
    hooks::Clipboard,
    model::{LinkId, LinkSummary},
};

/// One card per link, the newest first; or how to share the first one.
#[component]
pub fn LinkList(
    /// The links; `None` while they are not known.
    links: Signal<Option<Vec<LinkSummary>>>,
    /// The clipboard of the page.
    clipboard: Clipboard,
) -> impl IntoView {
    let count = Memo::new(move |_| links.read().as_ref().map(Vec::len));
    let ids = move || -> Vec<LinkId> {
        let links = links.read();
        links.iter().flatten().map(|link| link.link_id.clone()).collect()
    };
    let ids = Memo::new(move |_| ids());
    move || match count.get() {
        None => view! { <p class="empty">"The list is not known at the moment"</p> }.into_any(),
        Some(0) => view! { <FirstLink/> }.into_any(),
        Some(_) => view! {
            <ul class="links">
                <For each=move || ids.get() key=LinkId::clone let:id>
                    {
                        let link = Memo::new(move |last: Option<&Option<LinkSummary>>| {
                            let links = links.read();
                            let found = links.iter().flatten().find(|link| link.link_id == id);
                            found.cloned().or_else(|| last.cloned().flatten())
                        });
                        link.get_untracked().map(|first| view! { <LinkCard first link clipboard/> })
                    }
                </For>
            </ul>
        }
        .into_any(),
    }
}

#[component]
fn LinkCard(
    /// What does not change while the card stands: title, pages, addresses.
    first: LinkSummary,
    /// The latest numbers.
    link: Memo<Option<LinkSummary>>,
    clipboard: Clipboard,
) -> impl IntoView {
    let number = move |read: fn(&LinkSummary) -> Option<u64>| {
        let number = Memo::new(move |_| link.read().as_ref().and_then(read));
        move || number.get().map_or_else(|| "–".to_owned(), format::count)
    };
    let active = number(|link| link.active_viewers);
    let total = number(|link| link.total_views);
    let somebody = Memo::new(move |_| link.read().as_ref().is_some_and(|link| link.active_viewers > Some(0)));
    let LinkSummary { link_id, title, page_count, viewer_url, .. } = first;
    let id = format!("link-{link_id}");
    view! {
        <li class="link-card">
            <div class="link-main">
                <h2 class="link-title" id=id.clone()>
                    <a href=format!("/dashboard/{link_id}")>{title}</a>
                </h2>
                <p class="link-facts">{format::plural(page_count.into(), "page", "pages")}</p>
            </div>
            <dl class="link-numbers">
                <div>
                    <dt>"Active now"</dt>
                    <dd>
                        <span class="pulse" class:pulse-away=move || !somebody.get() aria-hidden="true"></span>
                        <span data-testid="link-active-now">{active}</span>
                    </dd>
                </div>
                <div>
                    <dt>"Total views"</dt>
                    <dd data-testid="link-total-views">{total}</dd>
                </div>
            </dl>
            <p class="link-ways">
                <a class="button" href=format!("/dashboard/{link_id}") aria-describedby=id.clone()>
                    <Icon name=IconName::Chart/>"Dashboard"
                </a>
                <a class="button" href=format!("/v/{link_id}") aria-describedby=id.clone()>
                    <Icon name=IconName::Open/>"Open"
                </a>
                <CopyButton text=viewer_url described_by=id clipboard/>
            </p>
        </li>
    }
    .into_any()
}

#[component]
fn FirstLink() -> impl IntoView {
    view! {
        <div class="empty empty-first">
            <p class="empty-title">"Nothing is shared yet."</p>
            <p>"Share your first document from a terminal:"</p>
            <p><code class="command">"sightline share FILE.pdf"</code></p>
            <p>"It prints the link for your readers and the address of its dashboard."</p>
        </div>
    }
    .into_any()
}
