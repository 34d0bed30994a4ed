//! `/setup/:token`: the first account, for the person who started the server.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

use super::{
    form::{CookiesRefused, PasswordScript, form_of},
    problem::problem,
    site_header::SiteHeader,
};
use crate::{
    api::{self, SetUp, argument},
    components::Field,
    error::AppError,
    model::MIN_PASSWORD_LENGTH,
};

/// The form; without a valid token there is no such page.
#[component]
pub fn SetupPage() -> impl IntoView {
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    view! {
        <Meta name="robots" content="noindex"/>
        <Suspense>
            {move || {
                let token = token.clone();
                Suspend::new(async move {
                    match api::may_set_up(token.clone()).await {
                        Ok(true) => view! {
                            <SiteHeader/>
                            <FirstAccount token/>
                        }
                        .into_any(),
                        Ok(false) => problem(&AppError::NotFound),
                        Err(error) => problem(&error),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn FirstAccount(token: String) -> impl IntoView {
    const EMAIL: &str = argument!(SetUp, email);
    const PASSWORD: &str = argument!(SetUp, password);
    let form = form_of::<SetUp>();
    view! {
        <Title text="First account"/>
        <main class="sheet sheet-narrow">
            <div class="sheet-head">
                <h1>"Make the first account"</h1>
                <p class="sheet-facts">
                    "Sign in with it from now on. This page is gone once the account is made."
                </p>
            </div>
            <CookiesRefused/>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <input type="hidden" name=argument!(SetUp, token) value=token/>
                <Field label="E-mail" name=EMAIL kind="email" autocomplete="username" required=true
                    value=form.value(EMAIL, "") problem=form.problem(EMAIL)/>
                <Field label="Password" name=PASSWORD kind="password" autocomplete="new-password" required=true tells_strength=true
                    hint=format!("{MIN_PASSWORD_LENGTH} characters or more") problem=form.problem(PASSWORD)/>
                <button type="submit" class="button button-main">"Make account"</button>
            </form>
            <PasswordScript/>
        </main>
    }
    .into_any()
}
