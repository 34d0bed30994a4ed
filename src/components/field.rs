//! A labelled field of a form.

use leptos::prelude::*;

/// Shows a label, an input, and what is to be known or was wrong about it.
#[component]
pub fn Field(
    /// The label.
    label: &'static str,
    /// The name of the input; unique on the page, as it is the id too.
    name: &'static str,
    /// The type of the input: `text`, `email`, `password`.
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
    /// Whether a script says, while a new password is typed, how soon it would be guessed.
    #[prop(optional)]
    tells_strength: bool,
    /// A hint below the input; empty: none.
    #[prop(optional, into)]
    hint: String,
    /// What was wrong with the value; the input then has the focus.
    #[prop(default = None)]
    problem: Option<String>,
) -> impl IntoView {
    let is_wrong = problem.is_some();
    view! {
        <div class="field">
            <label class="field-label" for=name>{label}</label>
            <input type=kind name=name id=name value=value autocomplete=autocomplete required=required
                data-strength=tells_strength.then_some("") dir=(kind != "password").then_some("auto") autofocus=is_wrong
                aria-invalid=is_wrong.then_some("true") aria-describedby=described_by(name, &hint, is_wrong)/>
            <FieldNotes name hint problem/>
        </div>
    }
    .into_any()
}

/// Shows what stands below an input: what was wrong with its value, and a hint.
#[component]
pub fn FieldNotes(
    /// The name of the input.
    #[prop(into)]
    name: String,
    /// A hint; empty: none.
    #[prop(into)]
    hint: String,
    /// What was wrong with the value.
    problem: Option<String>,
) -> impl IntoView {
    let problem = problem.map(|problem| {
        view! { <p class="field-problem" id=format!("{name}-problem") role="alert">{problem}</p> }
    });
    let hint =
        (!hint.is_empty()).then(|| view! { <p class="field-hint" id=format!("{name}-hint")>{hint}</p> });
    view! {
        {problem}
        {hint}
    }
    .into_any()
}

/// The ids of an input's [`FieldNotes`] for its `aria-describedby`.
pub fn described_by(name: &str, hint: &str, is_wrong: bool) -> Option<String> {
    let problem = is_wrong.then(|| format!("{name}-problem"));
    let hint = (!hint.is_empty()).then(|| format!("{name}-hint"));
    let ids: Vec<String> = problem.into_iter().chain(hint).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}
