//! The form fields of a link's settings.

use leptos::prelude::*;

use super::form::{FormState, PasswordScript};
use crate::{
    api::{self, argument},
    components::{Field, FieldNotes, described_by},
    hooks::use_local_time,
    model::{Copying, LinkForm, MailSettings, VisitMails, address},
};

/// The name of a setting, which the forms of a new link and of an existing one send alike.
macro_rules! setting {
    ($name:ident) => {{
        let _ = argument!(ChangeLink, settings.$name);
        argument!(AddLink, settings.$name)
    }};
}

const LABEL: &str = setting!(label);
const ENABLED: &str = setting!(enabled);
const EMAIL: &str = setting!(email);
const PASSWORD_IS: &str = setting!(password_is);
const PASSWORD: &str = setting!(password);
const EXPIRES_AT: &str = setting!(expires_at);
const DOWNLOAD: &str = setting!(download);
const COPYING: &str = setting!(copying);
const BUSY: &str = setting!(busy);
const VERIFY: &str = setting!(verify_email);
const ALLOW: &str = setting!(allow);
const BLOCK: &str = setting!(block);
const MAIL: &str = setting!(mail);
/// What the setting does, and what it does not.
const COPYING_HINT: &str =
    "Whether visitors can select and copy text. Those who mean to can write down what they see.";
const MAIL_HINT: &str = "When the visit begins. More than ten mails in an hour become one.";
/// The id of the text that names the expiry's zone.
const ZONE: &str = "expiry-zone";

/// Shows a link's settings as form fields.
#[component]
pub(super) fn LinkFields(
    /// The form that they belong to.
    form: FormState,
    /// The settings that they begin with.
    settings: LinkForm,
    /// Whether the form makes a new link, which has no switch and no password to keep.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    let email = form.value(EMAIL, settings.email);
    let verify = !form.value(VERIFY, settings.verify_email).is_empty();
    let verify_problem = form.problem(VERIFY);
    let email_problem = form.problem(EMAIL);
    let (mail, mail_problem) = (form.value(MAIL, settings.mail), form.problem(MAIL));
    let choice = |value: &'static str, text: &'static str| {
        let selected = email == value || (email.is_empty() && value == "none");
        view! { <option value=value selected=selected>{text}</option> }
    };
    let choices =
        (choice("none", "Not asked for"), choice("optional", "Optional"), choice("required", "Required"));
    let copying = form.value(COPYING, settings.copying);
    let copying =
        [(Copying::Download, "Where the file may be downloaded"), (Copying::On, "Yes"), (Copying::Off, "No")]
            .map(|(value, text)| {
                let selected = copying == value.as_str();
                view! { <option value=value.as_str() selected=selected>{text}</option> }
            });
    let on = (!is_new).then(|| {
        view! {
            <label class="check">
                <input type="checkbox" name=ENABLED checked=!form.value(ENABLED, settings.enabled).is_empty()/>
                "Switched on"
            </label>
        }
    });
    let has_password = settings.password_is == "keep";
    let removes_password = form.value(PASSWORD_IS, settings.password_is) == "none";
    let keep = has_password.then(|| {
        view! {
            <div class="field">
                <label class="field-label" for=PASSWORD_IS>"Password protection"</label>
                <select name=PASSWORD_IS id=PASSWORD_IS>
                    <option value="keep" selected=!removes_password>"Keep or change it"</option>
                    <option value="none" selected=removes_password>"Remove it"</option>
                </select>
            </div>
        }
    });
    let hint =
        if has_password { "Leave empty to keep the password." } else { "Leave empty for no password." };
    view! {
        <Field label="Label" name=LABEL value=form.value(LABEL, settings.label) problem=form.problem(LABEL)
            hint="Only you see it. For example: where you share the link."/>
        {on}
        <div class="field">
            <label class="field-label" for=EMAIL>"E-mail address of the visitor"</label>
            <select name=EMAIL id=EMAIL aria-describedby=described_by(EMAIL, "", email_problem.is_some())
                aria-invalid=email_problem.is_some().then_some("true")>{choices}</select>
            <FieldNotes name=EMAIL hint="" problem=email_problem/>
        </div>
        <VerifyField verify problem=verify_problem/>
        <ListField label="Let in only" name=ALLOW value=form.value(ALLOW, settings.allow)
            problem=form.problem(ALLOW)
            hint="Addresses such as ada@example.com, and domains: example.com, or *.example.com for its sub-domains; \
                one a line. Leave empty to let everyone in."/>
        <ListField label="Do not let in" name=BLOCK value=form.value(BLOCK, settings.block)
            problem=form.problem(BLOCK) hint="Written alike. Goes before the list above."/>
        {keep}
        <Field label="Password" name=PASSWORD kind="password" autocomplete="new-password" hint
            problem=form.problem(PASSWORD)/>
        <PasswordScript/>
        <Expiry utc=form.value(EXPIRES_AT, settings.expires_at) problem=form.problem(EXPIRES_AT)/>
        <label class="check">
            <input type="checkbox" name=DOWNLOAD checked=!form.value(DOWNLOAD, settings.download).is_empty()/>
            "Visitors may download the file"
        </label>
        <div class="field">
            <label class="field-label" for=COPYING>"Allow copying"</label>
            <select name=COPYING id=COPYING aria-describedby=described_by(COPYING, COPYING_HINT, false)>
                {copying}
            </select>
            <FieldNotes name=COPYING hint=COPYING_HINT problem=None/>
        </div>
        <Field label="Many viewers at once" name=BUSY value=form.value(BUSY, settings.busy) problem=form.problem(BUSY)
            hint="A number. Your notices tell you when so many read at the same time. Leave empty for none."/>
        <MailField mail problem=mail_problem/>
    }
    .into_any()
}

