//! `/stop-mails/:token`: stops mails about visits, without a sign-in. Only its buttons do: programs that look at mails open
//! links.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    form::{DoneNotice, form_of},
    not_found::set_status,
    shell::token_page,
};
use crate::{
    api::{self, StopMails, argument},
    error::AppError,
    model::{StoppableLink, StoppableMails, VisitMails, address},
};

/// What the address stops, or that it is not valid.
#[component]
pub fn StopMailsPage() -> impl IntoView {
    token_page(stoppable_mails, |token, mails| match mails {
        Some(mails) => view! { <Stop token mails/> }.into_any(),
        None => view! { <NotValid/> }.into_any(),
    })
}

/// `None` for an address that is not valid.
async fn stoppable_mails(token: String) -> Result<Option<StoppableMails>, AppError> {
    match api::stoppable_mails(token).await {
        Err(AppError::NotFound) => Ok(None),
        mails => mails.map(Some),
    }
}

#[component]
fn NotValid() -> impl IntoView {
    set_status(AppError::NotFound.status());
    view! {
        <Title text="Link not valid"/>
        <main class="sheet sheet-narrow">
            <h1>"This link is not valid"</h1>
            <p class="part-text">
                "Sign in to stop mails about visits: they are under "
                <a href=address::NOTICES>"Settings, Notices"</a> "."
            </p>
        </main>
    }
    .into_any()
}

#[component]
fn Stop(token: String, mails: StoppableMails) -> impl IntoView {
    let StoppableMails { link, on } = mails;
    let form = form_of::<StopMails>();
    let of_link = link.map(|link| view! { <LinkMails token=token.clone() link on/> }.into_any());
    let all = if on {
        view! {
            <StopForm token all=true words="Stop mails about all my links"/>
        }
        .into_any()
    } else {
        view! {
            <p class="part-text">
                "You get no mails about visits of any of your links. To get them again, sign in and switch them on under "
                <a href=address::NOTICES>"Settings, Notices"</a> "."
            </p>
        }
        .into_any()
    };
    view! {
        <Title text="Stop mails"/>
        <main class="sheet sheet-narrow">
            <div class="sheet-head">
                <h1>"Stop mails about visits"</h1>
            </div>
            <DoneNotice/>
            {form.notice()}
            {of_link}
            {all}
        </main>
    }
    .into_any()
}

/// The link of the address: a button while mails about it are sent, else how they come again.
#[component]
fn LinkMails(token: String, link: StoppableLink, on: bool) -> impl IntoView {
    let StoppableLink { link_id, name, title, mail } = link;
    let (is_off, settings) = (mail == VisitMails::Off, address::link(&link_id));
    let of = view! { "the link " <bdi>{name}</bdi> " to " <bdi>{title}</bdi> };
    if is_off {
        return view! {
            <p class="part-text">
                "You get no mails about visits by " {of} ". To get them again, sign in and choose so in "
                <a href=settings>"the settings of the link"</a> "."
            </p>
        }
        .into_any();
    }
    on.then(|| {
        view! {
            <p class="part-text">"You get mails about visits by " {of} "."</p>
            <StopForm token all=false words="Stop mails about this link"/>
        }
    })
    .into_any()
}

#[component]
fn StopForm(token: String, all: bool, words: &'static str) -> impl IntoView {
    let class = if all { "button" } else { "button button-main" };
    let form = form_of::<StopMails>();
    view! {
        <form class="form" method="post" action=form.action>
            <input type="hidden" name=argument!(StopMails, token) value=token/>
            <input type="hidden" name=argument!(StopMails, all) value=if all { "on" } else { "" }/>
            <button type="submit" class=class>{words}</button>
        </form>
    }
    .into_any()
}
