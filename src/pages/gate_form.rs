//! The forms of a link's gate.

use leptos::prelude::*;

use super::form::{CookiesRefused, DoneNotice, FormState, PasswordScript, form_of};
use crate::{
    api::{ConfirmEmail, PassGate, SendAnotherCode, argument},
    components::Field,
    model::{EmailGate, Gate, LinkId},
};

const EMAIL: &str = argument!(PassGate, email);

/// Asks for e-mail address and password, whichever the link requires, in one form; then for the code that was sent to the
/// address, where the link verifies it.
#[component]
pub(super) fn GateForm(
    /// What the link asks for.
    gate: Gate,
    /// The page of the document that the address names.
    page: Option<String>,
) -> impl IntoView {
    let title = gate.title.clone().unwrap_or_else(|| "A protected document".to_owned());
    let first = form_of::<PassGate>();
    let forms = match &gate.code_sent_to {
        Some(email) => {
            let is_refused = first.is_refused();
            let other = view! {
                <details class="disclosure" open=is_refused>
                    <summary class="button">"Use another e-mail"</summary>
                    <Entry gate=gate.clone() page=page.clone() form=first/>
                </details>
            };
            view! { <CodeForms link_id=gate.link_id.clone() email=email.clone() page/>{other} }.into_any()
        }
        None => view! {
            {form_of::<ConfirmEmail>().notice()}
            {form_of::<SendAnotherCode>().notice()}
            <Entry gate page form=first/>
        }
        .into_any(),
    };
    view! {
        <main class="sheet sheet-narrow gate" data-testid="gate">
            <div class="sheet-head">
                <h1 dir="auto">{title}</h1>
                <p class="sheet-facts">"The owner of this document asks for this before you read it."</p>
            </div>
            <CookiesRefused/>
            <DoneNotice/>
            {forms}
            <p class="part-text">
                "The owner also sees which pages you read and for how long. You stay admitted for 24 hours."
            </p>
            <PasswordScript/>
        </main>
    }
    .into_any()
}

/// Asks for e-mail address and password.
#[component]
fn Entry(gate: Gate, page: Option<String>, form: FormState) -> impl IntoView {
    const PASSWORD: &str = argument!(PassGate, password);
    let Gate { link_id, email, password, verify, .. } = gate;
    let email_field = (email != EmailGate::None).then(|| {
        let required = email == EmailGate::Required;
        let hint = match (required, verify) {
            (true, true) => "The owner of this document sees it. A mail brings you a code.",
            (true, false) => "The owner of this document sees it.",
            (false, true) => "Optional. The owner of this document sees it. A mail brings you a code.",
            (false, false) => "Optional. The owner of this document sees it.",
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
        {form.notice()}
        <form class="form" method="post" action=form.action>
            <Where link_id page/>
            {email_field}
            {password_field}
            <button type="submit" class="button button-main">"Open document"</button>
        </form>
    }
    .into_any()
}

/// Asks for the code, or for another one.
#[component]
fn CodeForms(link_id: LinkId, email: String, page: Option<String>) -> impl IntoView {
    const CODE: &str = argument!(ConfirmEmail, code);
    let (confirm, again) = (form_of::<ConfirmEmail>(), form_of::<SendAnotherCode>());
    view! {
        {confirm.notice()}
        {again.notice()}
        <p class="part-text">"A code is on its way to " <bdi>{email}</bdi> ". It is valid for 10 minutes."</p>
        <form class="form" method="post" action=confirm.action>
            <Where link_id=link_id.clone() page=page.clone()/>
            <Field label="Code" name=CODE autocomplete="one-time-code" required=true
                hint="The six digits from the mail." problem=confirm.problem(CODE)/>
            <button type="submit" class="button button-main">"Open document"</button>
        </form>
        <form class="form" method="post" action=again.action>
            <Where link_id page/>
            <button type="submit" class="button">"Send another code"</button>
        </form>
    }
    .into_any()
}

/// The hidden fields of each form: the link, and the page to open.
#[component]
fn Where(link_id: LinkId, page: Option<String>) -> impl IntoView {
    const LINK: &str = argument!(PassGate, link_id);
    const PAGE: &str = argument!(PassGate, page);
    let _ = (argument!(ConfirmEmail, link_id), argument!(ConfirmEmail, page));
    let _ = (argument!(SendAnotherCode, link_id), argument!(SendAnotherCode, page));
    view! {
        <input type="hidden" name=LINK value=link_id.to_string()/>
        {page.map(|page| view! { <input type="hidden" name=PAGE value=page/> })}
    }
    .into_any()
}
