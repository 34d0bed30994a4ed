//! The cards of a document's links.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    CopyButton, Icon, IconName,
    audience::{Audience, count_or_dash},
};
use crate::{
    format,
    hooks::Clipboard,
    model::{DocumentList, EmailGate, LinkState, LinkSummary},
};

/// Shows a card for each link, newest first, with live numbers.
#[component]
pub fn LinkList(
    /// The document's links.
    links: Vec<LinkSummary>,
    /// The document, with live numbers.
    documents: ReadSignal<DocumentList>,
    /// The clipboard of the page.
    clipboard: Clipboard,
) -> impl IntoView {
    let is_empty = links.is_empty();
    // Where each link stands, so that a card need not search for its own.
    let positions = Memo::new(move |_| {
        let list = documents.read();
        let links = list.documents.first().map_or(&[][..], |document| &document.links[..]).iter().enumerate();
        links.map(|(at, link)| (link.link_id.to_string(), at)).collect::<BTreeMap<_, _>>()
    });
    let cards =
        links.into_iter().map(|link| view! { <LinkCard link documents positions clipboard/> }).collect_view();
    view! {
        <p class="empty" hidden=!is_empty>"No link leads here yet. Make one and send it to your readers."</p>
        <ul class="links" hidden=is_empty>{cards}</ul>
    }
    .into_any()
}

#[component]
fn LinkCard(
    link: LinkSummary,
    documents: ReadSignal<DocumentList>,
    positions: Memo<BTreeMap<String, usize>>,
    clipboard: Clipboard,
) -> impl IntoView {
    let own = StoredValue::new(link.link_id.to_string());
    let number = move |read: fn(&LinkSummary) -> Option<u64>| {
        Signal::derive(move || {
            let (list, positions) = (documents.read(), positions.read());
            let at = own.with_value(|own| positions.get(own).copied());
            let document = list.documents.first();
            count_or_dash(document.and_then(|document| document.links.get(at?)).and_then(read))
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
                    <a href=format!("/dashboard/{}", link.link_id)>{name}</a>
                </h3>
                <p class="link-address">{link.viewer_url.clone()}</p>
                <p class="link-facts">{facts(&link)}</p>
            </div>
            <Audience of="link" active total/>
            <p class="link-actions">
                <CopyButton text=link.viewer_url described_by=id.clone() clipboard/>
                <a class="button" href=format!("/dashboard/{}", link.link_id) aria-describedby=id.clone()>
                    <Icon name=IconName::Chart/>"Dashboard"
                </a>
                <a class="button" href=format!("/links/{}", link.link_id) aria-describedby=id>
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
