//! The two most asked numbers of a link, or of all links of a document.

use leptos::prelude::*;

use crate::format;

/// How many read now, and how often it was read.
#[component]
pub fn Audience(
    /// Whose numbers these are: `link` or `document`.
    of: &'static str,
    /// Who reads now; `–` while that is not known.
    active: Signal<String>,
    /// All views; `–` while that is not known.
    total: Signal<String>,
) -> impl IntoView {
    let idle = move || matches!(active.read().as_str(), "0" | "–" | "");
    view! {
        <dl class=format!("{of}-numbers")>
            <div>
                <dt>"Active now"</dt>
                <dd>
                    <span class="pulse" class:pulse-away=idle aria-hidden="true"></span>
                    <span data-testid=format!("{of}-active-now")>{active}</span>
                </dd>
            </div>
            <div>
                <dt>"Total views"</dt>
                <dd data-testid=format!("{of}-total-views")>{total}</dd>
            </div>
        </dl>
    }
    .into_any()
}

/// A number as it is shown: what is not known is a dash, never a zero.
pub(super) fn count_or_dash(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), format::count)
}
