//! The table of all documents of an owner.

use leptos::prelude::*;

use super::charts::{Meter, Trend};
use crate::{
    format,
    model::{HistoryQuery, PerformanceRow, PerformanceSort, address},
};

/// Shows how each document was read in the range, in the order of the query.
#[component]
pub fn PerformanceTable(
    /// The documents, in their order.
    rows: Vec<PerformanceRow>,
    /// What the page is asked.
    query: HistoryQuery,
    /// The time now, in Unix milliseconds.
    now: i64,
) -> impl IntoView {
    if rows.is_empty() {
        return view! {
            <p class="empty">"No documents yet. "<a href=address::HOME>"Upload the first one"</a></p>
        }
        .into_any();
    }
    let heads = [
        (PerformanceSort::Title, "Document"),
        (PerformanceSort::Views, "Views"),
        (PerformanceSort::Readers, "Readers"),
        (PerformanceSort::Time, "Median time"),
        (PerformanceSort::Completion, "Completion"),
        (PerformanceSort::Last, "Last view"),
    ];
    let heads = heads.map(|(sort, label)| {
        let href = format!("{}{}", address::ANALYTICS, query.table_by(sort).as_parameters());
        let current = (query.by.sort == sort).then_some("true");
        view! { <th scope="col"><a href=href aria-current=current>{label}</a></th> }
    });
    let rows = rows.into_iter().map(|row| self::row(row, now)).collect_view();
    view! {
        <div class="visits-box">
            <table class="performance" aria-label="Documents">
                <thead><tr>{heads}<th scope="col">"Trend"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(row: PerformanceRow, now: i64) -> impl IntoView {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let last = row.last_view.map(|time| {
        view! { <time datetime=format::iso(time)>{format::ago(time, now)}</time> }
    });
    let completion = row.completion_percent.map(|percent| percent.min(100) as u8);
    view! {
        <tr data-testid="performance-row">
            <th scope="row"><a href=address::document_analytics(&row.document) dir="auto">{row.title.clone()}</a></th>
            <td>{format::count(row.views)}</td>
            <td>{or_dash(row.readers.map(format::count))}</td>
            <td>{or_dash(row.median_seconds.map(format::duration))}</td>
            <td><Meter percent_of_all=completion label="Completion"/></td>
            <td>{last}</td>
            <td><Trend values=row.trend label=format!("Views of {} over time", row.title)/></td>
        </tr>
    }
}
