//! One labelled field of a form.

use leptos::prelude::*;

/// A label, its field, and what is to be known about it.
#[component]
pub fn Field(
    /// What is asked for.
    label: &'static str,
    /// The name under which it is sent; unique on its page.
    name: &'static str,
    /// The kind of field: `text`, `email`, `password`, `datetime-local`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: String,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether the form can not be sent without it.
    #[prop(optional)]
    required: bool,
    /// What is to be known about it.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView {
    let hint_id = format!("{name}-hint");
    let described_by = (!hint.is_empty()).then(|| hint_id.clone());
    let hint = (!hint.is_empty()).then(|| view! { <span class="field-hint" id=hint_id>{hint}</span> });
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input type=kind name=name value=value autocomplete=autocomplete required=required
                aria-describedby=described_by/>
            {hint}
        </label>
    }
    .into_any()
}
