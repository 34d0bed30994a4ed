//! The form of a link's gate.

use leptos::prelude::*;

use super::form::{CookiesRefused, PasswordScript, form_of};
use crate::{
    api::{PassGate, argument},
    components::Field,
    model::{EmailGate, Gate},
};

/// Asks for e-mail address and password, whichever the link requires, in one form.
#[component]
pub(super) fn GateForm(
    /// What the link asks for.
    gate: Gate,
    /// The page of the document that the address names.
    page: Option<String>,
) -> impl IntoView {
    const LINK: &str = argument!(PassGate, link_id);
    const EMAIL: &str = argument!(PassGate, email);
    const PASSWORD: &str = argument!(PassGate, password);
    const PAGE: &str = argument!(PassGate, page);
    let form = form_of::<PassGate>();
    let Gate { link_id, title, email, password } = gate;
    let email_field = (email != EmailGate::None).then(|| {
        let required = email == EmailGate::Required;
        let hint = if required {
            "The owner of this document sees it."
        } else {
            "Optional. The owner of this document sees it."
        };
        view! {
            <Field label="Your e-mail" name=EMAIL kind="email" autocomplete="email" required hint
                value=form.value(EMAIL, "") problem=form.problem(EMAIL)/>
        }
    });
    let password_field = password.then(|| {
        view! {
            <Field label="Password" name=PASSWORD kind="password" autocomplete="off" required=true
                hint="Ask the person who sent you the link." problem=form.problem(PASSWORD)/>
        }
    });
    view! {
        <main class="sheet sheet-narrow gate" data-testid="gate">
            <div class="sheet-head">
                <h1 dir="auto">{title.unwrap_or_else(|| "A protected document".to_owned())}</h1>
                <p class="sheet-facts">"The owner of this document asks for this before you read it."</p>
            </div>
            <CookiesRefused/>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <input type="hidden" name=LINK value=link_id.to_string()/>
                {page.map(|page| view! { <input type="hidden" name=PAGE value=page/> })}
                {email_field}
                {password_field}
                <button type="submit" class="button button-main">"Open document"</button>
            </form>
            <p class="part-text">
                "The owner also sees which pages you read and for how long. You stay admitted for 24 hours."
            </p>
            <PasswordScript/>
        </main>
    }
    .into_any()
}
