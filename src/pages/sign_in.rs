//! `/sign-in`: e-mail and password, also in place of every page that is an owner's.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

use super::{form_problem::FormProblem, not_found::set_status};
use crate::{
    components::{Field, SiteHeader},
    error::AppError,
};

/// The form, for whoever came for it.
#[component]
pub fn SignInPage() -> impl IntoView {
    let next = use_query_map().read_untracked().get("next").unwrap_or_else(|| "/".to_owned());
    view! {
        <SiteHeader/>
        <SignIn next/>
    }
}

/// The form in place of a page that only an owner sees, with status 401. It leads to that page.
pub(super) fn sign_in_first() -> AnyView {
    set_status(AppError::SignInRequired.status());
    let next = use_location().pathname.get_untracked();
    view! { <SignIn next/> }.into_any()
}

#[component]
fn SignIn(next: String) -> impl IntoView {
    view! {
        <Title text="Sign in"/>
        <main class="sheet sheet-narrow">
            <h1>"Sign in"</h1>
            <FormProblem/>
            <form class="form" method="post" action="/sfn/sign_in">
                <input type="hidden" name="next" value=next/>
                <Field label="E-mail" name="email" kind="email" autocomplete="username" required=true/>
                <Field label="Password" name="password" kind="password" autocomplete="current-password"
                    required=true/>
                <button type="submit" class="button button-main">"Sign in"</button>
            </form>
        </main>
    }
    .into_any()
}
