//! `/settings/delete`: what goes with the account, and the form that deletes it.

use leptos::prelude::*;

use super::super::{
    form::{PasswordScript, form_of},
    shell::owner_page,
};
use crate::{
    api::{self, DeleteAccount, argument},
    components::Field,
    format::plural,
    model::{AccountContents, address},
};

/// Says what goes, before it asks for the password.
#[component]
pub fn DeleteAccountPage() -> impl IntoView {
    owner_page("Delete the account", api::account_contents, |contents| {
        view! { <DeleteSheet contents/> }.into_any()
    })
}

#[component]
fn DeleteSheet(contents: AccountContents) -> impl IntoView {
    const PASSWORD: &str = argument!(DeleteAccount, current);
    let AccountContents { documents, links, api_keys } = contents;
    let form = form_of::<DeleteAccount>();
    view! {
        <main class="sheet sheet-narrow">
            <div class="sheet-head">
                <h1>"Delete the account"</h1>
                <p class="sheet-facts"><a href=address::SETTINGS>"Settings"</a></p>
            </div>
            <p>"With it go for good:"</p>
            <ul class="goes-along">
                <li>{plural(documents, "document", "documents")} ", with their files and all visits"</li>
                <li>{plural(links, "link", "links")} ": visitors are told that nothing is there"</li>
                <li>{plural(api_keys, "API key", "API keys")} ", all passkeys and sessions, and the account's events"</li>
            </ul>
            <p>
                "Before that, " <a href=address::ACCOUNT_EXPORT download="">"export the account"</a>
                " and the visits on the pages of your documents."
            </p>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <Field label="Password" name=PASSWORD kind="password" autocomplete="current-password"
                    required=true problem=form.problem(PASSWORD)/>
                <button type="submit" class="button button-danger">"Delete for good"</button>
            </form>
            <PasswordScript/>
        </main>
    }
    .into_any()
}
