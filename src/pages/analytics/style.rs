//! The style of analytics pages, which visitors need not load.

use leptos::prelude::*;
use leptos_meta::Stylesheet;

/// Links the style sheets of charts, filters and visits.
#[component]
pub(in crate::pages) fn AnalyticsStyle() -> impl IntoView {
    let sheets = ["charts", "plot", "rows", "analytics", "visits", "timeline"];
    sheets.map(|sheet| view! { <Stylesheet href=format!("/analytics/{sheet}.css")/> })
}
