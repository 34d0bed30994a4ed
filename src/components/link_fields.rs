//! The form fields of a link's settings.

use leptos::prelude::*;

use super::Field;
use crate::model::LinkForm;

/// Shows a link's settings as form fields.
#[component]
pub fn LinkFields(
    /// The initial values.
    form: LinkForm,
    /// Whether the form makes a new link, which has no switch and no password to keep.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    let LinkForm { label, enabled, expires_at, email, password_is, download, .. } = form;
    let choice = |value: &'static str, text: &'static str| {
        let selected = email == value || (email.is_empty() && value == "none");
        view! { <option value=value selected=selected>{text}</option> }
    };
    let choices =
        (choice("none", "Not asked for"), choice("optional", "Optional"), choice("required", "Required"));
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
                    <option value="keep" selected=true>"Keep it, or change it below"</option>
                    <option value="none">"Remove the password"</option>
                </select>
            </label>
        }
    });
    let hint =
        if has_password { "Leave empty to keep the password." } else { "Leave empty for no password." };
    view! {
        <Field label="Label" name="settings[label]" value=label
            hint="Only you see it. For example: where you share the link."/>
        {on}
        <label class="field">
            <span class="field-label">"E-mail address of the visitor"</span>
            <select name="settings[email]">{choices}</select>
        </label>
        {keep}
        <Field label="Password" name="settings[password]" kind="password" autocomplete="new-password" hint/>
        <Field label="Expires (UTC)" name="settings[expiresAt]" kind="datetime-local" value=expires_at
            hint="Leave empty for no expiry."/>
        <label class="check">
            <input type="checkbox" name="settings[download]" checked=!download.is_empty()/>
            "Visitors may download the file"
        </label>
    }
    .into_any()
}
