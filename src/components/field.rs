//! A labelled field of a form.

use leptos::prelude::*;

/// Shows a label, an input and an optional hint.
#[component]
pub fn Field(
    /// The label.
    label: &'static str,
    /// The name of the input; unique on the page, as the hint's id is made from it.
    name: &'static str,
    /// The type of the input: `text`, `email`, `password`, `datetime-local`.
    #[prop(default = "text")]
    kind: &'static str,
    /// The initial value.
    #[prop(optional, into)]
    value: String,
    /// The `autocomplete` attribute, by the names of
    /// [WHATWG HTML](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill).
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether the browser requires a value.
    #[prop(optional)]
    required: bool,
    /// A hint below the input; empty: none.
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
