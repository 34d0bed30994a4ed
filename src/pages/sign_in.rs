//! `/sign-in`: e-mail and password. The same form stands in place of every page that is an owner's.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

use super::{
    form::{CookiesRefused, DoneNotice, PasskeyScript, PasswordScript, form_of},
    not_found::set_status,
    site_header::SiteHeader,
};
use crate::{
    api::{self, argument},
    components::Field,
    error::AppError,
    model::address,
};

/// The form, which leads to the page that the address names as `next`.
#[component]
pub fn SignInPage() -> impl IntoView {
    let next = use_query_map().read_untracked().get("next").unwrap_or_else(|| address::HOME.to_owned());
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
    const EMAIL: &str = argument!(SignIn, email);
    const PASSWORD: &str = argument!(SignIn, password);
    let form = form_of::<api::SignIn>();
    view! {
        <Title text="Sign in"/>
        <main class="sheet sheet-narrow">
            <h1>"Sign in"</h1>
            <CookiesRefused/>
            <DoneNotice/>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <input type="hidden" name=argument!(SignIn, next) value=next.clone()/>
                <Field label="E-mail" name=EMAIL kind="email" autocomplete="username" required=true
                    value=form.value(EMAIL, "") problem=form.problem(EMAIL)/>
                <Field label="Password" name=PASSWORD kind="password" autocomplete="current-password"
                    required=true problem=form.problem(PASSWORD)/>
                <button type="submit" class="button button-main">"Sign in"</button>
            </form>
            <div class="form" data-passkey="sign-in" data-next=next hidden=true>
                <p class="notice" role="alert" hidden=true></p>
                <button type="button" class="button">"Sign in with a passkey"</button>
            </div>
            <ForgottenPassword/>
            <PasswordScript/>
            <PasskeyScript/>
        </main>
    }
    .into_any()
}

/// The way to a new password, where there is one.
#[component]
fn ForgottenPassword() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let sends_mail = api::sends_mail().await.unwrap_or(false);
                sends_mail.then(|| view! { <p class="part-text"><a href=address::FORGOT>"Forgotten password?"</a></p> })
            })}
        </Suspense>
    }
    .into_any()
}
