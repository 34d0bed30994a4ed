//! Bars behind rows of text.

use leptos::prelude::*;

use super::percent;

/// One bar.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowBar {
    /// The length of the broad bar behind the row, in parts of [`RowBars`]' `whole`.
    pub(super) length: u64,
    /// The length of the thin line below it, from 0 to 1.
    pub(super) line: Option<f64>,
}

/// Draws a bar behind each row of a list whose rows are all of one height.
#[component]
pub(super) fn RowBars(
    /// What the bars show.
    sentence: String,
    /// The bars, one for each row.
    bars: Vec<RowBar>,
    /// The length of a full bar.
    whole: u64,
) -> impl IntoView {
    /// The part of a row's height that its bar takes, and that its line takes at the end of the bar.
    const BAR: f64 = 0.86;
    const LINE: f64 = 0.08;
    let rows = bars.len() as f64;
    let bars = bars.into_iter().zip(0_u32..).map(|(bar, row)| {
        let y = f64::from(row) + (1.0 - BAR) / 2.0;
        let line = bar.line.map(|length| {
            view! {
                <rect class="row-line" x="0" y=percent(y + BAR - LINE, rows)
                    width=percent(length, 1.0) height=percent(LINE, rows)></rect>
            }
        });
        view! {
            <rect class="row-bar" x="0" y=percent(y, rows) rx="3"
                width=percent(bar.length as f64, whole as f64) height=percent(BAR, rows)></rect>
            {line}
        }
    });
    view! { <svg class="row-bars" role="img" aria-label=sentence>{bars.collect_view()}</svg> }.into_any()
}
