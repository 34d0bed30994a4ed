//! `/forgot` and `/reset/:token`: a new password for an owner who has forgotten theirs, where the server sends mail.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    form::{DoneNotice, PasswordScript, form_of},
    not_found::set_status,
    shell::{token_page, unlisted_page},
};
use crate::{
    api::{self, ForgotPassword, ResetPassword, argument},
    components::Field,
    error::AppError,
    model::{MIN_PASSWORD_LENGTH, address},
};

/// Asks for the address of the account.
#[component]
pub fn ForgotPage() -> impl IntoView {
    unlisted_page(sends_mail, |()| view! { <Forgot/> }.into_any())
}

/// Where the server sends no mail, there are no such pages.
async fn sends_mail() -> Result<(), AppError> {
    if api::sends_mail().await? { Ok(()) } else { Err(AppError::NotFound) }
}

#[component]
fn Forgot() -> impl IntoView {
    const EMAIL: &str = argument!(ForgotPassword, email);
    let form = form_of::<ForgotPassword>();
    view! {
        <Title text="Forgotten password"/>
        <main class="sheet sheet-narrow">
            <div class="sheet-head">
                <h1>"Forgotten password"</h1>
                <p class="sheet-facts">"A mail brings you a link with which you set a new one."</p>
            </div>
            <DoneNotice/>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <Field label="E-mail" name=EMAIL kind="email" autocomplete="username" required=true
                    value=form.value(EMAIL, "") problem=form.problem(EMAIL)/>
                <button type="submit" class="button button-main">"Send the link"</button>
            </form>
            <p class="part-text"><a href=address::SIGN_IN>"Back to sign-in"</a></p>
        </main>
    }
    .into_any()
}

/// Asks for the new password; without a valid token it says where to get another.
#[component]
pub fn ResetPage() -> impl IntoView {
    token_page(may_reset, |token, may_reset| view! { <Reset token may_reset/> }.into_any())
}

async fn may_reset(token: String) -> Result<bool, AppError> {
    sends_mail().await?;
    api::may_reset(token).await
}

#[component]
fn Reset(token: String, may_reset: bool) -> impl IntoView {
    const PASSWORD: &str = argument!(ResetPassword, new);
    let form = form_of::<ResetPassword>();
    if !may_reset {
        set_status(AppError::NotFound.status());
        return view! {
            <Title text="Link not valid"/>
            <main class="sheet sheet-narrow">
                <h1>"This link is not valid"</h1>
                <p class="part-text">
                    "It works once, for 30 minutes, and not after the password was changed. "
                    <a href=address::FORGOT>"Ask for a new one"</a> "."
                </p>
            </main>
        }
        .into_any();
    }
    view! {
        <Title text="New password"/>
        <main class="sheet sheet-narrow">
            <div class="sheet-head">
                <h1>"Set a new password"</h1>
                <p class="sheet-facts">"All sessions of your account end. API keys go on."</p>
            </div>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <input type="hidden" name=argument!(ResetPassword, token) value=token/>
                <Field label="New password" name=PASSWORD kind="password" autocomplete="new-password" required=true
                    tells_strength=true hint=format!("{MIN_PASSWORD_LENGTH} characters or more")
                    problem=form.problem(PASSWORD)/>
                <button type="submit" class="button button-main">"Set password"</button>
            </form>
            <PasswordScript/>
        </main>
    }
    .into_any()
}
