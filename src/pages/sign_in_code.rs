//! `/sign-in/code`: the second factor of a sign-in.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{form::form_of, site_header::SiteHeader};
use crate::{
    api::{SignInCode, argument},
    components::Field,
    model::address,
};

/// Asks for a code. Whether a password came before shows when the code is sent.
#[component]
pub fn SignInCodePage() -> impl IntoView {
    const CODE: &str = argument!(SignInCode, code);
    let next = use_query_map().read_untracked().get("next").unwrap_or_else(|| address::HOME.to_owned());
    let form = form_of::<SignInCode>();
    view! {
        <Title text="Sign in"/>
        <SiteHeader/>
        <main class="sheet sheet-narrow">
            <h1>"Enter your code"</h1>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <input type="hidden" name=argument!(SignInCode, next) value=next.clone()/>
                <Field label="Code" name=CODE autocomplete="one-time-code" required=true
                    hint="Six digits of your authenticator app, or one of your recovery codes"
                    problem=form.problem(CODE)/>
                <button type="submit" class="button button-main">"Sign in"</button>
            </form>
            <p class="part-text"><a href=address::sign_in(&next)>"Begin again"</a></p>
        </main>
    }
    .into_any()
}
