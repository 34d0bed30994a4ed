//! The cards of a document's links.

use leptos::prelude::*;

use super::{CopyButton, Icon, IconName, audience::Audience};
use crate::{
    format,
    hooks::Clipboard,
    model::{DocumentList, EmailGate, LinkState, LinkSummary, address},
};

/// Shows a card for each link, newest first, with live numbers.
#[component]
pub fn LinkList(
    /// The document alone, with live numbers.
    list: ReadSignal<DocumentList>,
    /// The clipboard of the page.
    clipboard: Clipboard,
) -> impl IntoView {
    let links = list.read_untracked().documents.first().map(|document| document.links.clone());
    let links = links.unwrap_or_default();
    let is_empty = links.is_empty();
    let cards = links.into_iter().enumerate();
    let cards = cards.map(|(index, link)| view! { <LinkCard link index list clipboard/> }).collect_view();
    view! {
        <p class="empty" hidden=!is_empty>"No link leads here yet. Make one and send it to your readers."</p>
        <ul class="links" hidden=is_empty>{cards}</ul>
    }
    .into_any()
}

#[component]
fn LinkCard(
    link: LinkSummary,
    /// The place in the list where the link was at first, and mostly still is.
    index: usize,
    list: ReadSignal<DocumentList>,
    clipboard: Clipboard,
) -> impl IntoView {
    let own = StoredValue::new(link.link_id.to_string());
    let number = move |read: fn(&LinkSummary) -> Option<u64>| {
        Signal::derive(move || {
            let list = list.read();
            let links = list.documents.first().map_or(&[][..], |document| &document.links);
            let is_own = |link: &&LinkSummary| own.with_value(|own| own == link.link_id.as_str());
            let link = links.get(index).filter(is_own).or_else(|| links.iter().find(is_own));
            link.and_then(read)
        })
    };
    let active = number(|link| link.active_viewers);
    let total = number(|link| link.total_views);
    let name = if link.label.is_empty() { link.link_id.to_string() } else { link.label.clone() };
    let id = format!("link-{}", link.link_id);
    view! {
        <li class="link-card">
            <div class="link-main">
                <h3 class="link-title" id=id.clone()>
                    <a href=address::dashboard(&link.link_id) dir="auto">{name}</a>
                </h3>
                <p class="link-address">{link.viewer_url.clone()}</p>
                <p class="link-facts">{facts(&link)}</p>
            </div>
            <Audience of="link" active total/>
            <p class="link-actions">
                <CopyButton text=link.viewer_url described_by=id.clone() clipboard/>
                <a class="button" href=address::dashboard(&link.link_id) aria-describedby=id.clone()>
                    <Icon name=IconName::Chart/>"Dashboard"
                </a>
                <a class="button" href=address::link(&link.link_id) aria-describedby=id>
                    <Icon name=IconName::Settings/>"Settings"
                </a>
            </p>
        </li>
    }
    .into_any()
}

/// The link's state and settings in words.
fn facts(link: &LinkSummary) -> String {
    let state = match link.state {
        LinkState::Open => "Open",
        LinkState::Off => "Off",
        LinkState::Expired => "Expired",
    };
    let mut facts = vec![state.to_owned()];
    if let Some(end) = link.expires_at.filter(|_| link.state == LinkState::Open) {
        facts.push(format!("until {}", format::utc(end)));
    }
    match link.email {
        EmailGate::None => {}
        EmailGate::Optional => facts.push("asks for an e-mail".to_owned()),
        EmailGate::Required => facts.push("e-mail required".to_owned()),
    }
    if link.has_password {
        facts.push("password".to_owned());
    }
    if link.download {
        facts.push("download".to_owned());
    }
    facts.join(" · ")
}
