//! `/links/:link`: the settings of a link, its QR code, and how it looks in a chat.

mod badges;

use leptos::prelude::*;

use self::badges::Badges;
use super::{
    form::{DoneNotice, form_of},
    link_address::LinkAddress,
    link_fields::LinkFields,
    named::link_of_the_address,
    shell::owner_page,
};
use crate::{
    api::{self, ChangeLink, DeleteLink, argument},
    components::{ForGoodForm, Icon, IconName},
    error::AppError,
    format,
    model::{EmailGate, LinkBadge, LinkForm, LinkId, LinkState, LinkSummary, address},
};

/// The settings of a link, or that there is none.
#[component]
pub fn LinkPage() -> impl IntoView {
    let link = link_of_the_address();
    owner_page(
        "Link settings",
        move || load(link.clone()),
        |(link, badges)| view! { <LinkSheet link badges/> }.into_any(),
    )
}

async fn load(link: Result<LinkId, AppError>) -> Result<(LinkSummary, Vec<LinkBadge>), AppError> {
    let link = link?;
    Ok((api::link(link.clone()).await?, api::badges(link).await?))
}

#[component]
fn LinkSheet(link: LinkSummary, badges: Vec<LinkBadge>) -> impl IntoView {
    let on = |on: bool| if on { "on".to_owned() } else { String::new() };
    let settings = LinkForm {
        label: link.label.clone(),
        enabled: on(link.state != LinkState::Off),
        expires_at: link.expires_at.map(format::minute).unwrap_or_default(),
        email: link.email.as_str().to_owned(),
        password_is: if link.has_password { "keep".to_owned() } else { String::new() },
        password: String::new(),
        download: on(link.download),
        copying: link.copying.as_str().to_owned(),
        busy: link.busy.map(|viewers| viewers.to_string()).unwrap_or_default(),
        verify_email: on(link.verify_email),
        allow: link.allow.join("\n"),
        block: link.block.join("\n"),
        mail: link.mail.as_str().to_owned(),
    };
    let change = form_of::<ChangeLink>();
    let delete = form_of::<DeleteLink>();
    let name = if link.label.is_empty() { link.link_id.to_string() } else { link.label.clone() };
    let (deleted, of_document) = (link.link_id.to_string(), link.document_id.to_string());
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <p class="crumbs"><a href=address::document(&link.document_id)>"← " <bdi>{link.title.clone()}</bdi></a></p>
                <h1 dir="auto">{name}</h1>
                <p class="sheet-facts">{state(&link)}</p>
            </div>
            <DoneNotice/>
            <div class="columns">
                <section class="part" aria-labelledby="settings">
                    <h2 id="settings">"Settings"</h2>
                    {change.notice()}
                    <form class="form" method="post" action=change.action>
                        <input type="hidden" name=argument!(ChangeLink, link_id) value=link.link_id.to_string()/>
                        <LinkFields form=change.clone() settings/>
                        <button type="submit" class="button button-main">"Save"</button>
                    </form>
                    {delete.notice()}
                    <ForGoodForm opens="Delete link" does="Delete for good" action=delete.action>
                        <input type="hidden" name=argument!(DeleteLink, link_id) value=deleted/>
                        <input type="hidden" name=argument!(DeleteLink, document_id) value=of_document/>
                        <p>"Its address leads nowhere then, and all its numbers are gone for good."</p>
                    </ForGoodForm>
                </section>
                <section class="part" aria-labelledby="address">
                    <h2 id="address">"Address"</h2>
                    <LinkAddress url=link.viewer_url.clone() is_new=false/>
                    <p class="link-line">
                        <a class="button" href=address::viewer(&link.link_id)>
                            <Icon name=IconName::Open/>"Preview"
                        </a>
                        <a class="button" href=address::dashboard(&link.link_id)>
                            <Icon name=IconName::Chart/>"Dashboard"
                        </a>
                    </p>
                    <img class="qr-code" src=address::qr_code(&link.link_id)
                        alt=format!("QR code of {}", link.viewer_url)/>
                    <PreviewInChat link=link.clone()/>
                </section>
            </div>
            <Badges link_id=link.link_id badges/>
        </main>
    }
    .into_any()
}

/// What a chat shows of the link: as much as the gate lets every visitor see.
#[component]
fn PreviewInChat(link: LinkSummary) -> impl IntoView {
    let is_open = link.state == LinkState::Open;
    let has_gate = link.has_password || link.email != EmailGate::None;
    let title = match (is_open, link.has_password) {
        (false, _) => "No document here".to_owned(),
        (true, true) => "A protected document".to_owned(),
        (true, false) => link.title.clone(),
    };
    let picture = (is_open && !has_gate).then(|| {
        view! { <img class="preview-picture" src=address::page_picture(&link.link_id, 1, None) alt=""/> }
    });
    view! {
        <h3 class="preview-heading">"In a chat"</h3>
        <div class="preview" data-testid="chat-preview">
            {picture}
            <p class="preview-title" dir="auto">{title}</p>
            <p class="preview-host">{format::origin(&link.viewer_url).to_owned()}</p>
        </div>
    }
    .into_any()
}

fn state(link: &LinkSummary) -> String {
    match link.state {
        LinkState::Open => "Open".to_owned(),
        LinkState::Off => "Switched off: visitors are told that it is closed.".to_owned(),
        LinkState::Expired => "Expired: visitors are told that it has expired.".to_owned(),
    }
}
