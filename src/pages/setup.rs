//! `/setup/:token`: the first account, for the person who started the server.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    form::{CookiesRefused, PasswordScript, form_of},
    shell::token_page,
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
    token_page(may_set_up, |token, ()| view! { <FirstAccount token/> }.into_any())
}

async fn may_set_up(token: String) -> Result<(), AppError> {
    if api::may_set_up(token).await? { Ok(()) } else { Err(AppError::NotFound) }
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