/// Asks of which visits the owner is told by mail, where the server sends mail. Elsewhere the setting stays.
#[component]
fn MailField(
    /// What is chosen; empty: what new links begin with.
    mail: String,
    /// What was wrong with it.
    problem: Option<String>,
) -> impl IntoView {
    view! {
        <Suspense>
            {move || {
                let (mail, problem) = (mail.clone(), problem.clone());
                Suspend::new(async move {
                    let Ok(Some(MailSettings { on, new_links })) = api::mail_settings().await else { return ().into_any() };
                    let chosen = if mail.is_empty() { new_links.as_str() } else { &mail };
                    let choices = VisitMails::ALL
                        .map(|mails| {
                            let name = mails.as_str();
                            view! { <option value=name selected=name == chosen>{mails.words()}</option> }
                        });
                    let is_wrong = problem.is_some();
                    let off = (!on).then(|| {
                        view! {
                            <p class="field-hint">
                                "You get none now: mails about visits are switched off under "
                                <a href=address::NOTICES>"Notices"</a> "."
                            </p>
                        }
                    });
                    view! {
                        <div class="field">
                            <label class="field-label" for=MAIL>"Mail me"</label>
                            <select name=MAIL id=MAIL aria-describedby=described_by(MAIL, MAIL_HINT, is_wrong)
                                aria-invalid=is_wrong.then_some("true")>{choices}</select>
                            <FieldNotes name=MAIL hint=MAIL_HINT problem/>
                            {off}
                        </div>
                    }
                    .into_any()
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// Asks whether the e-mail address is verified by a code, where the server sends mail. Elsewhere the setting stays.
#[component]
fn VerifyField(
    /// Whether it is.
    verify: bool,
    /// What was wrong with it.
    problem: Option<String>,
) -> impl IntoView {
    view! {
        <Suspense>
            {move || {
                let problem = problem.clone();
                Suspend::new(async move {
                    if !api::sends_mail().await.unwrap_or(false) {
                        return verify.then(|| view! { <input type="hidden" name=VERIFY value="on"/> }).into_any();
                    }
                    view! {
                        <label class="check">
                            <input type="checkbox" name=VERIFY checked=verify
                                aria-describedby=described_by(VERIFY, "", problem.is_some())/>
                            "Verify the address: a mail brings the visitor a code"
                        </label>
                        <FieldNotes name=VERIFY hint="" problem/>
                    }
                    .into_any()
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// Asks for a list of e-mail addresses and domains.
#[component]
fn ListField(
    /// The label.
    label: &'static str,
    /// The name of the field, which is its id too.
    name: &'static str,
    /// The list that the field begins with.
    value: String,
    /// What a list may hold.
    hint: &'static str,
    /// What was wrong with it.
    problem: Option<String>,
) -> impl IntoView {
    let is_wrong = problem.is_some();
    view! {
        <div class="field">
            <label class="field-label" for=name>{label}</label>
            <textarea id=name name=name rows="3" dir="ltr" spellcheck="false" autocapitalize="off" autocomplete="off"
                autofocus=is_wrong aria-invalid=is_wrong.then_some("true")
                aria-describedby=described_by(name, hint, is_wrong)>
                {value}
            </textarea>
            <FieldNotes name hint problem/>
        </div>
    }
    .into_any()
}

/// Asks for a time in UTC, which [`OwnersZone`] turns into the owner's own zone.
#[component]
fn Expiry(
    /// The time that the field begins with, in UTC: `2026-12-31T23:59`.
    utc: String,
    /// What was wrong with it.
    problem: Option<String>,
) -> impl IntoView {
    const HINT: &str = "Leave empty for no expiry.";
    let is_wrong = problem.is_some();
    view! {
        <div class="field">
            <label class="field-label" for=EXPIRES_AT>
                "Expires (" <span id=ZONE>"UTC"</span> ")"
            </label>
            <input type="datetime-local" id=EXPIRES_AT name=EXPIRES_AT value=utc autocomplete="off"
                autofocus=is_wrong aria-invalid=is_wrong.then_some("true")
                aria-describedby=described_by(EXPIRES_AT, HINT, is_wrong)/>
            <FieldNotes name=EXPIRES_AT hint=HINT problem/>
            <OwnersZone/>
        </div>
    }
    .into_any()
}

/// Lets the expiry be typed in the owner's own zone, and sends it in UTC all the same.
#[island]
fn OwnersZone() -> impl IntoView {
    use_local_time(EXPIRES_AT, ZONE);
}
