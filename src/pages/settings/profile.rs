//! The forms that change e-mail address and password.

use leptos::prelude::*;

use super::super::form::form_of;
use crate::{
    api::{ChangeEmail, ChangePassword, argument},
    components::Field,
    model::{MIN_PASSWORD_LENGTH, Owner},
};

#[component]
pub(super) fn ChangeEmailForm() -> impl IntoView {
    const EMAIL: &str = argument!(ChangeEmail, email);
    const PASSWORD: &str = argument!(ChangeEmail, current);
    let form = form_of::<ChangeEmail>();
    view! {
        <section class="part" aria-labelledby="change-email">
            <h2 id="change-email">"E-mail address"</h2>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <Field label="New e-mail address" name=EMAIL kind="email" autocomplete="email" required=true
                    value=form.value(EMAIL, "") problem=form.problem(EMAIL)/>
                <Field label="Password" name=PASSWORD kind="password" autocomplete="current-password"
                    required=true problem=form.problem(PASSWORD)/>
                <button type="submit" class="button">"Change e-mail address"</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
pub(super) fn ChangePasswordForm(owner: Owner) -> impl IntoView {
    const OLD: &str = argument!(ChangePassword, old);
    const NEW: &str = argument!(ChangePassword, new);
    let form = form_of::<ChangePassword>();
    view! {
        <section class="part" aria-labelledby="password">
            <h2 id="password">"Password"</h2>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                // For password managers, which store it beside the new password.
                <input type="hidden" name="username" value=owner.email autocomplete="username"/>
                <Field label="Old password" name=OLD kind="password" autocomplete="current-password"
                    required=true problem=form.problem(OLD)/>
                <Field label="New password" name=NEW kind="password" autocomplete="new-password" required=true tells_strength=true
                    hint=format!("{MIN_PASSWORD_LENGTH} characters or more") problem=form.problem(NEW)/>
                <button type="submit" class="button">"Change password"</button>
            </form>
        </section>
    }
    .into_any()
}
