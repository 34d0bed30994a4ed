//! The fields for what a link asks for and lets.

use leptos::prelude::*;

use super::Field;
use crate::model::LinkForm;

/// The settings of a link as fields of a form.
#[component]
pub fn LinkFields(
    /// What stands in them at first.
    form: LinkForm,
    /// Whether the link is still to be made: it is on then, and has no password to keep.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    let LinkForm { label, enabled, expires_at, email, password_is, download, .. } = form;
    let choice = |value: &'static str, text: &'static str| {
        let selected = email == value || (email.is_empty() && value == "none");
        view! { <option value=value selected=selected>{text}</option> }
    };
    let choices = (
        choice("none", "Not asked for"),
        choice("optional", "Asked for, may be left out"),
        choice("required", "Required"),
    );
    let on = (!is_new).then(|| {
        view! {
            <label class="check">
                <input type="checkbox" name="settings[enabled]" checked=!enabled.is_empty()/>
                "Switched on"
            </label>
        }
    });
    let has_password = password_is == "keep";
    let keep = has_password.then(|| {
        view! {
            <label class="field">
                <span class="field-label">"Password protection"</span>
                <select name="settings[passwordIs]">
                    <option value="keep" selected=true>"As it is, or changed below"</option>
                    <option value="none">"Take the password away"</option>
                </select>
            </label>
        }
    });
    let hint = if has_password { "Left empty: as it is." } else { "Left empty: no password." };
    view! {
        <Field label="Label" name="settings[label]" value=label hint="For yourself: where you hand it out."/>
        {on}
        <label class="field">
            <span class="field-label">"E-mail address of the visitor"</span>
            <select name="settings[email]">{choices}</select>
        </label>
        {keep}
        <Field label="Password" name="settings[password]" kind="password" autocomplete="new-password" hint/>
        <Field label="Expires (UTC)" name="settings[expiresAt]" kind="datetime-local" value=expires_at
            hint="Left empty: never."/>
        <label class="check">
            <input type="checkbox" name="settings[download]" checked=!download.is_empty()/>
            "Visitors may download the file"
        </label>
    }
    .into_any()
}
