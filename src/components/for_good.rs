//! A form for what cannot be taken back.

use leptos::prelude::*;

/// A button that opens the form: what would happen, and the button that does it.
#[component]
pub fn ForGoodForm(
    /// The words of the button that opens it, such as `Delete link`.
    opens: &'static str,
    /// The words of the button that does it, such as `Delete for good`.
    does: &'static str,
    /// Where it is sent.
    action: &'static str,
    /// A class beside that of all.
    #[prop(optional)]
    class: &'static str,
    /// The hidden fields, and what would happen.
    children: Children,
) -> impl IntoView {
    view! {
        <details class=format!("disclosure {class}").trim_end().to_owned()>
            <summary class="button button-danger">{opens}</summary>
            <form class="form" method="post" action=action>
                {children()}
                <button type="submit" class="button button-danger">{does}</button>
            </form>
        </details>
    }
    .into_any()
}
