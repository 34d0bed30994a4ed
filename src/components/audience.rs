//! Active viewers and total views of a link or a document.

use leptos::prelude::*;

use crate::format;

/// Shows active viewers and total views.
#[component]
pub fn Audience(
    /// What the numbers belong to: `link` or `document`; part of class and test id.
    of: &'static str,
    /// Active viewers; `None` while unknown.
    active: Signal<Option<u64>>,
    /// Total views; `None` while unknown.
    total: Signal<Option<u64>>,
) -> impl IntoView {
    let idle = Signal::derive(move || active.get().is_none_or(|active| active == 0));
    let text = |number: Signal<Option<u64>>| Signal::derive(move || short_or_dash(number.get()));
    let exact = |number: Signal<Option<u64>>| {
        Signal::derive(move || number.get().map(format::count).unwrap_or_default())
    };
    view! {
        <dl class=format!("{of}-numbers")>
            <div>
                <dt>"Active now"</dt>
                <dd>
                    <span class="pulse" class:pulse-away=idle aria-hidden="true"></span>
                    <span data-testid=format!("{of}-active-now") title=exact(active)>{text(active)}</span>
                </dd>
            </div>
            <div>
                <dt>"Total views"</dt>
                <dd data-testid=format!("{of}-total-views") title=exact(total)>{text(total)}</dd>
            </div>
        </dl>
    }
    .into_any()
}

/// Formats a number in little space; an unknown one is a dash, never a zero.
pub(super) fn short_or_dash(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), format::short_count)
}
