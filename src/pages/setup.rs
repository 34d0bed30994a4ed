//! `/setup/:token`: the first account, for whoever started the server.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

use super::{form_problem::FormProblem, problem::problem};
use crate::{
    api,
    components::{Field, SiteHeader},
    error::AppError,
    model::MIN_PASSWORD_LENGTH,
};

/// The form; without a token that holds there is no such page.
#[component]
pub fn SetupPage() -> impl IntoView {
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    view! {
        <SiteHeader/>
        <Meta name="robots" content="noindex"/>
        <Suspense>
            {move || {
                let token = token.clone();
                Suspend::new(async move {
                    match api::may_set_up(token.clone()).await {
                        Ok(true) => view! { <FirstAccount token/> }.into_any(),
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
    view! {
        <Title text="First account"/>
        <main class="sheet sheet-narrow">
            <div class="sheet-head">
                <h1>"Make the first account"</h1>
                <p class="sheet-facts">
                    "Sign in with it from now on. This page is gone once the account is made."
                </p>
            </div>
            <FormProblem/>
            <form class="form" method="post" action="/sfn/set_up">
                <input type="hidden" name="token" value=token/>
                <Field label="E-mail" name="email" kind="email" autocomplete="username" required=true/>
                <Field label="Password" name="password" kind="password" autocomplete="new-password" required=true
                    hint=format!("{MIN_PASSWORD_LENGTH} characters or more")/>
                <button type="submit" class="button button-main">"Make account"</button>
            </form>
        </main>
    }
    .into_any()
}
