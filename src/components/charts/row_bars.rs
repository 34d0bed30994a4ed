//! Bars behind rows of text.

use leptos::prelude::*;

use super::percent;

/// Draws a bar behind each row of a list whose rows are all of one height.
#[component]
pub(super) fn RowBars(
    /// What the bars show.
    sentence: String,
    /// The lengths of the bars, one for each row.
    lengths: Vec<u64>,
    /// The length of a full bar.
    whole: u64,
) -> impl IntoView {
    /// The part of a row's height that its bar takes.
    const BAR: f64 = 0.86;
    let rows = lengths.len() as f64;
    let bars = lengths.into_iter().zip(0_u32..).map(|(length, row)| {
        view! {
            <rect class="row-bar" x="0" y=percent(f64::from(row) + (1.0 - BAR) / 2.0, rows) rx="3"
                width=percent(length as f64, whole as f64) height=percent(BAR, rows)></rect>
        }
    });
    view! { <svg class="row-bars" role="img" aria-label=sentence>{bars.collect_view()}</svg> }.into_any()
}
