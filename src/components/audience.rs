//! Active viewers and total views of a link or a document.

use leptos::prelude::*;

use crate::format;

/// Shows active viewers and total views.
#[component]
pub fn Audience(
    /// What the numbers belong to: `link` or `document`; part of class and test id.
    of: &'static str,
    /// Active viewers; `–` while unknown.
    active: Signal<String>,
    /// Total views; `–` while unknown.
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

/// Formats a number; an unknown one is a dash, never a zero.
pub(super) fn count_or_dash(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), format::count)
}
