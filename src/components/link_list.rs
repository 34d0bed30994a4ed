//! All shared links, with their two most asked numbers.

use leptos::prelude::*;

use super::{CopyButton, Icon, IconName};
use crate::{format, hooks::Clipboard, model::LinkSummary};

/// One card per link, the newest first; or how to share the first one.
#[component]
pub fn LinkList(
    /// The links; `None` while they are not known.
    links: ReadSignal<Option<Vec<LinkSummary>>>,
    /// The clipboard of the page.
    clipboard: Clipboard,
) -> impl IntoView {
    let all = move || links.read().iter().flatten().cloned().collect::<Vec<LinkSummary>>();
    let is_unknown = move || links.read().is_none();
    let is_empty = move || links.read().as_ref().is_some_and(Vec::is_empty);
    view! {
        <p class="empty" hidden=move || !is_unknown()>"The list is not known at the moment"</p>
        <div class="empty empty-first" hidden=move || !is_empty()>
            <p class="empty-title">"Nothing is shared yet."</p>
            <p>"Share your first document from a terminal:"</p>
            <p><code class="command">"sightline share FILE.pdf"</code></p>
            <p>"It prints the link for your readers and the address of its dashboard."</p>
        </div>
        <ul class="links" hidden=move || is_unknown() || is_empty()>
            <For each=all key=|link| link.link_id.clone() let:link>
                <LinkCard link links clipboard/>
            </For>
        </ul>
    }
    .into_any()
}

#[component]
fn LinkCard(
    /// What does not change while the card stands: title, pages, addresses.
    link: LinkSummary,
    /// All links, with the latest numbers.
    links: ReadSignal<Option<Vec<LinkSummary>>>,
    clipboard: Clipboard,
) -> impl IntoView {
    let LinkSummary { link_id, title, page_count, viewer_url, .. } = link;
    let own = StoredValue::new(link_id.to_string());
    let number = move |read: fn(&LinkSummary) -> Option<u64>| {
        Signal::derive(move || {
            let links = links.read();
            let mut links = links.iter().flatten();
            let link = links.find(|link| own.with_value(|own| own == link.link_id.as_str()));
            link.and_then(read).map_or_else(|| "–".to_owned(), format::count)
        })
    };
    let active = number(|link| link.active_viewers);
    let total = number(|link| link.total_views);
    let nobody = move || matches!(active.read().as_str(), "0" | "–");
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
                        <span class="pulse" class:pulse-away=nobody aria-hidden="true"></span>
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
